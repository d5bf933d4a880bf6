/** A stored view version: what the Worker answers beside the Parquet of the snapshot that is online. */
import { join } from 'node:path'
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { parseType } from '../../core/types.ts'
import { parseTimestamp, type StoredValue, timestampText } from '../../core/values.ts'
import { type ViewObject, viewId } from '../../registry/objects.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import { withDuckDB } from '../duckdb.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { isSameValue } from '../on-demand/same-value.ts'
import { type Answered, ask } from './ask.ts'
import { randomOf } from './random.ts'
import { type Difference, shown, skipped, TOLD, type Verified } from './report.ts'
import { type Keys, madeUpKeys, onlineFiles, type StoredRows, sampleKeys, storedRows } from './snapshot.ts'

/** A value that expires so near to the instant of asking may have done so there and not here. */
const NEAR_US = 60_000_000

export async function verifyStored(
  work: Workplace,
  view: ViewObject,
  head: HeadAnswer,
  count: number,
): Promise<Verified> {
  const id = viewId(view)
  if (!head.views[id]) return skipped(id, 'stored', 'nothing of it is online')
  if (view.push !== undefined) return skipped(id, 'stored', 'its rows are pushed as well, and belong to no snapshot')
  const files = await onlineFiles(work, view, head)
  const { keys, rows, expected } = await withDuckDB(
    { spill: join(work.folder, 'spill'), memory: work.memory },
    async (db) => {
      const sampled = await sampleKeys(db, view, files, count, head.revision)
      const found = sampled[0]?.length ?? 0
      const random = randomOf(head.revision)
      const strange = madeUpKeys(view, sampled, Math.ceil(count / 10), random)
      const keys = sampled.map((column, at) => [...column, ...(strange[at] ?? [])])
      const rows = view.join_keys.length === 0 ? 1 : found + Math.ceil(count / 10)
      return { keys, rows, expected: await storedRows(db, view, files, keys, rows) }
    },
  )
  const { now } = await work.control.head()
  const features = view.features.map(({ name, type }) => ({ name, type }))
  const answered = await ask(work.control, {
    view: id,
    features,
    fields: view.join_keys,
    given: keys,
    rows,
    reads: 1,
    revision: head.revision,
  })
  return compare(view, { keys, rows, expected, answered, now: microsOf(now) })
}

interface Compared {
  readonly keys: Keys
  readonly rows: number
  readonly expected: StoredRows
  readonly answered: Answered
  readonly now: number
}

function compare(view: ViewObject, { keys, rows, expected, answered, now }: Compared): Verified {
  const ttl = view.ttl === undefined ? Number.POSITIVE_INFINITY : parseDuration(`view ${view.name}: ttl`, view.ttl)
  const types = view.features.map(({ type }) => parseType(type))
  const differences: Difference[] = []
  let different = 0
  let moved = 0
  for (let row = 0; row < rows; row++) {
    const event = expected.events[row] ?? null
    if (event !== null && Math.abs(event + ttl - now) <= NEAR_US) {
      moved++
      continue
    }
    const absent = event === null ? 'NOT_FOUND' : event + ttl < now ? 'OUTSIDE_MAX_AGE' : null
    const key = Object.fromEntries(view.join_keys.map(({ name, type }, at) => [name, shown(type, keys[at]?.[row])]))
    const found: Difference[] = []
    if ((answered.events[row] ?? null) !== event)
      found.push({
        feature: view.timestamp,
        row: key,
        online: instant(answered.events[row] ?? null),
        offline: instant(event),
      })
    for (const [at, { name, type }] of view.features.entries()) {
      const stored: StoredValue = absent === null ? (expected.features[at]?.[row] ?? null) : null
      const status = absent ?? (stored === null ? 'NULL_VALUE' : 'PRESENT')
      const online = answered.features[at]
      const value = online?.values[row] ?? null
      const said = online?.statuses[row] ?? ''
      if (said === status && isSameValue(types[at] ?? { kind: 'string' }, value, stored)) continue
      found.push({
        feature: name,
        row: key,
        online: `${shown(type, value)} (${said})`,
        offline: `${shown(type, stored)} (${status})`,
      })
    }
    if (found.length > 0) different++
    differences.push(...found.slice(0, TOLD - differences.length))
  }
  const compared = rows - moved
  return {
    view: viewId(view),
    form: 'stored',
    rows: compared,
    equal: compared - different,
    different,
    moved,
    differences,
  }
}

function instant(micros: number | null): string {
  return micros === null ? 'null' : timestampText(micros)
}

function microsOf(text: string): number {
  const micros = parseTimestamp(text)
  if (micros === null) throw new ShorelineError('INTERNAL', `the deployment's clock says ${text}.`)
  return micros
}
