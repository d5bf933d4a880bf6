/**
 * DuckDB parses, binds and types the expressions of an on-demand view; what comes back is a typed tree for the evaluator and
 * SQL text for the offline path, with every type explicit and every name qualified. What is not proven to agree on both paths
 * is refused by name, with the nearest that works.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { EXPRESSION_FORMAT, type ExpressionJson, type ExpressionNode } from '../../core/expressions/tree.ts'
import type { UsedStatistic } from '../../registry/objects.ts'
import { type StatisticReference, statText } from '../../registry/statistics.ts'
import { duckdbError, query } from '../duckdb.ts'
import { identifier, literal } from '../sql/text.ts'
import { OTHER_TYPES } from './instead.ts'
import { offlineColumn } from './offline.ts'
import { toDeclared } from './output.ts'
import { type Column, type ResolveStatistic, rewrite } from './parse.ts'
import { printWhole } from './print.ts'
import { Refusal } from './refusal.ts'
import { TreeBuilder } from './typed.ts'
import { sqlType, typeOf } from './types.ts'

/** Like `RowColumn` and `FeatureObject` of the registry. */
export interface SqlView {
  readonly name: string
  /** The view's row: trees read columns by their place in it. */
  readonly row: readonly { readonly name: string; readonly type: string; readonly role?: string }[]
  /** Feature -> its expression and declared type. */
  readonly sql: Readonly<Record<string, { readonly text: string; readonly type: string }>>
  /** What `stat(…)` stands for. Without it there are no training sets. */
  readonly statistics?: (reference: StatisticReference) => Promise<UsedStatistic>
}

export interface BoundSql {
  /** Like `BoundExpression` of the registry: `reads` are the names of columns as `offlineColumn` gives them. */
  readonly bound: Readonly<Record<string, BoundFeature>>
  /** Packs of all features, sorted. */
  readonly packs: readonly string[]
  /** What `stat(…)` stands for in them, each once and sorted; absent where there is none. */
  readonly statistics?: readonly UsedStatistic[]
}

export interface BoundFeature {
  readonly sql: string
  readonly tree: ExpressionJson
  readonly reads: readonly string[]
}

/**
 * @param db any connection prepared with `registerFunctions` (offline.ts); nothing is left in it
 * @throws ShorelineError INVALID with every problem of the view in `details.problems`, a paragraph each
 */
export async function bindExpressions(db: DuckDBConnection, view: SqlView): Promise<BoundSql> {
  const columns = view.row.map((column): Column => ({ ...column, relation: offlineColumn(column) }))
  const bound: Record<string, BoundFeature> = {}
  const problems: string[] = []
  const used = new Map<string, UsedStatistic>()
  const resolve = async (reference: StatisticReference): Promise<UsedStatistic> => {
    const one = await (view.statistics ?? noSet)(reference)
    used.set(statText(one), one)
    return one
  }
  for (const [feature, { text, type }] of Object.entries(view.sql)) {
    try {
      bound[feature] = await bindExpression(db, columns, text, type, resolve)
    } catch (thrown) {
      problems.push(problemOf(`view ${view.name}: feature ${feature}`, thrown))
    }
  }
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n\n'), { problems })
  const statistics = [...used].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
  return {
    bound,
    packs: [...new Set(Object.values(bound).flatMap(({ tree }) => tree.packs))].sort(),
    ...(statistics.length > 0 && { statistics }),
  }
}

async function noSet(reference: StatisticReference): Promise<UsedStatistic> {
  throw new Refusal(`${statText(reference)}: there is no training set ${reference.set} here.`)
}

async function bindExpression(
  db: DuckDBConnection,
  columns: readonly Column[],
  text: string,
  declared: string,
  resolve: ResolveStatistic,
): Promise<BoundFeature> {
  const names = columns.map(({ relation }) => relation)
  const builder = new TreeBuilder(names)
  const plan = await planOf(db, await rewrite(db, text, columns, resolve), columns)
  const root = toDeclared(builder, builder.node(plan), declared)
  const sql = printWhole(root, names)
  await verify(db, sql, root, columns)
  const packs = [...builder.packs].filter((pack) => pack !== 'arithmetic').sort()
  const reads = [...builder.columns].sort((a, b) => a - b).map((at) => names[at] ?? '')
  return { sql, tree: { format: EXPRESSION_FORMAT, packs, root }, reads }
}

/** The bound expression, over a row of nulls of the columns' types. */
async function planOf(
  db: DuckDBConnection,
  sql: string,
  columns: readonly Column[],
): Promise<Readonly<Record<string, unknown>>> {
  const from = columns.map(({ relation, type }) => `cast(null as ${sqlType(type)}) as ${identifier(relation)}`)
  const select = `select ${sql} from (select ${[...from, 'null as shoreline_nothing'].join(', ')}) as shoreline_row`
  const [row] = await query(db, `select json_serialize_plan(${literal(select)}, optimize := false) as plan`)
  const json = String(row?.['plan']).replaceAll(/"value":(-?[0-9]{16,})([,}])/g, '"value":"$1"$2')
  const found = JSON.parse(json) as Readonly<Record<string, unknown>>
  if (found['error'] === true)
    throw new Error(`${capital(String(found['error_type']))} Error: ${String(found['error_message'])}`)
  const [top] = found['plans'] as readonly Readonly<Record<string, unknown>>[]
  const [expression] = (top?.['expressions'] ?? []) as readonly Readonly<Record<string, unknown>>[]
  if (!expression || top?.['type'] !== 'LOGICAL_PROJECTION')
    throw new Refusal('sql is not computed from one row alone. Write an expression of the row’s columns.')
  return expression
}

/** What runs offline has the type of the tree. */
async function verify(
  db: DuckDBConnection,
  sql: string,
  root: ExpressionNode,
  columns: readonly Column[],
): Promise<void> {
  const type = typeOf((await planOf(db, sql, columns))['return_type'] ?? root)
  if (type !== root.type && type !== 'undefined')
    throw new ShorelineError('INTERNAL', `Its SQL ${sql} is of type ${type} offline and of type ${root.type} online.`)
}

function problemOf(where: string, thrown: unknown): string {
  if (thrown instanceof Refusal) return `${where}: ${thrown.message}`
  if (thrown instanceof ShorelineError) return `${where}: ${thrown.message}`
  return duckdbProblem(where, messageOf(thrown))
}

function duckdbProblem(where: string, text: string): string {
  const call = /No function matches the given name and argument types '(.*?)'/
    .exec(text)?.[1]
    ?.replaceAll('INTEGER_LITERAL', 'INTEGER')
  if (call !== undefined) {
    const name = call.replace(/\(.*/, '').replace(/^shoreline_/, '')
    return `${where}: sql has ${call.replace(/^shoreline_/, '')}, and ${name} does not take these types. ${OTHER_TYPES.get(name) ?? 'Cast what it is given, as in column::double.'}`
  }
  const compared = /Cannot compare values of type (.*) and type (.*) - an explicit cast/.exec(text)
  if (compared)
    return `${where}: sql compares ${compared[1]} with ${compared[2]}. Cast one of them, as in column::bigint.`
  return duckdbError(where, text).message
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
}
