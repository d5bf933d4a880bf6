/**
 * The spine: the rows that features are joined to, each with its instant. However it comes, it ends as one relation, `_spine`:
 * the rows numbered in their order, the instant, and its columns, those that the plan knows in their declared types.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../../core/errors.ts'
import { parseType, type ValueType } from '../../../core/types.ts'
import { timestampText } from '../../../core/values.ts'
import { nearest } from '../../../registry/definitions/nearest.ts'
import { type ColumnType, duckdbError, query } from '../../duckdb.ts'
import { parseText } from '../../sources/parse.ts'
import { castExpression, keepsValue } from '../../sql/cast.ts'
import { identifier, timestampLiteral } from '../../sql/text.ts'
import { AT, ROW, SPINE } from '../join.ts'
import type { SpineField } from '../plan.ts'

export interface SpineColumn {
  readonly name: string
  /** As a value type where the plan says it, else DuckDB's. */
  readonly type: string
  readonly is: 'key' | 'timestamp' | 'request' | 'passed'
  /** SQL of its name in `_spine`. */
  readonly column: string
}

/** Rows as they came: a relation with `_row` and columns under their own names. */
export interface RawSpine {
  /** SQL */
  readonly from: string
  readonly columns: readonly ColumnType[]
  /** Reading it again gives the same rows at no great cost: it need not be kept. */
  readonly cheap: boolean
}

export interface SpineWants {
  readonly fields: readonly SpineField[]
  readonly timestamp: string
  /** Microseconds since the epoch: no instant may be later. */
  readonly asOf: number
}

export interface Spine {
  readonly rows: number
  readonly columns: readonly SpineColumn[]
}

/** @throws ShorelineError INVALID naming the column, the row, and what would be right */
export async function makeSpine(db: DuckDBConnection, raw: RawSpine, wants: SpineWants): Promise<Spine> {
  checkNames(raw, wants)
  const read = raw.columns.map((column, at) => readColumn(column, at, wants))
  const instant = read.find(({ is }) => is === 'timestamp')
  if (!instant) throw new ShorelineError('INTERNAL', 'a spine was read without its timestamp')
  const rows = await checkValues(db, raw, read, instant, wants)
  const columns = read.map(({ sql, column }) => `${sql} as ${column}`)
  const selected = `select ${ROW}, ${instant.instant} as ${AT}, ${columns.join(', ')} from ${raw.from} as raw`
  try {
    await db.run(`create or replace temp ${raw.cheap ? 'view' : 'table'} ${SPINE} as ${selected}`)
  } catch (thrown) {
    throw duckdbError('the spine', thrown)
  }
  return { rows, columns: read.map(({ name, type, is, column }) => ({ name, type, is, column })) }
}

function checkNames({ columns }: RawSpine, { fields, timestamp }: SpineWants): void {
  const names = columns.map(({ name }) => name)
  const missing = [
    ...fields.map(({ name, type, is }) => ({
      name,
      what: is === 'key' ? `the join key ${name} (${type})` : `the request-time value ${name} (${type})`,
    })),
    { name: timestamp, what: `the timestamp ${timestamp}` },
  ].filter(({ name }) => !names.includes(name))
  const [first] = missing
  if (!first) return
  const free = names.filter((name) => name !== timestamp && !fields.some((field) => field.name === name))
  const meant = nearest(first.name, free)
  const hint =
    first.name === timestamp
      ? 'Name another column with --timestamp.'
      : meant
        ? `Is it ${meant}? Rename that column.`
        : 'Add it to the spine.'
  throw new ShorelineError(
    'INVALID',
    `the spine has no column of ${missing.map(({ what }) => what).join(', nor of ')}. It has ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}. ${hint}`,
    { missing: missing.map(({ name }) => name) },
  )
}

const LISTED = 20

interface ReadColumn extends SpineColumn {
  /** SQL of the value in its type. */
  readonly sql: string
  /** SQL of the value as an instant, where it is the timestamp. */
  readonly instant: string
  /** SQL: there is a value, and it is none of its type. */
  readonly wrong: string | null
  readonly required: boolean
  readonly wanted: string
}

function readColumn({ name, type }: ColumnType, at: number, { fields, timestamp }: SpineWants): ReadColumn {
  const from = identifier(name)
  const column = `_c${at}`
  const field = fields.find((one) => one.name === name)
  const isInstant = name === timestamp
  const instant = isInstant ? typed(name, type, 'timestamp', 'the timestamp') : null
  if (!field) {
    if (instant)
      return { name, type: 'timestamp', is: 'timestamp', column, ...instant, instant: instant.sql, required: true }
    return { name, type, is: 'passed', column, sql: from, instant: '', wrong: null, required: false, wanted: type }
  }
  const value = typed(name, type, field.type, field.is === 'key' ? 'the join key' : 'the request-time value')
  const is = isInstant ? 'timestamp' : field.is
  return {
    ...{ name, type: field.type, is, column, ...value },
    instant: instant?.sql ?? '',
    required: isInstant || field.is === 'key',
  }
}

