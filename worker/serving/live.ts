/** What was pushed for the keys of a request: one statement, whatever the number of rows and views. */
import { messageOf } from '../../core/errors.ts'
import type { PushedPayload, PushedRows } from '../../registry/pushed-rows.ts'
import type { Attempt } from '../retry.ts'
import type { RowKeys } from './bound.ts'
import type { LiveRows } from './cells.ts'
import type { ReadyPlan } from './plans.ts'

export interface ReadLive {
  /** Null when D1 could not be read. */
  readonly rows: LiveRows | null
  /** A later request that carries it reads at least what this one did. */
  readonly bookmark: string | null
}

/** Reads of pushed rows, narrow enough to be left out where there is no D1. */
export type PushedReader = Pick<PushedRows, 'read'>

export function retriedPushed(pushed: PushedReader, attempt: Attempt): PushedReader {
  return { read: (places, from) => attempt(() => pushed.read(places, from)) }
}

/** @param after the bookmark of a write that has to be seen */
export async function readLive(
  pushed: PushedReader,
  plan: ReadyPlan,
  keys: RowKeys,
  after: string | undefined,
): Promise<ReadLive> {
  const places: {
    readonly view: string
    readonly key: string
    readonly to: (PushedPayload | undefined)[]
    readonly row: number
  }[] = []
  const rows = plan.views.map(({ push, runs }, position) => {
    if (push === null) return null
    const to: (PushedPayload | undefined)[] = []
    for (const [row, key] of (keys[position] ?? []).entries()) places.push({ view: runs, key, to, row })
    return to
  })
  const primary = plan.views.some((view) => view.push === 'primary')
  try {
    const { stored, bookmark } = await pushed.read(places, primary ? 'first-primary' : (after ?? 'first-unconstrained'))
    for (const [place, payload] of stored) {
      const wanted = places[place]
      if (wanted) wanted.to[wanted.row] = payload
    }
    return { rows, bookmark }
  } catch (thrown) {
    console.warn(JSON.stringify({ level: 'warn', message: 'pushed rows were not read', cause: messageOf(thrown) }))
    return { rows: null, bookmark: null }
  }
}
