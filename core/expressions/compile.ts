/**
 * A typed tree becomes a closure. Workers forbid `eval`, so every node is a function made once, and a row is a few calls.
 *
 *     const packs = await loadPacks(plan.packs)          // or ALL_PACKS of packs/all.ts, where size does not matter
 *     const evaluate = compileExpression(tree, packs)    // once per plan
 *     const value = evaluate(row)                        // row: RuntimeValue[], made by runtimeReader of each column's type
 *
 * A row for which DuckDB raises an error (an overflow, a cast that fails) makes the closure throw: catch anything, and the
 * value is INVALID. The thrown object is the constant NO_VALUE, so that it costs nothing.
 */
import type { ExpressionJson } from './tree.ts'
import type { Evaluate } from './values.ts'

/** What a closure throws where DuckDB raises an error. Not an Error: a stack for each row would cost more than the row. */
export const NO_VALUE: unique symbol = Symbol('the expression has no value for this row')

/** Functions by name, of the packs that a plan needs. */
export interface Packs {
  readonly functions: ReadonlyMap<string, unknown>
}

/** Loads packs by name (`arithmetic` is always among them). */
export declare function loadPacks(names: readonly string[]): Promise<Packs>

/** @throws ShorelineError INVALID for a tree of another format, or one that calls a function that no loaded pack has */
export declare function compileExpression(tree: ExpressionJson, packs: Packs): Evaluate
