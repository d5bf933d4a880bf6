/** A spine in files: Parquet as it is, CSV and NDJSON read as strictly as sources are. Rows are numbered as they stand there. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../../core/errors.ts'
import { parseType } from '../../../core/types.ts'
import type { LakeSourceObject, ParquetSourceObject } from '../../../registry/objects.ts'
import type { SourceVersion } from '../../../registry/training.ts'
import { describe, duckdbError, query } from '../../duckdb.ts'
import { localCopies } from '../../lake/cache.ts'
import { type LakeConfig, openSource } from '../../lake/resolve.ts'
import { SAME_COLUMNS } from '../../sources/drift.ts'
import { createParquetTable } from '../../sources/parquet-table.ts'
import { createTextTable } from '../../sources/text-table.ts'
import { identifier, literal } from '../../sql/text.ts'
import { ROW } from '../join.ts'
import type { SpineField } from '../plan.ts'
import type { RawSpine } from './spine.ts'

export interface SpineFiles {
  readonly raw: RawSpine
  readonly path: string
  readonly objects: readonly SourceVersion[]
  /** SHA-256 of the files' bytes, one after another. */
  readonly hash: string
}

export interface FileSpineOptions {
  readonly lake: LakeConfig
  /** `.shoreline/cache` */
  readonly cache: string
  readonly fields: readonly SpineField[]
  readonly timestamp: string
  /** Types of other columns of a text file: column -> type. */
  readonly types: ReadonlyMap<string, string>
}

type Format = LakeSourceObject['format']

/**
 * @param path a file, a `file://` or an `r2://` path, wildcards allowed
 * @throws ShorelineError INVALID for a file that is none of the formats, or cannot be read as its format
 */
export async function readFileSpine(
  db: DuckDBConnection,
  path: string,
  options: FileSpineOptions,
): Promise<SpineFiles> {
  const format = formatOf(path)
  const uri = /^[a-z0-9]+:\/\//.test(path) ? path : `file://${resolve(path)}`
  const source = await openSource(uri, options.lake)
  const copies = await localCopies(source.lake, source.objects, options.cache)
  const files = copies.map((copy) => copy.path)
  const raw = format === 'parquet' ? await parquetSpine(db, files) : await textSpine(db, format, files, options)
  return {
    raw,
    path: uri,
    objects: source.objects.map(({ uri: one, etag, size }) => ({ uri: one, etag, size })),
    hash: await hashFiles(files),
  }
}

function formatOf(path: string): Format {
  if (/\.(parquet|pq)$/i.test(path)) return 'parquet'
  if (/\.csv(\.gz)?$/i.test(path)) return 'csv'
  if (/\.(ndjson|jsonl)(\.gz)?$/i.test(path)) return 'ndjson'
  throw new ShorelineError(
    'INVALID',
    `the spine ${path} is in no format that its name tells. It ends in .parquet, .csv, .ndjson or .jsonl, the text formats with .gz too.`,
  )
}

const SOURCE = '_spine_files'

async function parquetSpine(db: DuckDBConnection, files: readonly string[]): Promise<RawSpine> {
  try {
    await createParquetTable(db, { name: SOURCE, format: 'parquet', path: '', timestamp: '' }, files)
    const columns = await describe(db, `select * from ${SOURCE}`)
    const list = `[${files.map(literal).join(', ')}]`
    if (files.length === 1)
      return {
        from: `(select file_row_number as ${ROW}, * exclude (file_row_number) from read_parquet(${list}, file_row_number = true))`,
        columns: columns.filter(({ name }) => name !== 'file_row_number'),
        cheap: true,
      }
    const counted = await query(db, `select file_name, num_rows::varchar as rows from parquet_file_metadata(${list})`)
    const rows = new Map(counted.map((one) => [String(one['file_name']), Number(one['rows'])]))
    let first = 0
    const starts = files.map((file) => {
      const start = `(${literal(file)}, ${first})`
      first += rows.get(file) ?? 0
      return start
    })
    return {
      from: `(select file_row_number + first as ${ROW}, * exclude (file_row_number, filename, first, of_file) from read_parquet(${list}, file_row_number = true, filename = true) as f join (values ${starts.join(', ')}) as starts(of_file, first) on filename = of_file)`,
      columns,
      cheap: false,
    }
  } catch (thrown) {
    if (thrown instanceof ShorelineError) throw aboutSpine(thrown)
    const file = await noParquet(db, files)
    if (file === null) throw duckdbError('the spine', thrown)
    throw new ShorelineError(
      'INVALID',
      `the spine: ${file} is no Parquet file, or a damaged one. Write it again.`,
      {},
      thrown,
    )
  }
}

