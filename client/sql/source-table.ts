/** The objects of a source as a table of DuckDB, with hive partitions as columns: what a view's SQL reads. */

import type { Compressors } from 'hyparquet'
import { ShorelineError } from '../../core/errors.ts'
import { hivePartitions } from '../../core/hive.ts'
import { identifier, literal } from '../../core/sql/text.ts'
import type { LakeView } from '../../registry/wire/lake.ts'
import { type ArrowColumn, arrowStream, readColumns } from './arrow.ts'
import type { Connection } from './engine.ts'
import type { ObjectOf, RemoteLake } from './lake.ts'
import { openParquet, type ParquetColumn, type ParquetFile } from './parquet.ts'

export interface Reading {
  readonly lake: RemoteLake
  readonly service: string
  readonly compressors: Compressors | undefined
  readonly signal: AbortSignal | undefined
  /** Called with the bytes that came. */
  readonly came: (bytes: number) => void
}

type Source = LakeView['reads'][number]

interface OpenFile {
  readonly file: ParquetFile
  readonly partitions: ReadonlyMap<string, string>
}

/**
 * @param table a name that nothing has
 * @param wanted lower-case names of the columns that are needed; null for all
 * @returns SQL of a relation
 * @throws ShorelineError INVALID when files differ in what is needed, or hold what a page cannot read exactly
 */
export async function sourceTable(
  connection: Connection,
  reading: Reading,
  { view, source, table }: { readonly view: string; readonly source: Source; readonly table: string },
  wanted: ReadonlySet<string> | null,
): Promise<string> {
  if (source.format !== 'parquet')
    throw new ShorelineError(
      'INVALID',
      `source ${source.name} is ${source.format}, and a page reads Parquet only. Use "shoreline train".`,
      { source: source.name },
    )
  const files: OpenFile[] = []
  for (const object of source.objects) {
    const file = bufferOf(reading, { service: reading.service, view, source: source.name, object })
    files.push({
      file: await openParquet(file, `source ${source.name}: ${object.key}`, wanted, reading.compressors),
      partitions: new Map(hivePartitions(object.key)),
    })
  }
  const partitions = partitionNames(source, files).filter((name) => wanted?.has(name.toLowerCase()) ?? true)
  const columns = columnsOf(source, files)
  for (const { name } of columns)
    if (partitions.some((one) => one.toLowerCase() === name.toLowerCase()))
      throw differ(source, `column ${name} is in the files, and a folder of them is named by it as well`)
  for (const [at, { file, partitions: own }] of files.entries()) {
    const there = columns.filter(({ name }) => file.columns.some((one) => one.name === name))
    const read = new Map((await file.read(there)).map((column) => [column.name, column]))
    const nulls = (one: ParquetColumn): ArrowColumn => ({ ...one, values: new Array(file.rows).fill(null) })
    const folders = partitions.map((name): ArrowColumn => {
      return { name, kind: 'text', values: new Array(file.rows).fill(own.get(name) ?? null) }
    })
    // A table of nothing has its rows still.
    const rows: ArrowColumn = { name: ROWS, kind: 'bool', values: new Array(file.rows).fill(null) }
    const all = [...columns.map((one) => read.get(one.name) ?? nulls(one)), ...folders, rows]
    await connection.insert(table, arrowStream(all, file.rows), at === 0)
  }
  const types = await partitionTypes(connection, files, partitions)
  const selected = [
    ...columns.map(({ name, uuid }) => (uuid ? `${identifier(name)}::uuid as ${identifier(name)}` : identifier(name))),
    ...partitions.map((name) => `${identifier(name)}::${types.get(name)} as ${identifier(name)}`),
  ]
  return `(select ${selected.join(', ') || ROWS} from ${identifier(table)})`
}

const ROWS = '_shoreline_rows'

/** A footer is read in one piece of this size; most are smaller. */
function bufferOf({ lake, came, signal }: Reading, of: ObjectOf) {
  return {
    byteLength: of.object.size,
    async slice(start: number, end: number = of.object.size): Promise<ArrayBuffer> {
      if (end <= start) return new ArrayBuffer(0)
      const bytes = await lake.range(of, start, Math.min(end, of.object.size), signal)
      came(bytes.byteLength)
      return bytes
    },
  }
}

/** The columns of all files. @throws ShorelineError INVALID where they differ */
function columnsOf(source: Source, files: readonly OpenFile[]): readonly ParquetColumn[] {
  const found = new Map<string, { readonly column: ParquetColumn; files: number }>()
  for (const { file } of files)
    for (const column of file.columns) {
      const known = found.get(column.name)
      if (!known) found.set(column.name, { column, files: 1 })
      else {
        known.files++
        if (JSON.stringify(known.column) !== JSON.stringify(column))
          throw differ(source, `column ${column.name} has another type in another file`)
      }
    }
  const columns = [...found.values()]
  const missing = columns.find((one) => one.files < files.length)
  if (missing && source.schema_drift !== 'union')
    throw differ(source, `column ${missing.column.name} is in ${missing.files} of ${files.length} files`)
  return columns.map(({ column }) => column)
}

function differ({ name }: Source, what: string): ShorelineError {
  return new ShorelineError('INVALID', `source ${name}: ${what}. A page reads files of the same columns only.`, {
    source: name,
  })
}

function partitionNames(source: Source, files: readonly OpenFile[]): readonly string[] {
  const names = [...(files[0]?.partitions.keys() ?? [])]
  for (const { partitions } of files) {
    if ([...partitions.keys()].join('\n') !== names.join('\n'))
      throw differ(source, 'the folders of its files are partitioned in several ways')
    if ([...partitions.values()].includes('__HIVE_DEFAULT_PARTITION__'))
      throw differ(source, 'a folder of its files stands for no value')
  }
  return names
}

/** What DuckDB takes a partition for: a day, an instant or an integer where every value is one, else text. */
async function partitionTypes(
  connection: Connection,
  files: readonly OpenFile[],
  partitions: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const types = new Map<string, string>()
  for (const name of partitions) {
    const values = new Set(files.map((file) => file.partitions.get(name) ?? ''))
    const rows = [...values].map((value) => `(${literal(value)})`).join(', ')
    const [found] = readColumns(
      await connection.run(
        `select distinct case when try_cast(v as date) is not null then 'date' when try_cast(v as timestamp) is not null then 'timestamp' when try_cast(v as bigint) is not null then 'bigint' else 'varchar' end as t from (values ${rows}) as t(v)`,
      ),
    )
    types.set(name, found?.values.length === 1 ? String(found.values[0]) : 'varchar')
  }
  return types
}
