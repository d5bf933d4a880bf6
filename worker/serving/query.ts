/** A row from a query string: values are text there, so the plan's types say what they are. */
import type { KeyKind } from '../../core/types.ts'
import { singleValues } from '../http/query.ts'
import type { ReadyPlan } from './plans.ts'
import type { FeatureRow } from './request.ts'

/** @throws ShorelineError MALFORMED when a field is given twice, INVALID when it is unknown */
export function queryRow(plan: ReadyPlan, query: URLSearchParams): FeatureRow {
  const types = new Map(plan.fields.map((field) => [field.name, field.type]))
  const row = [...singleValues(query)].map(([name, text]): [string, unknown] => {
    const type = types.get(name)
    // An unknown name stays in the row: the check of rows refuses it by name.
    return [name, type ? coerce(type, text) : text]
  })
  return Object.fromEntries(row)
}

function coerce(type: KeyKind, text: string): unknown {
  if (type === 'bool') return text === 'true' ? true : text === 'false' ? false : text
  return text // integers are read from decimal strings, everything else is text
}
