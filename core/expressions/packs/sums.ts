/**
 * Sums of products of columns, as scores are made of: `0.3 * a + b * c + d`. A closure for each node would call fifteen for a
 * sum of eight products; here one loop computes it, in the same order of operations.
 */
import type { Arg } from '../pack.ts'
import type { Evaluate } from '../values.ts'

/** A column times another, or times a number: a column alone is one times 1, which changes no bit. */
interface Term {
  readonly column: number
  /** -1 where it is a number */
  readonly by: number
  readonly factor: number
}

/** Of the closures made here, so that an outer sum takes in an inner one. */
const TERMS = new WeakMap<Evaluate, readonly Term[]>()

export function markProduct(evaluate: Evaluate, left: Arg, right: Arg): Evaluate {
  const [column, other] = left.column >= 0 ? [left, right] : [right, left]
  if (column.column >= 0 && other.column >= 0)
    TERMS.set(evaluate, [{ column: column.column, by: other.column, factor: 1 }])
  else if (column.column >= 0 && typeof other.literal === 'number')
    TERMS.set(evaluate, [{ column: column.column, by: -1, factor: other.literal }])
  return evaluate
}

function termsOf({ column, evaluate }: Arg): readonly Term[] | undefined {
  return column >= 0 ? [{ column, by: -1, factor: 1 }] : TERMS.get(evaluate)
}

/** undefined where the parts are no such sum, or too few to gain anything. */
export function fusedSum(left: Arg, right: Arg): Evaluate | undefined {
  const [first, last] = [termsOf(left), termsOf(right)]
  // Of the right one term: a sum on the right would be added in another order.
  if (!first || last?.length !== 1) return undefined
  const terms = [...first, ...last]
  const evaluate = sumOf(terms)
  TERMS.set(evaluate, terms)
  return evaluate
}

function sumOf(terms: readonly Term[]): Evaluate {
  const columns = terms.map(({ column }) => column)
  const others = terms.map(({ by }) => by)
  const factors = terms.map(({ factor }) => factor)
  // What minus zero is added to stays as it is.
  return (row) => {
    let total = -0
    for (let at = 0; at < columns.length; at++) {
      const x = row[columns[at] ?? 0] as number | null
      const other = others[at] ?? -1
      const y = other < 0 ? (factors[at] ?? 0) : (row[other] as number | null)
      if (x === null || y === null) return null
      total += x * y
    }
    return total
  }
}