async function noParquet(db: DuckDBConnection, files: readonly string[]): Promise<string | null> {
  for (const file of files)
    if (!(await query(db, `select 1 from parquet_file_metadata(${literal(file)})`).catch(() => null))) return file
  return null
}

/** Members of NDJSON that nobody gives a type are kept as JSON. */
async function textSpine(
  db: DuckDBConnection,
  format: 'csv' | 'ndjson',
  files: readonly string[],
  { fields, timestamp, types }: FileSpineOptions,
): Promise<RawSpine> {
  const names = format === 'ndjson' ? await members(db, files) : []
  // A member that no line has is a column that there is not.
  const there = (name: string): boolean => names.length === 0 || names.includes(name)
  const declared = new Map([
    ...names.map((name): [string, string] => [name, 'json']),
    ...types,
    ...fields.flatMap(({ name, type }): [string, string][] => (there(name) ? [[name, type]] : [])),
  ])
  if (there(timestamp) && (declared.get(timestamp) ?? 'json') === 'json') declared.set(timestamp, 'timestamp')
  for (const [name, type] of types) checkType(name, type)
  const source: Exclude<LakeSourceObject, ParquetSourceObject> = {
    name: SOURCE,
    path: '',
    timestamp,
    format,
    types: [...declared].map(([name, type]) => ({ name, type })),
  }
  // Rows are numbered as they are read.
  await db.run('set preserve_insertion_order = true')
  try {
    await createTextTable(db, source, files)
    await db.run(
      `create or replace temp table _spine_rows as select (row_number() over ()) - 1 as ${ROW}, * from ${SOURCE}`,
    )
    await db.run(`drop table ${SOURCE}`)
  } catch (thrown) {
    throw thrown instanceof ShorelineError ? aboutSpine(thrown, declared, types) : duckdbError('the spine', thrown)
  } finally {
    await db.run('set preserve_insertion_order = false')
  }
  const columns = await describe(db, `select * exclude (${ROW}) from _spine_rows`)
  checkTyped(types, format === 'ndjson' && names.length > 0 ? names : columns.map(({ name }) => name))
  return { from: '_spine_rows', columns, cheap: false }
}

function checkTyped(types: ReadonlyMap<string, string>, names: readonly string[]): void {
  for (const [name, type] of types)
    if (!names.some((one) => one.toLowerCase() === name.toLowerCase()))
      throw new ShorelineError(
        'INVALID',
        `--types ${name}:${type}: the spine has no column ${name}. It has ${names.join(', ')}.`,
        { column: name },
      )
}

async function members(db: DuckDBConnection, files: readonly string[]): Promise<readonly string[]> {
  const list = files.map(literal).join(', ')
  try {
    const found = await query(
      db,
      `select name, min(place) as place from (select unnest(json_keys(json)) as name, generate_subscripts(json_keys(json), 1) as place from read_ndjson_objects([${list}])) group by name order by place, name`,
    )
    return found.map((one) => String(one['name'])).filter((name) => !name.startsWith('_'))
  } catch {
    // What is wrong with the file is said with its line when it is read.
    return []
  }
}

function checkType(name: string, type: string): void {
  try {
    parseType(type)
  } catch {
    throw new ShorelineError(
      'INVALID',
      `--types ${name}:${type} is no type. Write bool, string, int32, int64, float32, float64, timestamp, date, uuid, json, or list(…) of one.`,
    )
  }
}

/** The reader of sources speaks of a source. @param declared column -> type, and which of them `--types` says */
function aboutSpine(
  error: ShorelineError,
  declared: ReadonlyMap<string, string> = new Map(),
  types: ReadonlyMap<string, string> = new Map(),
): ShorelineError {
  const message = error.message
    .replaceAll(`source ${SOURCE}`, 'the spine')
    .replace(SAME_COLUMNS, 'All files of a spine must have the same columns.')
    .replace(/ in the column (.+) is not exactly a [^.]+\. Correct the file, or .*$/s, (said, column: string) => {
      const type = declared.get(column)
      if (type === undefined) return said
      return ` in the column ${column} is no ${type}. Correct the file${types.has(column) ? ', or give it another type with --types' : ''}.`
    })
  return new ShorelineError(error.code, message, error.details, error)
}

async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files)
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) hash.update(chunk)
    })
  return hash.digest('hex')
}

/** SQL of a value that two relations with the same rows in the same order share: of a spine that no file holds. */
export function rowsHash(columns: readonly string[]): string {
  const texts = columns.map((name) => `coalesce(${identifier(name)}::varchar, chr(0))`)
  return `lpad(hex(bit_xor(md5_number(concat_ws(chr(31), ${ROW}, ${texts.join(', ')})))), 32, '0')`
}
