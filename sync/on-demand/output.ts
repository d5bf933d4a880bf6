/** The value of an expression becomes one of the declared type, where nothing that matters is lost on the way. */
import type { ExpressionNode } from '../../core/expressions/tree.ts'
import { Refusal } from './refusal.ts'
import { sqlTypeOrName, type TreeBuilder } from './typed.ts'
import { sqlType } from './types.ts'

/** Declared type -> the types it takes. An integer that does not fit is an error of the row; a float rounds to a float. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  int32: ['int8', 'int64', 'int128'],
  int64: ['int8', 'int32', 'int128'],
  float32: ['int8', 'int32', 'int64', 'float64'],
  float64: ['int8', 'int32', 'int64', 'float32'],
  timestamp: ['date'],
  'list(int64)': ['list(int32)'],
  'list(float32)': ['list(int32)', 'list(int64)', 'list(float64)'],
  'list(float64)': ['list(int32)', 'list(int64)', 'list(float32)'],
}

export function toDeclared(builder: TreeBuilder, node: ExpressionNode, declared: string): ExpressionNode {
  const isNull = 'literal' in node && node.literal === null
  if (node.type !== declared && !isNull && !TAKES[declared]?.includes(node.type))
    throw new Refusal(
      `it is declared ${declared}, and its sql is ${sqlTypeOrName(node.type)}. ${fix(node.type, declared)}`,
    )
  const value = builder.cast(node, declared, false)
  return 'column' in value || 'literal' in value ? value : builder.storable(value)
}

function fix(from: string, declared: string): string {
  if ((declared === 'int64' || declared === 'int32') && /^float/.test(from))
    return `Say how to round, as in round(…)::${sqlType(declared).toLowerCase()}, or declare it float64.`
  return `Cast it, as in (…)::${sqlType(declared).toLowerCase()}, or declare another type.`
}
