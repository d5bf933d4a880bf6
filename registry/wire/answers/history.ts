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
