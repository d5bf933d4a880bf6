/** Checks of single rows, all in one pass; those that fail get some keys of the rows that violate them, in another. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { parseTimestamp } from '../../core/values.ts'
import { type Bound, boundsText, type CheckObject, listText, percent } from '../../registry/checks.ts'
import { query } from '../duckdb.ts'
import { identifier, literal, timestampLiteral } from '../sql/text.ts'
import type { Checked, Finding } from './finding.ts'
import { exampleKeys } from './finding.ts'

export type RowCheck = Extract<CheckObject, { readonly kind: 'not_null' | 'range' | 'one_of' }>

export function isRowCheck(check: CheckObject): check is RowCheck {
  return check.kind === 'not_null' || check.kind === 'range' || check.kind === 'one_of'
}

export async function findRows(
  db: DuckDBConnection,
  checked: Checked,
  checks: readonly RowCheck[],
): Promise<ReadonlyMap<CheckObject, Finding>> {
  if (checks.length === 0) return new Map()
  const violations = checks.map((check) => violation(check, checked.types.get(check.column) ?? ''))
  const counts = violations.map((sql, at) => `count_if(${sql})::varchar as _v${at}`)
  const [counted] = await query(db, `select ${counts.join(', ')} from ${checked.relation}`)
  const found = checks.map((check, at) => finding(checked, check, Number(counted?.[`_v${at}`] ?? 0)))
  const failed = violations.filter((_, at) => found[at]?.passed === false)
  const examples = await examplesOf(db, checked, failed)
  return new Map(
    checks.map((check, at) => {
      const keys = examples.get(violations[at] ?? '') ?? []
      return [
        check,
        { passed: true, observed: '', expected: '', ...found[at], ...(keys.length > 0 ? { examples: keys } : {}) },
      ]
    }),
  )
}

async function examplesOf(
  db: DuckDBConnection,
  { relation, key }: Checked,
  violations: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (violations.length === 0 || key === null) return new Map()
  const lists = violations.map((sql, at) => `${exampleKeys(key)} filter (where ${sql}) as _e${at}`)
  const [row] = await query(db, `select ${lists.join(', ')} from ${relation}`)
  return new Map(
    violations.map((sql, at) => {
      const keys = row?.[`_e${at}`]
      return [sql, Array.isArray(keys) ? keys.map(String) : []]
    }),
  )
}

function finding({ statistics }: Checked, check: RowCheck, violating: number): Finding {
  const { rows } = statistics
  const some = `${violating} of ${rows} rows`
  switch (check.kind) {
    case 'not_null':
      return {
        passed: rows === 0 || (rows - violating) / rows >= check.share,
        observed: `${some} are null`,
        expected: check.share === 1 ? 'no nulls' : `at least ${percent(check.share)} of rows with a value`,
      }
    case 'range': {
      const { min, max } = statistics.features[check.column] ?? {}
      const ends = min === undefined || max === undefined ? '' : `, which are from ${min} to ${max}`
      return {
        passed: violating === 0,
        observed: `${some} have a value outside of it${violating === 0 ? '' : ends}`,
        expected: boundsText(check.min, check.max),
      }
    }
    case 'one_of':
      return {
        passed: violating === 0,
        observed: `${some} have another value`,
        expected: listText(check.values),
      }
  }
}

/** SQL that is true of a row that violates the check; nulls violate none but `notNull`. */
function violation(check: RowCheck, type: string): string {
  const column = identifier(check.column)
  if (check.kind === 'not_null') return `${column} is null`
  if (check.kind === 'one_of') {
    const values = check.values.map((value) => `${literal(String(value))}::${CASTS[type] ?? 'varchar'}`)
    return `(${column} is not null and ${column} not in (${values.join(', ')}))`
  }
  const within = [
    ...(type.startsWith('float') ? [`isfinite(${column})`] : []),
    ...(check.min === undefined ? [] : [`${column} >= ${boundSql(check.min, type)}`]),
    ...(check.max === undefined ? [] : [`${column} <= ${boundSql(check.max, type)}`]),
  ]
  return `(${column} is not null and not (${within.join(' and ')}))`
}

const CASTS: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int32: 'integer',
  int64: 'bigint',
  date: 'date',
  uuid: 'uuid',
}

function boundSql(bound: Bound, type: string): string {
  if (type === 'timestamp') return timestampLiteral(parseTimestamp(String(bound)) ?? 0)
  if (type === 'date') return `date ${literal(String(bound))}`
  // A float32 is compared as what it is written as: 0.1 is not beyond 0.1.
  if (type === 'float32') return `'${Math.fround(Number(bound))}'::float`
  // Integers beyond 2^53 are compared as such; a bound with a fraction as a number.
  return typeof bound === 'string' || Number.isSafeInteger(bound)
    ? `'${bound}'::${type === 'float64' ? 'double' : 'bigint'}`
    : `'${bound}'::double`
}
