/**
 * Values that callers send with each row, for on-demand views to compute from. A row of the request has every one of them;
 * each may be null.
 *
 * @example
 * request({ scheduled_at: t.timestamp(), distance: t.float64() })
 */
import { isType, type Shape, typeText } from '../../core/types.ts'
import type { RequestField } from '../objects.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import { notAType } from './feature.ts'
import { checkColumnName, isRecord } from './options.ts'
import type { Carries, Columns, None, Show, ValuesOf } from './rows.ts'

/** `R`: name -> TypeScript type. */
export interface Request<R = unknown> extends Definition<'request'>, Carries<Columns<None, None, R>> {
  readonly name: 'request'
  readonly fields: readonly RequestField[]
}

export type AnyRequest = Request

/** @throws ShorelineError INVALID naming the field */
export function request<const S extends Shape>(values: S): Request<Show<ValuesOf<S>>> {
  if (!isRecord(values) || Object.keys(values).length === 0)
    return refuse('request', `it has ${isRecord(values) ? 'no values' : shown(values)}. Write request({ name: type }).`)
  const fields = Object.entries(values).map(([name, type]: [string, unknown]) => {
    checkColumnName('request', 'value', name)
    if (!isType(type)) return refuse('request', `value ${name} ${notAType(type)}`)
    return { name, type: typeText(type) }
  })
  return Object.freeze({ [DEFINITION]: 'request' as const, name: 'request' as const, fields: frozen(fields) })
}

export function isRequest(value: unknown): value is Request {
  return isDefinition(value, 'request')
}
