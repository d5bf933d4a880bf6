/** What a browser token is for: services, and for every join key the values that a request may name. */
import { ShorelineError } from '../../core/errors.ts'
import { type KeyReader, keyReader } from '../../core/keys.ts'
import type { IssueTokenRequest } from '../../registry/wire/keys.ts'
import type { ReadyPlan } from '../serving/plans.ts'
import type { FeatureRow } from '../serving/request.ts'

export type Entities = IssueTokenRequest['entities']

export interface Grant {
  readonly services: ReadonlySet<string>
  readonly entities: Entities
  /** Per plan that it was used with: what is checked in each row. */
  readonly checks: WeakMap<ReadyPlan, readonly FieldCheck[]>
}

interface FieldCheck {
  readonly field: string
  /** To the canonical text that keys are compared by: 7 and "7" name one entity. */
  readonly read: KeyReader
  readonly values: ReadonlySet<string>
}

export function grantOf(services: readonly string[], entities: Entities): Grant {
  return { services: new Set(services), entities, checks: new WeakMap() }
}

/**
 * The join keys of a plan that the token does not name: they make every request one for an entity that nobody allowed.
 */
export function unnamedFields({ fields }: ReadyPlan, entities: Entities): readonly string[] {
  return fields.map(({ name }) => name).filter((name) => !Object.hasOwn(entities, name))
}

/**
 * Every row names entities of the token only. The rows have exactly the plan's fields already.
 * @throws ShorelineError FORBIDDEN naming the row and the field; INVALID when a value cannot be a key
 */
export function checkGranted(grant: Grant, plan: ReadyPlan, rows: readonly FeatureRow[]): void {
  const checks = grant.checks.get(plan) ?? makeChecks(grant, plan)
  grant.checks.set(plan, checks)
  for (const { field, read, values } of checks)
    for (let at = 0; at < rows.length; at++)
      if (!values.has(readIn(read, rows[at]?.[field], at)))
        throw new ShorelineError(
          'FORBIDDEN',
          `rows[${at}].${field}: this browser token does not cover that ${field}. Ask the application for one that does.`,
          { field, row: at },
        )
}

/** Says which row it is, as where there is no grant. */
function readIn(read: KeyReader, value: unknown, row: number): string {
  try {
    return read(value)
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    throw new ShorelineError(thrown.code, `rows[${row}].${thrown.message}`, { ...thrown.details, row })
  }
}

function makeChecks({ entities }: Grant, plan: ReadyPlan): readonly FieldCheck[] {
  const [unnamed] = unnamedFields(plan, entities)
  if (unnamed !== undefined)
    throw new ShorelineError(
      'FORBIDDEN',
      `${plan.id} has the join key ${unnamed}, which this browser token does not name. Name the values that it is for, or "*".`,
      { field: unnamed },
    )
  return plan.fields.flatMap(({ name, type }) => {
    const allowed = entities[name] ?? []
    if (allowed === '*') return []
    const read = keyReader({ name, kind: type })
    return [{ field: name, read, values: new Set(allowed.flatMap((value) => readable(read, value))) }]
  })
}

/** A value that cannot be this key is nobody's: "SFO" where a service wants a number. */
function readable(read: KeyReader, value: unknown): readonly string[] {
  try {
    return [read(value)]
  } catch {
    return []
  }
}
