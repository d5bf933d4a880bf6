/**
 * Whether JSON is an expression tree, before it is kept for evaluators that take its shape on trust. A walk with a list of its
 * own, because a body may nest deeper than a stack is.
 */
import { EXPRESSION_FORMAT, type ExpressionJson } from '../../core/expressions/tree.ts'

/** More than a person writes, and less than evaluating would choke on. */
const MAX_NODES = 100_000
/** Evaluators are closures within closures. */
const MAX_DEPTH = 500

export function isExpression(json: unknown): json is ExpressionJson {
  if (!isRecord(json) || json['format'] !== EXPRESSION_FORMAT || !isTexts(json['packs'])) return false
  const open: (readonly [node: unknown, depth: number])[] = [[json['root'], 0]]
  let nodes = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next
    const parts = partsOf(node)
    if (!parts || ++nodes > MAX_NODES || depth > MAX_DEPTH) return false
    for (const part of parts) open.push([part, depth + 1])
  }
  return true
}

/** The nodes in a node; null when it is none. */
function partsOf(node: unknown): readonly unknown[] | null {
  if (!isRecord(node) || typeof node['type'] !== 'string') return null
  if ('column' in node) return Number.isInteger(node['column']) && Number(node['column']) >= 0 ? [] : null
  if ('literal' in node) return []
  if ('call' in node) return typeof node['call'] === 'string' && Array.isArray(node['args']) ? node['args'] : null
  const branches = node['case']
  if (!Array.isArray(branches) || !branches.every((one) => Array.isArray(one) && one.length === 2)) return null
  return [...branches.flat(), node['else']]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
