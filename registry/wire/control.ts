/** The control plane's requests and answers: what the sync and operators send, and what they get back. */
import * as z from 'zod'
import { parseReference } from '../../core/name.ts'
import { checkResults, snapshotStatistics } from './answers/quality.ts'

export const viewName = z
  .string()
  .refine((text) => parseReference(text) !== null, 'is not the name of a view, nor view@version')
const micros = z.int()

export const startRunRequest = z.strictObject({
  view: viewName,
  sources: z
    .array(z.strictObject({ uri: z.string(), etag: z.string(), size: z.int().min(0) }))
    .describe('The source objects that the run will read, pinned.'),
  as_of: micros.optional().describe("Microseconds since the epoch; without it the deployment's clock."),
  from: micros.optional().describe('Only events from then on are computed; the others stay as they are.'),
  to: micros.optional().describe('Only events until then are computed; the others stay as they are.'),
  full: z.boolean().optional().describe('Start a new base run even when nothing changed.'),
  holder: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Who runs it: nobody else starts a run of the view until the lease runs out.'),
  lease_seconds: z.int().min(5).max(3600).optional().describe('60 when left out; renewed while the run goes on.'),
  dry_run: z.boolean().optional().describe('Only say what is online: no lease is taken and no run begins.'),
  takeover: z.string().max(200).optional().describe('A holder that is known to be dead: its lease is not waited for.'),
})
export type StartRunRequest = z.infer<typeof startRunRequest>

const count = z.int().min(0)

export const computedRequest = z.strictObject({
  kind: z
    .enum(['base', 'overlay'])
    .default('base')
    .describe('A whole snapshot, or what differs from the base of the one online.'),
  rows: count.describe('Of the whole snapshot.'),
  changed: count
    .optional()
    .describe('Rows that differ from the snapshot that was online, removed ones included; all when left out.'),
  stored: count
    .optional()
    .describe('Rows that the blocks hold, tombstones included; those of the snapshot when left out.'),
  blocks: count.describe('0 for an overlay that is the one that is online, row by row.'),
  filters: count.default(0).describe("Blocks of an overlay's filter, after the blocks of rows."),
  watermark: micros.nullable(),
  next_event: micros.nullable(),
  parts: z.array(z.string()),
  base_snapshot: z.int().min(1).optional().describe('Of an overlay: the snapshot whose base it lies on.'),
  overlay_snapshot: z.int().min(1).optional().describe('Of one without blocks: the snapshot that it repeats.'),
  statistics: snapshotStatistics.optional(),
  checks: checkResults.optional(),
})
export type ComputedRequest = z.infer<typeof computedRequest>

export const failRunRequest = z.strictObject({
  error: z.string().max(10_000),
  statistics: snapshotStatistics.optional(),
  checks: checkResults.optional(),
})

export const renewRequest = z.strictObject({
  holder: z.string().min(1).max(200),
  lease_seconds: z.int().min(5).max(3600).optional(),
})

export type RenewRequest = z.infer<typeof renewRequest>

export const reportRequest = z.strictObject({
  report: z.record(z.string(), z.unknown()).describe('What `shoreline sync --json` says of the view.'),
})

export type FailRunRequest = z.infer<typeof failRunRequest>
export type ReportRequest = z.infer<typeof reportRequest>

export const publishRequest = z.strictObject({ runs: z.array(z.string()).min(1).max(1000) })
export const rollbackRequest = z.strictObject({
  views: z.array(viewName).min(1),
  to: z.int().min(1).optional().describe('A snapshot number; without it the one before the snapshot being served.'),
  targets: z
    .record(viewName, z.int().min(1))
    .optional()
    .describe('A snapshot number for each view. Asked again, it finds the views there and changes nothing.'),
  quarantine: z
    .boolean()
    .optional()
    .describe('Leave the source objects that the undone snapshots read first out of syncs and training.'),
})
export const resumeRequest = z.strictObject({ views: z.array(viewName).min(1) })

export type {
  HeadAnswer,
  LeaseAnswer,
  OnlineRuns,
  PublishAnswer,
  RollbackAnswer,
  SnapshotsAnswer,
  StartRunAnswer,
} from './answers/control.ts'
