/** The exact rows of what is online, from the Parquet of the lake, and entities to ask for: real ones, removed ones, made-up ones. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { type ViewObject, viewId } from '../../registry/objects.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { DELETED, EVENT_TIMESTAMP, keyNames, type OnlineFiles, onlineRows, parquet } from '../materialize/rows.ts'
import { fetchParts } from '../materialize/snapshot.ts'
import { appendStored, createStoredTable, ROW, readStored } from '../on-demand/stored-table.ts'
import { identifier } from '../sql/text.ts'
import { presentValue } from './edge-values.ts'
import type { randomOf } from './random.ts'

/**
 * @param head the revision that is verified
 * @throws ShorelineError INVALID when the lake has lost the Parquet, UNAVAILABLE when the head names a snapshot that nobody knows
 */
export async function onlineFiles(work: Workplace, view: ViewObject, head: HeadAnswer): Promise<OnlineFiles> {
  const id = viewId(view)
  const { snapshots } = await work.control.snapshots(id)
  const online = snapshots.find(({ snapshot }) => snapshot === head.views[id]?.snapshot)
  if (!online)
    throw new ShorelineError('UNAVAILABLE', `The snapshot of ${id} that is online is not listed. Run it again.`)
  let base: readonly string[] = []
  let overlay: readonly string[] | null = null
  for (const id of online.runs) {
    const { kind, parts } = await work.control.run(id)
    const files = await fetchParts(work, parts)
    if (!files)
      throw new ShorelineError(
        'INVALID',
        `${work.bucket}/${parts.join(', ')}, from which run ${id} of ${viewId(view)} was made, is not in the lake any more. Run "shoreline sync ${view.name} --full".`,
      )
    if (kind === 'base') base = files
    else overlay = files
  }
  return { base, overlay }
}

/** A column for each join key. */
export type Keys = readonly (readonly StoredValue[])[]

/**
 * Spread over the whole snapshot, the same ones for the same seed; some of what its overlay changed and removed among them.
 * @param count how many of the snapshot
 */
export async function sampleKeys(
  db: DuckDBConnection,
  view: ViewObject,
  files: OnlineFiles,
  count: number,
  seed: number,
): Promise<Keys> {
  const keys = keyNames(view)
  if (keys.length === 0) return []
  const some = Math.ceil(count / 4)
  const drawn = (from: string, limit: number): string =>
    `(select ${keys.join(', ')} from ${from} order by hash(${[...keys, seed].join(', ')}), ${keys.join(', ')} limit ${limit})`
  const parts = [drawn(`(${onlineRows(view, files)})`, count)]
  if (files.overlay) {
    const over = (where: string): string => `(select * from ${parquet(files.overlay ?? [])} where ${where})`
    parts.push(drawn(over(`not ${DELETED}`), some), drawn(over(DELETED), some))
  }
  const all = parts.map((part) => `select * from ${part}`).join(' union all ')
  const distinct = `select distinct ${keys.join(', ')} from (${all})`
  return readStored(
    db,
    `(select row_number() over (order by ${keys.join(', ')}) as ${ROW}, * from (${distinct})) as sampled`,
    view.join_keys,
  )
}

/** Keys that the snapshot may not have: texts that look like its own, and the edges of other types. */
export function madeUpKeys(view: ViewObject, like: Keys, count: number, random: ReturnType<typeof randomOf>): Keys {
  return view.join_keys.map(({ type }, at) => {
    const known = like[at] ?? []
    return Array.from({ length: count }, () => {
      const one = known[Math.floor(random() * known.length)]
      return typeof one === 'string' && type === 'string'
        ? `${one}~`.slice(0, 300)
        : presentValue(random, parseType(type))
    })
  })
}

export interface StoredRows {
  /** Microseconds since the epoch; null where the snapshot has no row of the key. */
  readonly events: readonly (number | null)[]
  /** A column for each feature of the view. */
  readonly features: readonly (readonly StoredValue[])[]
}

/** The rows of the snapshot with these keys. */
export async function storedRows(
  db: DuckDBConnection,
  view: ViewObject,
  files: OnlineFiles,
  keys: Keys,
  rows: number,
): Promise<StoredRows> {
  await createStoredTable(db, 'verified_keys', view.join_keys)
  await appendStored(db, 'verified_keys', view.join_keys, keys, { first: 0, rows })
  const same = keyNames(view).map((key) => `k.${key} = s.${key}`)
  const columns = [EVENT_TIMESTAMP, ...view.features.map(({ name }) => identifier(name))].map((name) => `s.${name}`)
  const [events = [], ...features] = await readStored(
    db,
    `(select k.${ROW}, ${columns.join(', ')} from verified_keys as k left join (${onlineRows(view, files)}) as s on ${same.join(' and ') || 'true'}) as found`,
    [{ name: EVENT_TIMESTAMP, type: 'timestamp' }, ...view.features],
  )
  return { events: events.map((event) => (event === null ? null : Number(event))), features }
}
