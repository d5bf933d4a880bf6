/** What is answered about the past. */
import * as z from 'zod'
import { RUN_STATES } from '../../schema.ts'
import { answer, count, instant, list, store, texts, viewRef } from './shape.ts'

const snapshot = z.int().min(1)
const sourceObject = answer({ uri: z.string(), etag: z.string(), size: count })

const summary = {
  run: z.string(),
  view: viewRef,
  snapshot: snapshot.describe('The number that it has, or would have had, as a snapshot.'),
  kind: z.enum(['base', 'overlay']).describe('A whole snapshot, or what differs from a base.'),
  state: z
    .enum(RUN_STATES)
    .describe('published: it is online or was. reclaimed: its blocks are deleted, and this record stays.'),
  store,
  as_of: instant.describe('Events and creations after it are left out.'),
  rows: count.nullable().describe('Of the whole snapshot; null until it is computed.'),
  changed: count.nullable().describe('Rows that differ from the snapshot that was online before.'),
  blocks: count.nullable(),
  filters: count,
  watermark: instant.nullable(),
  reason: z.string().nullable().describe('Why it was a base or an overlay, as the sync said.'),
  error: z.string().nullable(),
  checks: list(z.unknown()).nullable().describe('What each declared check found.'),
  started_at: instant,
  finished_at: instant.nullable(),
  marked_at: instant.nullable().describe('When gc found that nothing needs it; it is deleted an hour later.'),
}

export const runSummary = answer({
  ...summary,
  read: sourceObject.nullable().describe('The object that was asked for, as it was then.'),
})
export type RunSummary = z.output<typeof runSummary>

export const runsAnswer = answer({ runs: list(runSummary).describe('Newest first.') })
export type RunsAnswer = z.output<typeof runsAnswer>

export const runDescription = answer({
  ...summary,
  base: answer({ snapshot, run: z.string() }).nullable().describe('Of an overlay: what it lies on.'),
  stored: count.nullable().describe('Rows that its blocks hold, tombstones included.'),
  sources: list(sourceObject).describe('What it read, pinned.'),
  parts: texts.describe('Parquet objects of the lake bucket.'),
  statistics: z.unknown().describe('Null when there are none.'),
  report: z.unknown().describe('What the sync reported; null before it did.'),
})
export type RunDescription = z.output<typeof runDescription>

export const quarantineAnswer = answer({
  objects: list(
    answer({
      uri: z.string(),
      etag: z.string(),
      view: viewRef.describe('Whose rollback put it there.'),
      snapshot: snapshot.describe('Of that view, the first that read it.'),
      since: instant,
    }),
  ).describe('Oldest first.'),
})
export type QuarantineAnswer = z.output<typeof quarantineAnswer>

export const releaseAnswer = answer({
  released: list(answer({ uri: z.string(), etag: z.string() })).describe('Those that were released before, too.'),
})
export type ReleaseAnswer = z.output<typeof releaseAnswer>

export const gcAnswer = answer({
  dry_run: z.boolean(),
  revision: count,
  oldest: count.describe('The oldest revision that may be asked for.'),
  marked: answer({
    runs: count,
    snapshots: list(answer({ view: viewRef, snapshot })).describe('They cannot be rolled back to any more.'),
  }).describe('What nothing needs: it is deleted by a call that comes an hour later.'),
  waiting: answer({ runs: count, until: instant.nullable().describe('When the first of them may be deleted.') }),
  freed: answer({
    runs: count,
    blocks: count,
    revisions: count,
    kv_deletes: count,
    d1_rows: count,
    r2_objects: count,
    kv_bytes: count.describe('From a sample of the blocks.'),
    d1_bytes: count.describe('From a sample of the blocks.'),
    r2_bytes: count,
    dollars: z.number().describe('For deleting it, once.'),
    dollars_a_month: z.number().describe('For storing it, which end.'),
  }).describe('By this call; of a dry run all that would be, now and in an hour.'),
  more: z.boolean().describe('Call again: this is what one invocation may do, or of a dry run what it looked into.'),
})
export type GcAnswer = z.output<typeof gcAnswer>

export const missingBlocksAnswer = answer({
  run: z.string(),
  view: viewRef,
  blocks: count.describe('That the run has in all, those of its filter included.'),
  missing: list(answer({ first: count, count: z.int().min(1) })).describe(
    'Ranges that its store does not have, or damaged.',
  ),
  next: count.nullable().describe('Where the next call goes on; null at the end.'),
})
export type MissingBlocksAnswer = z.output<typeof missingBlocksAnswer>
