/** Reading the lake through the Worker. */
import * as z from 'zod'

export type { LakeAnswer, LakeView } from './answers/lake.ts'

export const lakeObjectQuery = z.strictObject({
  view: z.string().max(100).describe('view@version, of the service.'),
  source: z.string().max(100).describe('One that the view reads.'),
  key: z.string().min(1).max(1024).describe('As GET /v1/lake/{service} listed it.'),
})