interface Typed {
  readonly sql: string
  readonly wrong: string | null
  readonly wanted: string
}

/** Text is read strictly, as in a file of text; everything else has to be of a type that holds the declared one's values. */
function typed(name: string, from: string, declared: string, what: string): Typed {
  const type = parseType(declared)
  const column = identifier(name)
  if (from === 'VARCHAR' && !isText(type)) {
    const { ok, value } = parseText(column, type)
    return { sql: value, wrong: `${column} is not null and (${ok}) is not true`, wanted: declared }
  }
  try {
    const sql = castExpression(`spine: column ${name}`, column, from, type)
    const kept = keepsValue(column, from, type)
    return { sql, wrong: kept === null ? null : `${column} is not null and (${kept}) is not true`, wanted: declared }
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    const hint = declared === 'timestamp' && /INT|DOUBLE/.test(from) ? EPOCH : `Write it as ${declared}.`
    throw new ShorelineError(
      'INVALID',
      `the spine's column ${name}, ${what}, is ${from} and has to be ${declared}. ${hint}`,
      { column: name },
    )
  }
}

const EPOCH =
  'A number does not say its unit: write instants, as make_timestamp() of DuckDB or to_datetime() of pandas do.'

function isText({ kind }: ValueType): boolean {
  return kind === 'string' || kind === 'json'
}

async function checkValues(
  db: DuckDBConnection,
  { from }: RawSpine,
  columns: readonly ReadColumn[],
  { instant, wrong: none, name: timestamp }: ReadColumn,
  { asOf }: SpineWants,
): Promise<number> {
  const checks = [
    ...columns.flatMap(({ name, column, wrong, wanted }) =>
      wrong === null
        ? []
        : [{ id: `w${column}`, bad: wrong, column: name, says: (text: string) => notOf(name, wanted, text) }],
    ),
    ...columns
      .filter(({ required }) => required)
      .map(({ name, column, is }) => ({
        id: `n${column}`,
        bad: `${identifier(name)} is null`,
        column: name,
        says: () =>
          `${name} is null. ${is === 'timestamp' ? 'Every row needs its instant' : 'Every row names its entities'}: leave such rows out, or fill it in.`,
      })),
    {
      id: 'future',
      // Of what is no instant, the cast would end the query.
      bad: `${none === null ? '' : `case when ${none} then false else `}(${instant}) > ${timestampLiteral(asOf)}${none === null ? '' : ' end'}`,
      column: timestamp,
      says: (text: string) =>
        `${timestamp} is ${text}, later than ${timestampText(asOf)}, which is now. What will be known then is not known yet: leave such rows out.`,
    },
  ]
  const found = await query(
    db,
    `select count(*)::varchar as rows, ${checks.map(({ id, bad }) => `min(${ROW}) filter (where ${bad})::varchar as "${id}", count(*) filter (where ${bad})::varchar as "${id}#"`).join(', ')} from ${from} as raw`,
  ).catch((thrown: unknown) => {
    throw duckdbError('the spine', thrown)
  })
  const [answer] = found
  const rows = Number(answer?.['rows'] ?? 0)
  if (rows === 0) throw new ShorelineError('INVALID', 'the spine has no rows, so there is nothing to join features to.')
  for (const { id, column, says } of checks) {
    const first = answer?.[id]
    if (first === null || first === undefined) continue
    const [value] = await query(
      db,
      `select ${identifier(column)}::varchar as value from ${from} as raw where ${ROW} = ${String(first)}`,
    )
    const count = Number(answer?.[`${id}#`])
    throw new ShorelineError(
      'INVALID',
      `the spine's row ${Number(first) + 1}: ${says(shown(String(value?.['value'] ?? '')))}${count > 1 ? ` ${count} rows are so.` : ''}`,
      { row: Number(first), column },
    )
  }
  return rows
}

function notOf(name: string, type: string, text: string): string {
  if (type === 'timestamp')
    return `${name} is ${text}, which is no instant. Write 2001-07-01T12:00:00Z, 2001-07-01 12:00:00+02:00 or 2001-07-01; without an offset it is in UTC.`
  return `${name} is ${text}, which is no ${type}.`
}

const SHOWN = 60

function shown(value: string): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value === '' ? '""' : value
}
