/** What a full materialization of a view will write and cost, before it is done: its entities are counted, its text sampled. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { dollars, materializationOperations } from '../../core/cost.ts'
import { UPLOAD_BLOCKS, UPLOAD_BYTES } from '../../core/limits.ts'
import { parseType } from '../../core/types.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { blocksFor, SAMPLE_ROWS } from '../materialize/blocks.ts'
import { keyExpression } from '../sql/key.ts'
import { storedRow } from '../sql/stored.ts'
import { timestampLiteral } from '../sql/text.ts'
import type { CheckedSource } from './sources.ts'

export interface Estimate {
  /** Rows of the sources. */
  readonly rows_read: number
  readonly entities: number
  /** False where only a part of the sources was read and the numbers are scaled up from it. */
  readonly exact: boolean
  readonly blocks: number
  readonly kv_writes: number
  /** When the snapshot is reclaimed. */
  readonly kv_deletes: number
  readonly d1_rows: number
  readonly r2_ops: number
  /** The operations, the later deletions and a month of storage. */
  readonly dollars: number
}

export interface ViewEstimate extends Estimate {
  /** `view@version` */
  readonly view: string
}

/** Text around the rows of a block: its identity and checksum. */
const BLOCK_FRAME_BYTES = 140
/** A snapshot's Parquet against the text of its blocks: zstd and columns make it about a third. */
const PARQUET_SHARE = 1 / 3

/**
 * @param typed SQL of the view's rows in their declared types
 * @param asOf microseconds since the epoch
 * @throws what DuckDB throws: a null key or timestamp, or a value that its declared type cannot hold, in a row that was looked at
 */
export async function estimate(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  sources: readonly CheckedSource[],
  asOf: number,
): Promise<Estimate> {
  const rows = sources.reduce((sum, source) => sum + source.rows, 0)
  const scale = Math.max(1, ...sources.map((source) => source.scale))
  const key = keyExpression(view.join_keys.map(({ name, type }) => ({ name, type: parseType(type) })))
  const features = view.features.map(({ type }, index) => ({ column: `_f${index}`, type: parseType(type) }))
  const every = Math.max(1, Math.floor(rows / SAMPLE_ROWS))
  const text = storedRow(['_key', 'epoch_us(_event)'], features)
  const [found] = await query(
    db,
    `select count(distinct _key)::varchar as entities, avg(case when hash(_key) % ${every} = 0 then strlen(${text}) end) as bytes
     from (select ${key} as _key, * from (${typed}) as typed) as keyed where _event <= ${timestampLiteral(asOf)}`,
  )
  const entities = Math.round(Number(found?.['entities'] ?? 0) * scale)
  const rowBytes = Number(found?.['bytes'] ?? 0) + 1
  const blocks = entities === 0 ? 1 : blocksFor(entities, rowBytes)
  const bytes = Math.round(entities * rowBytes + blocks * BLOCK_FRAME_BYTES)
  const objects = sources.reduce((sum, source) => sum + source.objects, 0)
  const operations = materializationOperations({
    written: blocks,
    blocks,
    bytes,
    uploads: Math.max(Math.ceil(blocks / UPLOAD_BLOCKS), Math.ceil(bytes / UPLOAD_BYTES)),
    objects,
    parts: 1,
    snapshotBytes: Math.round(bytes * PARQUET_SHARE),
    published: true,
  })
  return {
    rows_read: Math.round(rows * scale),
    entities,
    exact: scale === 1,
    blocks,
    kv_writes: operations.kvWrites,
    kv_deletes: operations.kvDeletes,
    d1_rows: operations.d1RowsWritten,
    r2_ops: operations.r2Reads + operations.r2Writes,
    dollars: dollars(operations),
  }
}
