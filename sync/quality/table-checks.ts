/** Checks that need a query of their own: values that occur twice, and custom SQL. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf } from '../../core/errors.ts'
import { duckdbType, parseType } from '../../core/types.ts'
import type { CheckObject } from '../../registry/checks.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { describe, duckdbError, query } from '../duckdb.ts'
import { EVENT_TIMESTAMP } from '../materialize/rows.ts'
import { bindAsOf } from '../sql/as-of.ts'
import { identifier } from '../sql/text.ts'
import { type Checked, exampleKeys, type Finding } from './finding.ts'

type Unique = Extract<CheckObject, { readonly kind: 'unique' }>
type Custom = Extract<CheckObject, { readonly kind: 'sql' }>

export async function findTwice(db: DuckDBConnection, checked: Checked, check: Unique): Promise<Finding> {
  const { relation, key, statistics } = checked
  const columns = check.columns.map(identifier).join(', ')
  const values = check.columns.map((column) => `${identifier(column)} is not null`).join(' and ')
  const twice = `select ${columns}, count(*) as _n from ${relation} where ${values} group by ${columns} having count(*) > 1`
  const [counted] = await query(db, `select coalesce(sum(_n), 0)::varchar as n from (${twice})`)
  const rows = Number(counted?.['n'] ?? 0)
  const found = {
    passed: rows === 0,
    observed: `${rows} of ${statistics.rows} rows have a value that another row has`,
    expected: 'no value twice',
  }
  if (rows === 0 || key === null) return found
  const [row] = await query(
    db,
    `select ${exampleKeys(key)} as keys from ${relation} where (${columns}) in (select ${columns} from (${twice}))`,
  )
  return { ...found, examples: texts(row?.['keys']) }
}

/** A query that cannot be run is a check that does not hold. */
export async function findBySql(db: DuckDBConnection, checked: Checked, check: Custom): Promise<Finding> {
  const expected = 'no rows'
  const { view, relation, asOf } = checked
  const found = `with snapshot as (${snapshotSql(view, relation)}), _found as materialized (${bindAsOf(check.sql, asOf)}\n)`
  try {
    const columns = new Set((await describe(db, `${found} from _found`)).map(({ name }) => name))
    const hasKeys = view.join_keys.every(({ name }) => columns.has(name))
    const keys = checked.key !== null && hasKeys ? exampleKeys(checked.key) : 'null'
    const [row] = await query(db, `${found} select count(*)::varchar as n, ${keys} as keys from _found`)
    const rows = Number(row?.['n'] ?? 0)
    const examples = texts(row?.['keys'])
    return {
      passed: rows === 0,
      observed: rows === 1 ? '1 row' : `${rows} rows`,
      expected,
      ...(examples.length > 0 ? { examples } : {}),
    }
  } catch (thrown) {
    const error = duckdbError(`view ${view.name}`, thrown)
    if (error.code === 'UNAVAILABLE') throw error
    return { passed: false, observed: `it cannot be run: ${messageOf(thrown).split('\n')[0] ?? ''}`, expected }
  }
}

/** The rows as custom SQL sees them: join keys, `event_timestamp` and features in their types. */
export function snapshotSql(view: ViewObject, relation: string): string {
  return `select ${snapshotColumns(view)
    .map(({ name, type }) => `${identifier(name)}::${type} as ${identifier(name)}`)
    .join(', ')} from ${relation}`
}

export function snapshotColumns({
  join_keys,
  features,
}: Pick<ViewObject, 'join_keys' | 'features'>): readonly { readonly name: string; readonly type: string }[] {
  const typed = [...join_keys, { name: EVENT_TIMESTAMP, type: 'timestamp' }, ...features]
  return typed.map(({ name, type }) => ({ name, type: duckdbType(parseType(type)) }))
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : []
}
