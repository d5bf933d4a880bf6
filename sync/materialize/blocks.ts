/** Builds the blocks of a run from its snapshot's Parquet, as text, inside DuckDB: Node only moves strings. */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { toBase64 } from '../../core/base64.ts'
import { BLOCK_FORMAT, writeBlock } from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import { addToFilter, filterBytes } from '../../core/filter.ts'
import { BLOCK_BYTES, MAX_KEY_BYTES } from '../../core/limits.ts'
import { parseType } from '../../core/types.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { keyExpression, partitionExpression, wordExpression } from '../sql/key.ts'
import { storedRow } from '../sql/stored.ts'
import { identifier, literal } from '../sql/text.ts'
import { DELETED, EVENT_TIMESTAMP } from './rows.ts'

export interface BuiltBlock {
  readonly block: number
  readonly text: string
}

/** About so many rows are looked at to learn how long a row's text is, the same ones every time. */
export const SAMPLE_ROWS = 2000

/** Bytes of one row's text in a block, its comma included, on average. @param rows how many there are */
export async function rowBytes(db: DuckDBConnection, view: ViewObject, file: string, rows: number): Promise<number> {
  const every = Math.max(1, Math.floor(rows / SAMPLE_ROWS))
  const [sample] = await query(
    db,
    `select avg(strlen(row)) + 1 as bytes from (select ${rowText(view, false)} as row from ${rowsOf(view, file)} where hash(_key) % ${every} = 0)`,
  )
  return Number(sample?.['bytes'] ?? BLOCK_BYTES)
}

/** The blocks of one run. */
export interface RunBlocks {
  readonly run: string
  /** Parquet of its rows, on this machine. */
  readonly file: string
  readonly kind: 'base' | 'overlay'
  /** How many rows that is, tombstones included. */
  readonly rows: number
  readonly blocks: number
  /** Blocks of an overlay's filter. */
  readonly filters: number
}

/**
 * Every block of the run in order, empty ones too, then those of its filter; the same Parquet gives the same bytes.
 * @param spill folder on this machine, for the rows of runs that are too large to be gathered at once
 */
export async function* buildBlocks(
  db: DuckDBConnection,
  view: ViewObject,
  run: RunBlocks,
  spill: string,
): AsyncGenerator<readonly BuiltBlock[]> {
  if (run.blocks === 0) return
  const parts = Math.min(run.blocks, Math.ceil(run.rows / ROWS_AT_ONCE) || 1)
  if (parts === 1) yield* gathered(db, view, run, { rows: rendered(view, run), first: 0, end: run.blocks })
  else yield* inParts(db, view, run, parts, join(spill, `${run.run}-${randomUUID()}`))
  if (run.filters > 0) yield* buildFilter(db, view, run)
}

/** What is gathered in memory at a time: aggregates of texts do not spill, and smaller hash tables are faster ones. */
const ROWS_AT_ONCE = 625_000

/** SQL of a query: the block and the text of every row. */
function rendered(view: ViewObject, { file, kind, blocks }: RunBlocks): string {
  return `select ${partitionExpression('_key', blocks)} as block, ${rowText(view, kind === 'overlay')} as row from ${rowsOf(view, file)}`
}

