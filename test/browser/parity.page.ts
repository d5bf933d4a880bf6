/** In the page: computes what the test says DuckDB computed, and tells the differences. */
import { compileExpression, loadPacks } from '../../core/expressions/compile.ts'
import { type Golden, goldenDifferences, isSame } from '../../core/expressions/golden.fixture.ts'
import { type RuntimeValue, runtimeReader } from '../../core/expressions/values.ts'
import { parseType } from '../../core/types.ts'
import { type ParityBatch, type ParityRows, read } from './parity-values.fixture.ts'

let rows: readonly (readonly RuntimeValue[])[] = []

async function prepare(): Promise<void> {
  const { columns, rows: stored } = (await (await fetch('/rows')).json()) as ParityRows
  const readers = columns.map((type) => runtimeReader(parseType(type)))
  rows = stored.map((row) => row.map((value, at) => readers[at]?.(value) ?? null))
}

async function compare(path: string): Promise<readonly string[]> {
  const { from, expressions } = (await (await fetch(path)).json()) as ParityBatch
  const found: string[] = []
  for (const { sql, tree, values } of expressions) {
    // Loaded by name as a client does: a plan's tree says which functions it needs.
    const evaluate = compileExpression(tree, await loadPacks(tree.packs))
    for (const [at, written] of values.entries()) {
      const [wanted, value] = [read(written), orNull(() => evaluate(rows[from + at] ?? []))]
      if (!isSame(wanted, value)) found.push(`${sql}, row ${from + at}: ${String(wanted)}, here ${String(value)}`)
    }
  }
  return found
}

/** What has no value is null offline; the evaluator throws a constant, and anything else is a fault. */
function orNull(evaluate: () => RuntimeValue): RuntimeValue {
  try {
    return evaluate()
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown
    return null
  }
}

async function golden(path: string): Promise<readonly string[]> {
  return goldenDifferences((await (await fetch(path)).json()) as Golden)
}

Object.assign(globalThis, { prepare, compare, golden })
document.title = 'ready'
