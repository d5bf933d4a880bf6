/**
 * A view's whole history: every row that its source or its SQL gives, with every column in its declared type, and nothing
 * chosen yet. What is newest at an instant is the join's to say.
 *
 * SQL over raw events is computed once: its rows are kept beside the copies of the lake for as long as the definition and
 * the objects are the same. A source that holds features already is read as it is.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ViewObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import type { LakeObject } from '../lake/lake.ts'
import { ownName, PARTIAL_FOLDER } from '../lake/living.ts'
import { keyNames, parquet, parquetOptions } from '../materialize/rows.ts'
import { literal } from '../sql/text.ts'

/**
 * SQL of a relation: the join keys by their names, `_event`, `_created` (the oldest there is, where a row does not say) and
 * `_f<n>` for every feature of the view.
 */
export interface History {
  readonly relation: string
  /** No two rows are of one key and one event: the newest is then the only one. */
  readonly unique: boolean
}

/** Where what is known of histories is kept. */
export interface HistoryPlace {
  /** `.shoreline/cache` */
  readonly cache: string
  readonly view: ViewObject
  readonly objects: readonly LakeObject[]
}

/**
 * @param relation SQL of the rows in their types, which may be expensive
 * @returns the history, and whether it was kept from before
 */
export async function keptHistory(
  db: DuckDBConnection,
  place: HistoryPlace,
  relation: () => Promise<string>,
): Promise<{ readonly history: History; readonly kept: boolean }> {
  const path = pathOf(place)
  const facts = await readFacts(path)
  if (place.view.sql === undefined) {
    const from = await relation()
    const unique = facts?.unique ?? (await isUnique(db, place.view, from))
    if (!facts) await writeFacts(place, path, { unique })
    return { history: { relation: from, unique }, kept: facts !== null }
  }
  const kept = facts !== null && existsSync(`${path}.parquet`)
  const rows = await keptRows(db, place, '', relation)
  const unique = kept ? facts.unique : await isUnique(db, place.view, rows)
  if (!kept) await writeFacts(place, path, { unique })
  return { history: { relation: rows, unique }, kept }
}

/**
 * What is made of a history, made once.
 * @param what names it among all that is made of the history
 * @param relation SQL of its rows
 * @returns SQL of the rows that are kept
 */
export async function keptRows(
  db: DuckDBConnection,
  place: HistoryPlace,
  what: string,
  relation: () => Promise<string>,
): Promise<string> {
  const file = `${pathOf(place)}${what}.parquet`
  if (!existsSync(file)) {
    const rows = await relation()
    await whole(place.cache, file, async (partial) => {
      await db.run(`copy (select * from ${rows} as h) to ${literal(partial)} ${parquetOptions(place.view)}`)
    })
  }
  // When it was used last: what decides what goes when the cache is full.
  const now = new Date()
  await utimes(file, now, now).catch(() => {})
  return parquet([file])
}

/** No bucket's name begins so: the copies of the lake lie beside it. */
const FOLDER = '_histories'

function pathOf({ cache, view, objects }: HistoryPlace): string {
  const versions = objects.map(({ uri, etag, size }) => `${uri} ${etag} ${size}`).sort()
  const of = [view.hash, view.created ?? '', view.timestamp, ...versions].join('\n')
  return join(cache, FOLDER, `${view.name}-${createHash('sha256').update(of).digest('hex').slice(0, NAME_DIGITS)}`)
}

const NAME_DIGITS = 32

interface Facts {
  readonly unique: boolean
}

async function readFacts(path: string): Promise<Facts | null> {
  const text = await readFile(`${path}.json`, 'utf8').catch(() => null)
  try {
    const facts: unknown = text === null ? null : JSON.parse(text)
    if (typeof facts !== 'object' || facts === null || !('unique' in facts)) return null
    return { unique: facts.unique === true }
  } catch {
    return null
  }
}

/** After what they are of: whoever finds them finds that. */
async function writeFacts({ cache }: HistoryPlace, path: string, facts: Facts): Promise<void> {
  await whole(cache, `${path}.json`, (partial) => writeFile(partial, JSON.stringify(facts)))
}

/** Under its name only once it is whole. */
async function whole(cache: string, path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = join(cache, PARTIAL_FOLDER, ownName())
  await mkdir(join(cache, PARTIAL_FOLDER), { recursive: true })
  await mkdir(join(cache, FOLDER), { recursive: true })
  try {
    await write(partial)
    await rename(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
}

/** By hashes, which never tell two equal rows apart: two that collide only cost the work of choosing. @param column beside the key */
export async function isUnique(
  db: DuckDBConnection,
  view: ViewObject,
  relation: string,
  column = '_event',
): Promise<boolean> {
  const key = [...keyNames(view), column].join(', ')
  const [row] = await query(db, `select count(*) = count(distinct hash(${key})) as alone from ${relation} as h`)
  return row?.['alone'] === true
}
