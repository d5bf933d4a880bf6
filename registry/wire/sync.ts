/** What the sync service tells the deployment, every ten seconds. */
import * as z from 'zod'

export const heartbeatRequest = z.strictObject({
  name: z.string().min(1).max(200).describe('No other service has it.'),
  started_at: z.iso.datetime({ offset: true }),
  done: z.array(z.int().min(1)).max(10_000).optional().describe('Requests that it has done.'),
  stopping: z.boolean().optional().describe('It takes no more, and another may take what it has not done.'),
})
export type HeartbeatRequest = z.infer<typeof heartbeatRequest>

export type { HeartbeatAnswer, SyncAnswer } from './answers/sync.ts'
