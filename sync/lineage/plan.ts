/**
 * The plan that DuckDB binds a query to, as JSON, and how its parts are read. A part that has its default value is left
 * out of it: 0, false, an empty list. What is not as expected is an error, so that nothing is ever guessed from it.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { query } from '../duckdb.ts'
import { literal } from '../sql/text.ts'

export type PlanNode = Readonly<Record<string, unknown>>

/** `skip_empty` would also leave out the entries of lists that are empty objects: column 0 of a table, for one. */
const FORM = 'optimize := false, skip_null := true, skip_default := true'

/** @throws ShorelineError INTERNAL when DuckDB does not say its plan, or says it in another form */
export async function bindPlan(db: DuckDBConnection, sql: string): Promise<PlanNode> {
  const found = node(await planOf(db, sql))
  if (found['error'] !== false) throw notUnderstood(`an error, ${String(found['error_message'])}`)
  return only(nodesAt(found, 'plans'))
}

async function planOf(db: DuckDBConnection, sql: string): Promise<unknown> {
  try {
    const [row] = await query(db, `select json_serialize_plan(${literal(sql)}, ${FORM}) as plan`)
    return JSON.parse(String(row?.['plan']))
  } catch (thrown) {
    throw notUnderstood(`an error, ${messageOf(thrown)}`)
  }
}

/** Caught where the query is at hand: everything counts then. */
export function notUnderstood(what: string): ShorelineError {
  return new ShorelineError('INTERNAL', `A plan of DuckDB has ${what}, which column lineage does not know.`)
}

export function node(value: unknown): PlanNode {
  if (!isNode(value)) throw notUnderstood(`${typeof value} for an object`)
  return value
}

export function isNode(value: unknown): value is PlanNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listAt(parent: PlanNode, key: string): readonly unknown[] {
  const value = parent[key] ?? []
  if (!Array.isArray(value)) throw notUnderstood(`a ${key} that is no list`)
  return value
}

export function nodesAt(parent: PlanNode, key: string): readonly PlanNode[] {
  return listAt(parent, key).map(node)
}

export function indexesAt(parent: PlanNode, key: string): readonly number[] {
  return listAt(parent, key).map(toIndex)
}

export function indexAt(parent: PlanNode, key: string): number {
  return toIndex(parent[key] ?? 0)
}

export function textAt(parent: PlanNode, key: string): string {
  const value = parent[key]
  if (typeof value !== 'string') throw notUnderstood(`a ${key} that is no text`)
  return value
}

export function only<T>(list: readonly T[]): T {
  const [first] = list
  if (first === undefined || list.length > 1) throw notUnderstood(`${list.length} of what there is one of`)
  return first
}

function toIndex(value: unknown): number {
  if (typeof value !== 'number' || value < 0) throw notUnderstood('a position that is no number')
  return value
}
