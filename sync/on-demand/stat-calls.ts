/**
 * `stat('training_set', 'column', 'mean')` in an expression: a constant takes its place before it is bound, so that the typed
 * tree, the plan and the SQL that runs offline hold the value and nothing asks for it again.
 */
import { timestampText } from '../../core/values.ts'
import type { StatisticReference, StatisticValue } from '../../registry/statistics.ts'
import { castOf, type Node, textConstant } from './nodes.ts'
import { Refusal } from './refusal.ts'
import { sqlType } from './types.ts'

/** Every call in the expression, in its order. */
export function statCalls(part: unknown): readonly Node[] {
  if (typeof part !== 'object' || part === null) return []
  if ('function_name' in part && String(part.function_name).toLowerCase() === 'stat') return [part as Node]
  return Object.values(part).flatMap(statCalls)
}

/** @throws Refusal where its arguments are not three texts */
export function referenceOf(call: Node): StatisticReference {
  if (call['schema'] !== '') throw new Refusal(`sql calls ${String(call['schema'])}.stat. Write stat alone.`)
  const args = Array.isArray(call['children']) ? call['children'].map(textOf) : []
  const [set, column, statistic] = args
  if (args.length !== 3 || set === undefined || column === undefined || statistic === undefined)
    throw new Refusal(
      "sql has stat with other arguments than three texts. It is one constant for all rows: write stat('training_set', 'column', 'mean').",
    )
  return { set, column, statistic }
}

function textOf(arg: Node): string | undefined {
  const { type, value } = (arg['value'] ?? {}) as Node
  const isText = arg['class'] === 'CONSTANT' && (type as Node | undefined)?.['id'] === 'VARCHAR'
  return isText && typeof value === 'string' ? value : undefined
}

/** The value in its place. */
export function statConstant(call: Node, { type, value }: StatisticValue): Node {
  const item = /^list\((.+)\)$/.exec(type)?.[1]
  if (item === undefined || !Array.isArray(value)) return scalar(type, value)
  return { ...call, function_name: 'list_value', children: value.map((one) => scalar(item, one)) }
}

function scalar(type: string, value: unknown): Node {
  if (type === 'string') return textConstant(String(value))
  // As the binder takes for a literal, and for the same one.
  const text = type === 'timestamp' ? timestampText(Number(value)).replace('T', ' ').replace('Z', '') : String(value)
  return castOf(textConstant(text), sqlType(type))
}
