/** The border for query strings: text to checked values. */
import type * as z from 'zod'
import { ShorelineError } from '../../core/errors.ts'
import { parseWith } from './body.ts'

/** @throws ShorelineError MALFORMED when a name is given twice: nobody could say which one counts */
export function singleValues(query: URLSearchParams): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of query) {
    if (values.has(name)) throw new ShorelineError('MALFORMED', `${name} is given twice in the query.`, { field: name })
    values.set(name, value)
  }
  return values
}

/** @throws ShorelineError MALFORMED naming the parameter */
export function readQuery<T>(url: string, schema: z.ZodType<T>): T {
  return parseWith(schema, Object.fromEntries(singleValues(new URL(url).searchParams)))
}
