/**
 * Expressions with what DuckDB computed of them, recorded by `sync/on-demand/record-golden.ts`: engines that cannot run DuckDB
 * are held to it. Minus zero is written "-0", which JSON would lose.
 */
import { parseType } from '../types.ts'
import type { StoredValue } from '../values.ts'
import { compileExpression } from './compile.ts'
import { loadPacks } from './packs.ts'
import type { ExpressionJson } from './tree.ts'
import { type RuntimeValue, runtimeReader } from './values.ts'

export interface Golden {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly StoredValue[])[]
  readonly expressions: readonly {
    readonly sql: string
    readonly type: string
    readonly tree: ExpressionJson
    /** One for each row. */
    readonly values: readonly StoredValue[]
  }[]
}

/** Every pair on which this engine differs, as text. */
export async function goldenDifferences(golden: Golden): Promise<readonly string[]> {
  const readers = golden.columns.map(({ type }) => runtimeReader(parseType(type)))
  const rows = golden.rows.map((row) => row.map((value, at) => readers[at]?.(value) ?? null))
  const found: string[] = []
  for (const { sql, type, tree, values } of golden.expressions) {
    const evaluate = compileExpression(tree, await loadPacks(tree.packs))
    const read = runtimeReader(parseType(type))
    rows.forEach((row, at) => {
      const wanted = read(values[at] ?? null)
      const value = orNull(() => evaluate(row))
      if (!isSame(wanted, value)) found.push(`${sql}, row ${at}: ${String(wanted)}, here ${String(value)}`)
    })
  }
  return found
}

/** What has no value is null offline. */
function orNull(evaluate: () => RuntimeValue): RuntimeValue {
  try {
    return evaluate()
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown
    return null
  }
}

/** Bit for bit, but for the many NaN. */
export function isSame(a: RuntimeValue, b: RuntimeValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  const [x, y] = [itemsOf(a), itemsOf(b)]
  return x.length === y.length && x.every((item, at) => isSame(item, y[at] ?? null))
}

function itemsOf(value: object): readonly RuntimeValue[] {
  return value instanceof Float32Array || Array.isArray(value) ? Array.from(value as ArrayLike<RuntimeValue>) : []
}
