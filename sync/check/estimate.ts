/** What a full materialization of a view will write and cost, before it is done. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { dollars, materializationOperations } from '../../core/cost.ts'
import { UPLOAD_BLOCKS, UPLOAD_BYTES } from '../../core/limits.ts'
import { blocksFor, chooseSizes } from '../../core/run-choice.ts'
import { parseType, type ValueType } from '../../core/types.ts'
import { runsPerMonth } from '../../registry/definitions/cron.ts'
import type { ViewFacts } from '../../registry/facts.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { SAMPLE_ROWS } from '../materialize/blocks.ts'
import { keyExpression } from '../sql/key.ts'
import { storedRow } from '../sql/stored.ts'
import { identifier, timestampLiteral } from '../sql/text.ts'
import type { CheckedSource } from './sources.ts'

export interface Estimate {
  /** `view@version` */
  readonly view: string
  readonly entities: number
  /**
   * `counted`: the view's query was run over all of its sources. `sampled`: over a part of them, and scaled up. `keys`: the
   * distinct values of the source columns that its keys come from, so that a filter may leave fewer. `online`: what the
   * last materialization wrote.
   */
  readonly basis: 'counted' | 'sampled' | 'keys' | 'online'
  readonly blocks: number
  readonly kv_writes: number
  /** When the snapshot is reclaimed. */
  readonly kv_deletes: number
  readonly d1_rows: number
  /** When the snapshot is reclaimed. */
  readonly d1_deletes: number
  readonly r2_ops: number
  /** The operations, the later deletions and a month of storage. */
  readonly dollars: number
}

/** Text around the rows of a block: its identity and checksum. */
const BLOCK_FRAME_BYTES = 140
/** A snapshot's Parquet against the text of its blocks: zstd and columns make it about a third. */
const PARQUET_SHARE = 1 / 3

/**
 * Runs the view's query and counts what comes.
 * @param typed SQL of the view's rows in their declared types
 * @param asOf microseconds since the epoch
 * @throws what DuckDB throws: a null key or timestamp, or a value that its declared type cannot hold, in a row that was looked at
 */
export async function countRows(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  sources: readonly CheckedSource[],
  asOf: number,
): Promise<Omit<Estimate, 'view'>> {
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
  const bytes = Number(found?.['bytes'] ?? 0) + 1
  return cost(view, entities, bytes, objectsOf(sources), scale === 1 ? 'counted' : 'sampled')
}

/** How much running a view's query is: what it may read, value by value. */
export function weight(view: ViewObject, sources: readonly CheckedSource[]): number {
  return sources.reduce((sum, source) => sum + source.rows, 0) * (view.features.length + view.join_keys.length)
}

/** Distinct values of source columns, asked for once however many views have them for keys. */
export class KeyCounts {
  readonly #db: DuckDBConnection
  readonly #known = new Map<string, Promise<number>>()

  constructor(db: DuckDBConnection) {
    this.#db = db
  }

  /** At most so many entities: the combinations, per source, of the columns that the keys come from. */
  async estimate(
    view: ViewObject,
    facts: ViewFacts,
    sources: readonly CheckedSource[],
  ): Promise<Omit<Estimate, 'view'>> {
    const columns = new Set(view.join_keys.flatMap(({ name }) => facts.columns[name] ?? []))
    let entities = 1
    for (const { source, columns: known, scale } of sources) {
      const names = known.map((one) => one.name).filter((name) => columns.has(`${source.name}.${name}`))
      if (names.length > 0) entities *= Math.round((await this.#distinct(source.name, names)) * scale)
    }
    const bytes = [...view.join_keys, ...view.features].reduce(
      (sum, { type }) => sum + textBytes(parseType(type)),
      ROW_BYTES,
    )
    return cost(view, entities, bytes, objectsOf(sources), 'keys')
  }

  #distinct(source: string, names: readonly string[]): Promise<number> {
    const list = names.map(identifier).join(', ')
    const sql = `select count(*)::varchar as n from (select distinct ${list} from ${identifier(source)})`
    const known = this.#known.get(sql) ?? query(this.#db, sql).then(([row]) => Number(row?.['n'] ?? 0))
    this.#known.set(sql, known)
    return known
  }
}

/**
 * What is online of a version was written once already: the next full materialization writes about as much.
 * @param view `view@version`
 */
export function fromOnline(
  view: string,
  read: Pick<ViewObject, 'online' | 'schedule'>,
  entities: number,
  blocks: number,
): Estimate {
  const bytes = blocks * baseBytes(read, entities, ONLINE_ROW_BYTES)
  return { view, ...costOfBlocks(read.online, entities, blocks, bytes, 1, 'online') }
}

/** Of a row whose text nobody has measured. */
const ONLINE_ROW_BYTES = 64

/** Brackets, commas and the event timestamp of a row. */
const ROW_BYTES = 24

/** About how long a stored value is; `countRows` looks at real ones. */
function textBytes(type: ValueType): number {
  switch (type.kind) {
    case 'bool':
      return 6
    case 'int32':
      return 7
    case 'int64':
      return 10
    case 'float32':
      return 11
    case 'float64':
      return 19
    case 'timestamp':
      return 17
    case 'date':
      return 13
    case 'uuid':
      return 39
    case 'string':
      return 18
    case 'vector':
      return Math.ceil((type.size * 16) / 3) + 3
    default:
      return 64 // bytes, JSON, lists: anything
  }
}

function cost(
  view: Pick<ViewObject, 'online' | 'schedule'>,
  entities: number,
  rowBytes: number,
  objects: number,
  basis: Estimate['basis'],
): Omit<Estimate, 'view'> {
  const blocks = entities === 0 ? 1 : blocksFor(entities, rowBytes, baseBytes(view, entities, rowBytes))
  const bytes = Math.round(entities * rowBytes + blocks * BLOCK_FRAME_BYTES)
  return costOfBlocks(view.online, entities, blocks, bytes, objects, basis)
}

/** Bytes of a block, as the first sync of the view will choose them. */
function baseBytes(
  { online, schedule }: Pick<ViewObject, 'online' | 'schedule'>,
  rows: number,
  rowBytes: number,
): number {
  const runs = schedule === undefined ? null : runsPerMonth(schedule)
  return chooseSizes({ store: online, rows, rowBytes, history: [], runsPerMonth: runs, online: null }).base
}

function costOfBlocks(
  store: 'kv' | 'd1',
  entities: number,
  blocks: number,
  bytes: number,
  objects: number,
  basis: Estimate['basis'],
): Omit<Estimate, 'view'> {
  const operations = materializationOperations({
    store,
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
    entities,
    basis,
    blocks,
    kv_writes: operations.kvWrites,
    kv_deletes: operations.kvDeletes,
    d1_rows: operations.d1RowsWritten,
    d1_deletes: operations.d1RowsDeleted,
    r2_ops: operations.r2Reads + operations.r2Writes,
    dollars: dollars(operations),
  }
}

function objectsOf(sources: readonly CheckedSource[]): number {
  return sources.reduce((sum, source) => sum + source.objects, 0)
}
