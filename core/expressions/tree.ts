/**
 * The typed expression tree of an on-demand SQL feature: what DuckDB bound, as plain JSON. The registry keeps it, plans carry
 * it, `compile.ts` turns it into a closure. Every type is explicit: nothing is inferred when it is read.
 *
 *     bindExpressions(db, view) -> { bound: { feature: { sql, tree, reads } }, packs }     sync/on-demand/bind.ts
 *     compileExpression(tree, packs) -> (row) => value                                     core/expressions/compile.ts
 */
import { ShorelineError } from '../errors.ts'
import type { Json } from '../types.ts'

export const EXPRESSION_FORMAT = 1

/** What the registry keeps of one feature. */
export type ExpressionJson = {
  readonly format: typeof EXPRESSION_FORMAT
  /** The packs of functions it needs, sorted; arithmetic is always there and not named. */
  readonly packs: readonly string[]
  readonly root: ExpressionNode
}

/** `type` is a value type's text (`list(int64)`); inside an expression also `interval`, `int8` and `int128`. */
export type ExpressionNode = ColumnNode | LiteralNode | CallNode | CaseNode

/** A place in the view's row. */
export type ColumnNode = { readonly column: number; readonly type: string }

/** A value as a block would store it (`core/values.ts`), or null. */
export type LiteralNode = { readonly literal: Json; readonly type: string }

/** A function of a pack. Operators, casts and comparisons are functions too. */
export type CallNode = { readonly call: string; readonly type: string; readonly args: readonly ExpressionNode[] }

/** Branches are evaluated only when they are reached. */
export type CaseNode = {
  readonly case: readonly (readonly [when: ExpressionNode, then: ExpressionNode])[]
  readonly else: ExpressionNode
  readonly type: string
}

/** @throws ShorelineError INVALID when the tree is of a format that this code does not evaluate */
export function readExpression(json: Json): ExpressionJson {
  if (typeof json !== 'object' || json === null || !('format' in json) || json['format'] !== EXPRESSION_FORMAT)
    throw new ShorelineError(
      'INVALID',
      `An expression is of a format that is not read here (${EXPRESSION_FORMAT} is). Deploy the version that applied it.`,
    )
  return json as ExpressionJson
}
