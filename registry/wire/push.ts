/** `POST /v1/push/{source}`. What the rows hold is checked against the source's schema. */
import * as z from 'zod'
import { MAX_ROWS } from '../../core/limits.ts'

export const pushRequest = z.strictObject({ rows: z.array(z.record(z.string(), z.unknown())).min(1).max(MAX_ROWS) })
export type PushRequest = z.infer<typeof pushRequest>

export interface PushAnswer {
  /** Rows of which something is newer than what was there, or the same. */
  readonly accepted: number
  /** Rows of which everything is older than what is there: kept for training, not served. */
  readonly superseded: number
}
