/** What the control plane answers. Microseconds are since the epoch. */
import * as z from 'zod'
import { computedRequest } from '../control.ts'
import { snapshotStatistics } from './quality.ts'
import { answer, count, instant, list, record, store, texts, viewRef } from './shape.ts'

const snapshot = z.int().min(1)
const micros = z.int()

const pointer = answer({ store, run: z.string(), blocks: count })
const storedRun = answer({
  snapshot,
  pointer,
  filters: count,
  rows: count.describe('That its blocks hold.'),
  parts: texts.describe('Parquet objects of the lake bucket.'),
})

/** What is online when a run starts, as far as the next one needs it. */
export const onlineRuns = answer({
  snapshot,
  rows: count,
  watermark: micros.nullable(),
  next_event: micros.nullable(),
  as_of: micros,
  whole: z.boolean().describe('False when a part of the sources was left as it was.'),
  sources: list(answer({ uri: z.string(), etag: z.string(), size: count })),
  statistics: snapshotStatistics.nullable().describe('Null for snapshots from before there were any.'),
  base: storedRun,
  overlay: storedRun.nullable(),
  overlay_blocks: count.describe('Blocks that overlays of this base have written so far, filters included.'),
  history: list(answer({ at: instant, rows: count, changed: count })).describe('The last runs, newest first.'),
})
export type OnlineRuns = z.output<typeof onlineRuns>

export const startRunAnswer = z.union([
  answer({
    outcome: z.literal('unchanged'),
    view: viewRef,
    snapshot,
    revision: count,
    held: z.boolean().describe('By a rollback or a hold.'),
  }),
  answer({
    outcome: z.enum(['started', 'resumed']),
    view: viewRef,
    snapshot,
    run: z.string(),
    store: store.describe('Where its blocks go.'),
    as_of: micros.describe('Microseconds.'),
    online: onlineRuns.nullable().describe('Null before the first snapshot.'),
    computed: computedRequest.nullable().describe('Of a resumed run whose rows are in the lake already.'),
    uploaded: list(answer({ first: count, count })).describe('Ranges of blocks that are stored already.'),
  }),
])
export type StartRunAnswer = z.output<typeof startRunAnswer>

export const runAnswer = answer({ run: z.string() })
export type RunAnswer = z.output<typeof runAnswer>

export const leaseAnswer = answer({ run: z.string(), expires_at: instant })
export type LeaseAnswer = z.output<typeof leaseAnswer>

export const uploadAnswer = answer({
  blocks: count.describe('How many were written; a repair leaves those that are whole.'),
})
export type UploadAnswer = z.output<typeof uploadAnswer>

const published = {
  revision: count,
  held: texts.describe('Runs of held views: computed and kept, not published.'),
  seen_everywhere_within_seconds: count.describe(
    'After so many seconds every location answers from this revision or a later one.',
  ),
}
export const publishAnswer = answer(published)
export type PublishAnswer = z.output<typeof publishAnswer>

export const rollbackAnswer = answer({
  ...published,
  views: list(answer({ view: viewRef, from: snapshot, to: snapshot })).describe('From snapshot to snapshot.'),
  quarantined: list(answer({ uri: z.string(), etag: z.string(), view: viewRef, snapshot })).describe(
    'What is left out from now on, and which snapshot read it first.',
  ),
})
export type RollbackAnswer = z.output<typeof rollbackAnswer>

export const headAnswer = answer({
  revision: count,
  registry: count.describe('The registry revision.'),
  now: instant.describe("The deployment's clock, so that a sync means the same instant by now."),
  views: record(
    answer({
      snapshot,
      rows: count,
      blocks: z.int().min(1),
      store,
      watermark: instant.nullable().describe('The newest event timestamp; null without rows.'),
      held: z.boolean(),
    }),
  ).describe('view@version -> what is online.'),
})
export type HeadAnswer = z.output<typeof headAnswer>

export const snapshotsAnswer = answer({
  view: viewRef,
  snapshots: list(
    answer({
      snapshot,
      kind: z.enum(['base', 'overlay']).describe('Whole, or rows that differ and the base that they lie on.'),
      rows: count,
      changed: count.nullable().describe('Rows that differ from the snapshot before.'),
      watermark: instant.nullable(),
      revision: count.describe('That published it first.'),
      created_at: instant,
      online: z.boolean(),
      marked: z.boolean().describe('It is being reclaimed, or is already: it cannot be rolled back to.'),
      runs: texts.describe('Whose blocks it is: the base, and the overlay on it.'),
    }),
  ).describe('Newest first.'),
})
export type SnapshotsAnswer = z.output<typeof snapshotsAnswer>
