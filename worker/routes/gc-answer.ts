/** What gc did, as it is answered, with what it cost and saves. */
import { MARKED_FOR_MS } from '../../core/limits.ts'
import { reclaimDollars, savedAMonth } from '../../core/reclaimed.ts'
import type { GcAnswer } from '../../registry/wire/history.ts'
import type { Collected } from '../publishing/gc.ts'
import { instant } from './run-answers.ts'

export function gcAnswer(
  { revision, oldest, runs, snapshots, waiting, freed, more }: Collected,
  dryRun: boolean,
): GcAnswer {
  const [first] = waiting
  return {
    dry_run: dryRun,
    revision,
    oldest,
    marked: { runs, snapshots: snapshots.map(({ view, snapshot }) => ({ view, snapshot })) },
    waiting: { runs: waiting.length, until: first ? instant(first.markedAt + MARKED_FOR_MS) : null },
    freed: {
      runs: freed.runs,
      blocks: freed.blocks,
      revisions: freed.revisions,
      kv_deletes: freed.kvDeletes,
      d1_rows: freed.d1Rows,
      r2_objects: freed.r2Objects,
      kv_bytes: freed.kvBytes,
      d1_bytes: freed.d1Bytes,
      r2_bytes: freed.r2Bytes,
      dollars: reclaimDollars(freed),
      dollars_a_month: savedAMonth(freed),
    },
    more,
  }
}
