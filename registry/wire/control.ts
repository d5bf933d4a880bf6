/** The control plane's requests and answers: what the sync and operators send, and what they get back. */
import * as z from 'zod'
import { parseReference } from '../../core/name.ts'

const viewName = z
  .string()
  .refine((text) => parseReference(text) !== null, 'is not the name of a view, nor view@version')
const micros = z.int()

export const startRunRequest = z.strictObject({
  view: viewName,
  sources: z
    .array(z.strictObject({ uri: z.string(), etag: z.string(), size: z.int().min(0) }))
    .describe('The source objects that the run will read, pinned.'),
  as_of: micros.optional().describe("Microseconds since the epoch; without it the deployment's clock."),
  full: z.boolean().optional().describe('Start a new run even when nothing changed.'),
})
export type StartRunRequest = z.infer<typeof startRunRequest>

export const computedRequest = z.strictObject({
  rows: z.int().min(0),
  blocks: z.int().min(1),
  watermark: micros.nullable(),
  next_event: micros.nullable(),
  parts: z.array(z.string()),
})
export type ComputedRequest = z.infer<typeof computedRequest>

export const failRunRequest = z.strictObject({ error: z.string().max(10_000) })

export const publishRequest = z.strictObject({ runs: z.array(z.string()).min(1).max(1000) })
export const rollbackRequest = z.strictObject({
  views: z.array(viewName).min(1),
  to: z.int().min(1).optional().describe('A snapshot number; without it the one before the snapshot being served.'),
})
export const resumeRequest = z.strictObject({ views: z.array(viewName).min(1) })

export type {
  HeadAnswer,
  PublishAnswer,
  RollbackAnswer,
  SnapshotsAnswer,
  StartRunAnswer,
} from './answers/control.ts'