/** The rows' texts are written once, each part's blocks apart: 10 million rows take 7 s where four scans took 16, and half the memory. */
async function* inParts(
  db: DuckDBConnection,
  view: ViewObject,
  run: RunBlocks,
  parts: number,
  folder: string,
): AsyncGenerator<readonly BuiltBlock[]> {
  try {
    const part = `(block::bigint * ${parts}) // ${run.blocks}`
    await db.run(
      `copy (select *, ${part} as part from (${rendered(view, run)})) to ${literal(folder)} (format parquet, partition_by (part), compression uncompressed)`,
    )
    for (let at = 0; at < parts; at++) {
      const files = `${folder}/part=${at}/*.parquet`
      const [found] = await query(db, `select count(*)::integer as files from glob(${literal(files)})`)
      yield* gathered(db, view, run, {
        rows: found?.['files'] === 0 ? NO_ROWS : `select block, row from read_parquet(${literal(files)})`,
        first: Math.ceil((at * run.blocks) / parts),
        end: Math.ceil(((at + 1) * run.blocks) / parts),
      })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const NO_ROWS = "select 0::integer as block, '' as row where false"

async function* gathered(
  db: DuckDBConnection,
  view: ViewObject,
  { run, blocks }: RunBlocks,
  { rows, first, end }: { readonly rows: string; readonly first: number; readonly end: number },
): AsyncGenerator<readonly BuiltBlock[]> {
  const result = await db.stream(`
    select block, concat(${literal(opening(view, run))}, block, ',"blocks":${blocks},"md5":"', md5(rows), '","rows":', rows, '}') as text
    from (
      select n::integer as block, concat('[', rows, ']') as rows
      from range(${first}, ${end}) as every(n)
      left join (select block, array_to_string(list_sort(list(row)), ',') as rows from (${rows}) group by all) as filled
      on filled.block = every.n
    )
    order by block`)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return
    const numbers = chunk.getColumnValues(0)
    yield chunk.getColumnValues(1).map((text, index) => ({ block: Number(numbers[index]), text: String(text) }))
  }
}

function opening(view: ViewObject, run: string): string {
  return `{"format":${BLOCK_FORMAT},"view":"${viewId(view)}","run":"${run}","block":`
}

/** One block of the filter at a time: the bits of its keys are set here, DuckDB only hashes. */
async function* buildFilter(
  db: DuckDBConnection,
  view: ViewObject,
  { run, file, rows, blocks, filters }: RunBlocks,
): AsyncGenerator<readonly BuiltBlock[]> {
  const bits = Array.from({ length: filters }, () => new Uint8Array(filterBytes(rows)))
  const result = await db.stream(
    `select ${partitionExpression('_key', filters)} as filter, ${wordExpression('_key', 1)}::double as b, ${wordExpression('_key', 2)}::double as c from ${rowsOf(view, file)}`,
  )
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) break
    const [numbers, b, c] = [chunk.getColumnValues(0), chunk.getColumnValues(1), chunk.getColumnValues(2)]
    for (let at = 0; at < chunk.rowCount; at++) {
      const filter = bits[Number(numbers[at])]
      if (filter) addToFilter(filter, Number(b[at]), Number(c[at]))
    }
  }
  for (const [filter, set] of bits.entries()) {
    const block = blocks + filter
    yield [{ block, text: writeBlock({ view: viewId(view), run, block, blocks }, `[["${toBase64(set)}"]]`) }]
  }
}

/** The snapshot's rows with their canonical key, under a name that no join key and no feature has. */
function rowsOf(view: ViewObject, file: string): string {
  const keys = view.join_keys.map((key) => ({ name: key.name, type: parseType(key.type) }))
  return `(select ${keyExpression(keys)} as _key, * from read_parquet(${literal(file)}))`
}

/** @param tombstones whether there are rows that say that the base's is gone */
function rowText(view: ViewObject, tombstones: boolean): string {
  const features = view.features.map(({ name, type }) => ({ column: identifier(name), type: parseType(type) }))
  const row = storedRow(['_key', `epoch_us(${EVENT_TIMESTAMP})`], features)
  return tombstones ? `case when ${DELETED} then json_array(_key)::varchar else ${row} end` : row
}

/** @throws ShorelineError INVALID when a key is too long or has a NUL, naming it */
export async function checkKeys(db: DuckDBConnection, view: ViewObject, file: string): Promise<void> {
  // Of all the types that a key may have, only texts are ever so long or hold a NUL.
  if (!view.join_keys.some((key) => key.type === 'string')) return
  const [bad] = await query(
    db,
    `select strlen(_key)::integer as bytes, contains(_key, chr(0)) as nul, left(_key, 60) as shown from ${rowsOf(view, file)} where strlen(_key) > ${MAX_KEY_BYTES} or contains(_key, chr(0)) limit 1`,
  )
  if (!bad) return
  const names = view.join_keys.map((key) => key.name).join(', ')
  throw new ShorelineError(
    'INVALID',
    `view ${view.name}: a key (${names}) ${bad['nul'] === true ? 'has a NUL character' : `is ${String(bad['bytes'])} bytes long; at most ${MAX_KEY_BYTES} are allowed`}: ${JSON.stringify(bad['shown'])}… Correct it in the source or the SQL.`,
  )
}
