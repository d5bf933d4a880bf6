/**
 * A typed tree becomes a closure. Workers forbid `eval`, so every node is a function made once, and a row is a few calls.
 *
 *     const packs = await loadPacks(plan.packs)          // or ALL_PACKS of packs/all.ts
 *     const evaluate = compileExpression(tree, packs)    // once per plan
 *     const value = evaluate(row)                        // row: RuntimeValue[], made by runtimeReader of each column's type
 *
 * A row for which DuckDB raises an error (an overflow, a cast that fails) makes the closure throw: catch anything, and the
 * value is INVALID. The thrown object is the constant NO_VALUE, so that it costs nothing.
 */
import { ShorelineError } from '../errors.ts'
import { parseType } from '../types.ts'
import type { Arg } from './pack.ts'
import type { Packs } from './packs.ts'
import { type CaseNode, type ExpressionJson, type ExpressionNode, readExpression } from './tree.ts'
import { type Evaluate, type RuntimeValue, runtimeReader } from './values.ts'

export { NO_VALUE } from './no-value.ts'
export { loadPacks, type Packs } from './packs.ts'

/** @throws ShorelineError INVALID for a tree of another format, or one that calls a function that no loaded pack has */
export function compileExpression(tree: ExpressionJson, packs: Packs): Evaluate {
  return build(readExpression(tree).root, packs).evaluate
}

function build(node: ExpressionNode, packs: Packs): Arg {
  if ('column' in node) {
    const { column, type } = node
    return { type, column, evaluate: (row) => row[column] ?? null }
  }
  if ('literal' in node) return constant(node.type, literalOf(node.literal, node.type))
  if ('case' in node) return { type: node.type, column: -1, evaluate: buildCase(node, packs) }
  const args = node.args.map((arg) => build(arg, packs))
  const builder = packs.functions.get(node.call)
  if (!builder) throw unknown(`the function ${JSON.stringify(node.call)}`)
  const evaluate = builder(args, node.type)
  return args.every((arg) => arg.literal !== undefined)
    ? folded(node.type, evaluate)
    : { type: node.type, column: -1, evaluate }
}

/** What has no column has one value, or for every row the same error. */
function folded(type: string, evaluate: Evaluate): Arg {
  try {
    return constant(type, evaluate([]))
  } catch {
    return { type, column: -1, evaluate }
  }
}

function constant(type: string, literal: RuntimeValue): Arg {
  return { type, column: -1, literal, evaluate: () => literal }
}

function literalOf(stored: Parameters<ReturnType<typeof runtimeReader>>[0], type: string): RuntimeValue {
  // No stored value has the types that exist only inside an expression; as literals they are null.
  return stored === null ? null : runtimeReader(parseType(type))(stored)
}

function buildCase(node: CaseNode, packs: Packs): Evaluate {
  const whens = node.case.map(([when]) => build(when, packs).evaluate)
  const thens = node.case.map(([, then]) => build(then, packs).evaluate)
  const otherwise = build(node.else, packs).evaluate
  const [when, then] = [whens[0], thens[0]]
  if (when && then && whens.length === 1) return (row) => (when(row) === true ? then(row) : otherwise(row))
  return (row) => {
    for (let at = 0; at < whens.length; at++) if (whens[at]?.(row) === true) return thens[at]?.(row) ?? null
    return otherwise(row)
  }
}

function unknown(what: string): ShorelineError {
  return new ShorelineError(
    'INVALID',
    `An expression needs ${what}, which this version does not have. Deploy the version that applied it.`,
  )
}
