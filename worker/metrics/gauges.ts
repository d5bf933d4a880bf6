/** What is true of the deployment now, as D1 says when it is asked: nobody has to count it. */
import { messageOf } from '../../core/errors.ts'
import type { PushedRows } from '../../registry/pushed-rows.ts'
import type { Repository } from '../../registry/repository.ts'
import { truth } from '../publishing/publish.ts'
import { type Cell, cellKey } from './definitions.ts'

export interface GaugeSources {
  readonly repository: Pick<Repository, 'latestRevision' | 'committedAt'>
  readonly pushed: Pick<PushedRows, 'outboxSize'>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Microseconds since the epoch: what watermarks are measured against. */
  readonly asOf: number
}

/** Without D1 they say that it is not there, so that a scrape still has what was counted. */
export async function readGauges(sources: GaugeSources): Promise<readonly Cell[]> {
  try {
    return [[cellKey('shoreline_d1_up'), 1], ...(await read(sources))]
  } catch (thrown) {
    console.warn(JSON.stringify({ level: 'warn', message: 'gauges were not read', cause: messageOf(thrown) }))
    return [[cellKey('shoreline_d1_up'), 0]]
  }
}

async function read({ repository, pushed, now, asOf }: GaugeSources): Promise<readonly Cell[]> {
  const [head, waiting] = await Promise.all([truth(repository), pushed.outboxSize()])
  const cells: Cell[] = [
    [cellKey('shoreline_outbox_entries'), waiting],
    [cellKey('shoreline_head_revision'), head.revision],
    [cellKey('shoreline_registry_revision'), head.registry],
  ]
  const committed = await repository.committedAt(head.revision)
  if (committed !== null) cells.push([cellKey('shoreline_head_age_seconds'), seconds(now - committed)])
  for (const [view, { watermark, held }] of Object.entries(head.views)) {
    if (watermark !== null)
      cells.push([cellKey('shoreline_watermark_age_seconds', view), seconds((asOf - watermark) / 1000)])
    cells.push([cellKey('shoreline_view_held', view), held ? 1 : 0])
  }
  return cells
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000
}
