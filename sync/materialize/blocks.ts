/** Builds the blocks of a run from its snapshot's Parquet, as text, inside DuckDB: Node only moves strings. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { BLOCK_FORMAT } from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import { BLOCK_BYTES, BLOCK_ROWS, MAX_KEY_BYTES } from '../../core/limits.ts'
import { MAX_PARTITIONS } from '../../core/partition.ts'
import { parseType } from '../../core/types.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { keyExpression, partitionExpression } from '../sql/key.ts'
import { storedRow } from '../sql/stored.ts'
import { identifier, literal } from '../sql/text.ts'
import { EVENT_TIMESTAMP } from './newest.ts'

export interface BuiltBlock {
  readonly block: number
  readonly text: string
}

/** About so many rows are looked at to learn how long a row's text is, the same ones every time. */
export const SAMPLE_ROWS = 2000

/**
 * How many blocks the rows need, at 4 KB or 16 rows each, whichever is more.
 * @throws ShorelineError INVALID when a key is too long or has a NUL, naming it
 */
export async function countBlocks(db: DuckDBConnection, view: ViewObject, file: string, rows: number): Promise<number> {
  await checkKeys(db, view, file)
  if (rows === 0) return 1
  const [sample] = await query(
    db,
    `select avg(strlen(row)) + 1 as bytes from (select ${rowText(view)} as row from ${rowsOf(view, file)} where hash(_key) % ${Math.max(1, Math.floor(rows / SAMPLE_ROWS))} = 0)`,
  )
  return blocksFor(rows, Number(sample?.['bytes'] ?? BLOCK_BYTES))
}

/** How many blocks so many rows need. @param rowBytes of one row's text, on average */
export function blocksFor(rows: number, rowBytes: number): number {
  const rowsPerBlock = Math.max(BLOCK_ROWS, BLOCK_BYTES / rowBytes)
  return Math.min(MAX_PARTITIONS, Math.max(1, Math.ceil(rows / rowsPerBlock)))
}

/** Every block of the run in order, empty ones too; the same Parquet gives the same bytes. */
export async function* buildBlocks(
  db: DuckDBConnection,
  view: ViewObject,
  run: string,
  file: string,
  blocks: number,
): AsyncGenerator<readonly BuiltBlock[]> {
  const opening = `{"format":${BLOCK_FORMAT},"view":"${viewId(view)}","run":"${run}","block":`
  const result = await db.stream(`
    select block, concat(${literal(opening)}, block, ',"blocks":${blocks},"md5":"', md5(rows), '","rows":', rows, '}') as text
    from (
      select n::integer as block, concat('[', rows, ']') as rows
      from range(${blocks}) as every(n)
      left join (
        select ${partitionExpression('_key', blocks)} as block, array_to_string(list_sort(list(row)), ',') as rows
        from (select _key, ${rowText(view)} as row from ${rowsOf(view, file)})
        group by all
      ) as filled on filled.block = every.n
    )
    order by block`)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return
    const numbers = chunk.getColumnValues(0)
    yield chunk.getColumnValues(1).map((text, index) => ({ block: Number(numbers[index]), text: String(text) }))
  }
}

/** The snapshot's rows with their canonical key, under a name that no join key and no feature has. */
function rowsOf(view: ViewObject, file: string): string {
  const keys = view.join_keys.map((key) => ({ name: key.name, type: parseType(key.type) }))
  return `(select ${keyExpression(keys)} as _key, * from read_parquet(${literal(file)}))`
}

function rowText(view: ViewObject): string {
  const features = view.features.map(({ name, type }) => ({ column: identifier(name), type: parseType(type) }))
  return storedRow(['_key', `epoch_us(${EVENT_TIMESTAMP})`], features)
}

async function checkKeys(db: DuckDBConnection, view: ViewObject, file: string): Promise<void> {
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
