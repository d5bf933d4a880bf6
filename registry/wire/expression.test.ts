import { describe, expect, it } from 'vitest'
import { isExpression } from './expression.ts'

const column = { column: 0, type: 'int64' }
const literal = { literal: null, type: 'int64' }
const call = { call: 'add', type: 'int64', args: [column, literal] }
const tree = (root: unknown): unknown => ({ format: 1, packs: ['strings'], root })

/** Deeper than a stack. */
function nested(depth: number): unknown {
  let node: unknown = column
  for (let at = 0; at < depth; at++) node = { call: 'negate', type: 'int64', args: [node] }
  return tree(node)
}

describe('an expression tree of a request', () => {
  it.each([
    [tree(column)],
    [tree(call)],
    [tree({ case: [[call, column]], else: literal, type: 'int64' })],
    [nested(400)],
  ])('is one: %#', (json) => expect(isExpression(json)).toBe(true))

  it.each([
    [null],
    [[]],
    [{ ...Object(tree(column)), format: 2 }],
    [{ ...Object(tree(column)), packs: [1] }],
    [tree(undefined)],
    [tree({ ...column, column: -1 })],
    [tree({ column: 0 })],
    [tree({ ...call, args: [column, 1] })],
    [tree({ ...call, call: 1 })],
    [tree({ case: [[column]], else: literal, type: 'int64' })],
    [tree({ case: [[column, column]], type: 'int64' })],
    [nested(1_000_000)],
  ])('is none: %#', (json) => expect(isExpression(json)).toBe(false))
})
