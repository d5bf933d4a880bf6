/** What says that the Worker is there. */
import * as z from 'zod'
import { answer } from './shape.ts'

export const healthAnswer = answer({ status: z.literal('ok') })
export type HealthAnswer = z.output<typeof healthAnswer>
