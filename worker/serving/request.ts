/** Reads the body of `POST /v1/features`. Plainly right bodies take a short way; zod judges and explains the others. */
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { MAX_ROWS, MAX_ROWS_TIMES_VIEWS } from '../../core/limits.ts'
import { featuresRequest } from '../../registry/wire/features.ts'
import { parseWith } from '../http/body.ts'
import type { ReadyPlan } from './plans.ts'

export type FeatureRow = Readonly<Record<string, unknown>>

export interface ReadRequest {
  /** `service` or `service@version`, as sent. */
  readonly service: string
  readonly rows: readonly FeatureRow[]
  readonly fullNames: boolean
  readonly metadata: 'none' | 'issues' | 'full'
  readonly strict: boolean
  /** Microseconds; infinite when not asked for. */
  readonly maxAge: number
}

/** @throws ShorelineError MALFORMED naming the field, or TOO_LARGE */
export function readRequest(body: unknown): ReadRequest {
  if (isPlain(body)) {
    checkRowCount(body.rows.length)
    return {
      service: body.service,
      rows: body.rows,
      fullNames: false,
      metadata: 'issues',
      strict: false,
      maxAge: Number.POSITIVE_INFINITY,
    }
  }
  const request = parseWith(featuresRequest, body)
  checkRowCount(request.rows.length)
  return {
    service: request.service,
    rows: request.rows,
    fullNames: request.full_names ?? false,
    metadata: request.metadata ?? 'issues',
    strict: request.strict ?? false,
    maxAge: request.max_age === undefined ? Number.POSITIVE_INFINITY : parseDuration('max_age', request.max_age),
  }
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
    if (!Object.hasOwn(row, name))
      throw new ShorelineError(
        'INVALID',
        `rows[${index}]: the join key ${name} (${type}) is missing. ${plan.id} needs ${wanted(plan)}.`,
        { field: name, row: index },
      )
  if (fields === plan.fields.length) return
  const unknown = Object.keys(row).find((name) => !plan.fieldNames.has(name)) ?? ''
  throw new ShorelineError(
    'INVALID',
    `rows[${index}]: ${shorten(unknown)} is not a field of ${plan.id}, which takes ${wanted(plan)}.`,
    { field: shorten(unknown), row: index },
  )
}

function wanted(plan: ReadyPlan): string {
  return plan.fields.map((field) => field.name).join(', ') || 'no field'
}

function shorten(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name
}
