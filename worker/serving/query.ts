/** A row from a query string: values are text there, so the plan's types say what they are. */
import { parseJson } from '../http/body.ts'
import { singleValues } from '../http/query.ts'
import type { ReadyPlan } from './plans.ts'
import type { FeatureRow } from './request.ts'

/** @throws ShorelineError MALFORMED when a field is given twice, INVALID when it is unknown */
export function queryRow(plan: ReadyPlan, query: URLSearchParams): FeatureRow {
  const types = new Map<string, string>([...plan.fields, ...plan.given].map(({ name, type }) => [name, type]))
  const row = [...singleValues(query)].map(([name, text]): [string, unknown] => {
    const type = types.get(name)
    // An unknown name stays in the row: the check of rows refuses it by name.
    return [name, type ? coerce(type, text) : text]
  })
  return Object.fromEntries(row)
}

function coerce(type: string, text: string): unknown {
  switch (type) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'float32':
    case 'float64':
      return NUMBER.test(text) ? Number(text) : text
    case 'string':
    case 'date':
    case 'uuid':
    case 'timestamp':
    case 'bytes':
    case 'int32':
    case 'int64':
      return text // integers are read from decimal strings, everything else is text
    default:
      return jsonOf(text) // lists, vectors, JSON
  }
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/** What is no JSON stays text, and is refused as a value of its type. */
function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}
