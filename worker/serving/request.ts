/** Reads the body of `POST /v1/features`. Plainly right bodies take a short way; zod judges and explains the others. */
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { MAX_ROWS, MAX_ROWS_TIMES_VIEWS } from '../../core/limits.ts'
import { type FeaturesRequest, featuresRequest } from '../../registry/wire/features.ts'
import { parseWith } from '../http/body.ts'
import type { ReadyPlan } from './plans.ts'

export type FeatureRow = Readonly<Record<string, unknown>>

export interface ReadRequest {
  /** `service` or `service@version`, as sent; empty where features are named one by one. */
  readonly service: string
  /** `view:feature` or `view@version:feature`, as sent; empty where a service is named. */
  readonly features: readonly string[]
  readonly rows: readonly FeatureRow[]
  /** Fields common to every row; null when the request shares none. */
  readonly shared: FeatureRow | null
  readonly format: 'rows' | 'columns'
  /** `client`: what is stored, for a caller that computes on-demand features itself. */
  readonly compute: 'edge' | 'client'
  readonly fullNames: boolean
  readonly metadata: 'none' | 'issues' | 'full'
  readonly strict: boolean
  /** Microseconds; infinite when not asked for. */
  readonly maxAge: number
}

/** A request that says nothing but what it wants. */
export const USUAL = {
  features: [],
  shared: null,
  format: 'rows',
  compute: 'edge',
  fullNames: false,
  metadata: 'issues',
  strict: false,
  maxAge: Number.POSITIVE_INFINITY,
} as const satisfies Partial<ReadRequest>

/** @throws ShorelineError MALFORMED naming the field, or TOO_LARGE */
export function readRequest(body: unknown): ReadRequest {
  if (isPlain(body)) {
    checkRowCount(body.rows.length)
    return {
      ...USUAL,
      service: body.service,
      rows: body.rows,
    }
  }
  const request = parseWith(featuresRequest, body)
  checkRowCount(request.rows.length)
  return {
    ...targetOf(request),
    rows: request.rows,
    shared: request.shared ?? null,
    format: request.format ?? 'rows',
    compute: request.compute ?? 'edge',
    fullNames: request.full_names ?? false,
    metadata: request.metadata ?? 'issues',
    strict: request.strict ?? false,
    maxAge: request.max_age === undefined ? Number.POSITIVE_INFINITY : parseDuration('max_age', request.max_age),
  }
}

function targetOf({ service, features }: FeaturesRequest): Pick<ReadRequest, 'service' | 'features'> {
  if (service !== undefined && features === undefined) return { service, features: [] }
  if (service === undefined && features !== undefined) return { service: '', features }
  throw new ShorelineError(
    'MALFORMED',
    `${service === undefined ? 'service: it is missing' : 'features: a service is named as well'}. Name a service, or features as in ["view:feature"].`,
    { field: service === undefined ? 'service' : 'features' },
  )
}

/**
 * The rows with what they share in each of them.
 * @throws ShorelineError INVALID naming a field that a row has too, or that is none
 */
export function withShared(plan: ReadyPlan, rows: readonly FeatureRow[], shared: FeatureRow): readonly FeatureRow[] {
  const names = Object.keys(shared)
  const unknown = names.find((name) => !plan.fieldNames.has(name))
  if (unknown !== undefined)
    throw new ShorelineError(
      'INVALID',
      `shared: ${shorten(unknown)} is not a field of ${plan.id}, which takes ${wanted(plan)}.`,
      { field: shorten(unknown) },
    )
  return rows.map((row, index) => {
    const twice = names.find((name) => Object.hasOwn(row, name))
    if (twice !== undefined)
      throw new ShorelineError('INVALID', `rows[${index}]: ${twice} is in shared as well. Leave it out of one.`, {
        field: twice,
        row: index,
      })
    return { ...shared, ...row }
  })
}

/** Exactly `service` and `rows`: what almost every request is, and what zod would accept. */
function isPlain(body: unknown): body is { readonly service: string; readonly rows: readonly FeatureRow[] } {
  if (typeof body !== 'object' || body === null || !('service' in body) || !('rows' in body)) return false
  if (typeof body.service !== 'string' || !Array.isArray(body.rows) || body.rows.length === 0) return false
  let fields = 0
  for (const _ in body) fields++
  return fields === 2 && body.rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))
}

function checkRowCount(rows: number): void {
  if (rows > MAX_ROWS)
    throw new ShorelineError('TOO_LARGE', `rows: ${rows} rows; at most ${MAX_ROWS} are answered at once.`, {
      field: 'rows',
    })
}

/** @throws ShorelineError INVALID naming the row and the field; TOO_LARGE for too many rows times views */
export function checkRows(plan: ReadyPlan, rows: readonly FeatureRow[]): void {
  if (rows.length * plan.views.length > MAX_ROWS_TIMES_VIEWS)
    throw new ShorelineError(
      'TOO_LARGE',
      `rows: ${rows.length} rows times ${plan.views.length} views of ${plan.id} are more than ${MAX_ROWS_TIMES_VIEWS}. Send fewer rows.`,
      { field: 'rows' },
    )
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]
    if (row) checkRow(plan, row, index)
  }
}

function checkRow(plan: ReadyPlan, row: FeatureRow, index: number): void {
  let fields = 0
  for (const _ in row) fields++
  for (const { name, type } of plan.fields)
    if (!Object.hasOwn(row, name)) throw lacks(plan, index, 'join key', name, type)
  for (const { name, type } of plan.given)
    if (!Object.hasOwn(row, name)) throw lacks(plan, index, 'request-time value', name, type)
  if (fields === plan.fields.length + plan.given.length) return
  const unknown = Object.keys(row).find((name) => !plan.fieldNames.has(name))
  // Who computes on-demand features itself may send what they need, or keep it.
  if (unknown === undefined) return
  throw new ShorelineError(
    'INVALID',
    `rows[${index}]: ${shorten(unknown)} is not a field of ${plan.id}, which takes ${wanted(plan)}.`,
    { field: shorten(unknown), row: index },
  )
}

function lacks(plan: ReadyPlan, row: number, what: string, name: string, type: string): ShorelineError {
  return new ShorelineError(
    'INVALID',
    `rows[${row}]: the ${what} ${name} (${type}) is missing. ${plan.id} needs ${wanted(plan)}.`,
    { field: name, row },
  )
}

function wanted({ fields, given }: ReadyPlan): string {
  return [...fields, ...given].map((field) => field.name).join(', ') || 'no field'
}

function shorten(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name
}
