/** Which casts are proven to agree, and where the evaluator has them. */
import type { PackName } from '../../core/expressions/packs.ts'

const NUMERIC: ReadonlySet<string> = new Set(['bool', 'int8', 'int32', 'int64', 'float32', 'float64'])

export interface Cast {
  readonly call: string
  readonly pack: PackName
}

/** @returns why there is none, as a sentence with the fix */
export function castCall(from: string, to: string): Cast | string {
  if (NUMERIC.has(from) && NUMERIC.has(to)) return { call: 'cast', pack: 'arithmetic' }
  return 'Compute the view in TypeScript, or cast in the SQL of a feature view.'
}
