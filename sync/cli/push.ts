import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { MAX_PUSH_BYTES, MAX_ROWS } from '../../core/limits.ts'
import { withDuckDB } from '../duckdb.ts'
import { literal } from '../sql/text.ts'
import { contextOf, type GlobalOptions } from './context.ts'

/** `shoreline push --json`. */
interface PushReport {
  readonly source: string
  readonly rows: number
  readonly accepted: number
  readonly superseded: number
}

const READERS: readonly (readonly [RegExp, (file: string) => string])[] = [
  [/\.parquet$/i, (file) => `read_parquet(${literal(file)})`],
  [/\.csv(\.gz)?$/i, (file) => `read_csv(${literal(file)})`],
  [/\.(ndjson|jsonl|json)(\.gz)?$/i, (file) => `read_json(${literal(file)}, format = 'auto')`],
]

export function pushCommand(): Command {
  return new Command('push')
    .description('rows of a Parquet, CSV or NDJSON file into a push source')
    .argument('<source>')
    .argument('<file>', 'its columns have the names of the schema, with event_timestamp and perhaps created_timestamp')
    .action(async (source: string, file: string, _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const reader = READERS.find(([pattern]) => pattern.test(file))?.[1]
      if (!reader)
        throw new ShorelineError('INVALID', `${file} is no .parquet, .csv or .ndjson file. Write one of them.`)
      if (!existsSync(file)) throw new ShorelineError('INVALID', `There is no file ${file}.`)
      const report = { source, rows: 0, accepted: 0, superseded: 0 }
      await context.progress.phase(
        `push ${file}`,
        async () => {
          for await (const rows of rowsOf(reader(file), join(context.config.folder, 'spill'))) {
            const answer = await context.control.push(source, rows)
            report.rows += rows.length
            report.accepted += answer.accepted
            report.superseded += answer.superseded
          }
        },
        () => `${report.rows} rows`,
      )
      context.print(report satisfies PushReport, () =>
        report.rows === 0
          ? `${file} has no rows: nothing was pushed.`
          : `${report.rows} rows pushed to ${source}: ${report.accepted} accepted, ${report.superseded} older than what is there`,
      )
    })
}

/** As JSON texts, as many as one request takes. Nulls are nulls: a column that the file has is named in every row. */
async function* rowsOf(table: string, spill: string): AsyncGenerator<readonly string[]> {
  const texts = await withDuckDB({ spill, memory: '1GB' }, async (db) => {
    const described = await db.runAndReadAll(`describe select * from ${table}`)
    const columns = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
    const list = columns.map(({ name, type }) => `${quoted(name)} := ${sent(quoted(name), type)}`).join(', ')
    const result = await db.runAndReadAll(`select to_json(struct_pack(${list}))::varchar as row from ${table}`)
    return result.getRows().map(([row]) => String(row))
  })
  let batch: string[] = []
  let bytes = 0
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1
    if (batch.length > 0 && (batch.length >= MAX_ROWS || bytes + size > MAX_PUSH_BYTES - 100)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(text)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A column as the wire has it: instants in RFC 3339, and floats without a number as their names. */
function sent(column: string, type: string): string {
  if (/^TIMESTAMP/.test(type)) return `strftime(${column}::timestamp, '%Y-%m-%dT%H:%M:%S.%fZ')`
  if (type === 'DATE') return `strftime(${column}, '%Y-%m-%d')`
  if (type === 'BLOB') return `to_base64(${column})`
  if (type === 'FLOAT' || type === 'DOUBLE')
    return `case when isfinite(${column}) or ${column} is null then to_json(${column}) when isnan(${column}) then '"NaN"'::json when ${column} > 0 then '"Infinity"'::json else '"-Infinity"'::json end`
  return column
}
