/** An on-demand view in TypeScript, made ready: its function gets a row of plain values and answers with one. */
import type { PlanInput, PlanTypeScriptEntry } from '../plan.ts'
import { parseType } from '../types.ts'
import { Column, type RunEntry, type Values } from './column.ts'
import type { Compute } from './modules.ts'
import { type FromPlain, fromPlain, type PlainValue, type ToPlain, toPlain } from './plain-values.ts'

interface PlainInput {
  readonly name: string
  readonly read: ToPlain
  /** Of a constant: its value in every row. */
  readonly constant?: PlainValue
}

interface PlainFeature {
  readonly feature: string
  readonly read: FromPlain
}

export function runTypeScript({ inputs, features }: PlanTypeScriptEntry, compute: Compute): RunEntry {
  const plain = inputs.map(plainInput)
  const readers = features.map(({ feature, type }): PlainFeature => ({ feature, read: fromPlain(parseType(type)) }))
  return (columns, rows) => {
    const found = readers.map(() => new Column())
    for (let at = 0; at < rows; at++) {
      const answer = answerOf(compute, plainRow(plain, columns, at))
      for (let feature = 0; feature < readers.length; feature++) addPlain(found[feature], answer, readers[feature])
    }
    return found
  }
}

function plainInput({ name, type, from }: PlanInput): PlainInput {
  const read = toPlain(parseType(type))
  // All rows have one object: what a function did to it would be seen by the others.
  return { name, read, ...('constant' in from && { constant: Object.freeze(read(from.constant)) }) }
}

/** Every row has its members in the same order, so that engines give all rows one shape. */
function plainRow(inputs: readonly PlainInput[], columns: readonly Values[], at: number): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let input = 0; input < inputs.length; input++) {
    const one = inputs[input]
    if (!one) continue
    const stored = columns[input]?.[at] ?? null
    row[one.name] = one.constant ?? (stored === null ? null : one.read(stored))
  }
  return row
}

/** @returns what the function answered; null when it threw, or answered with no object or with a promise */
function answerOf(compute: Compute, row: Readonly<Record<string, unknown>>): object | null {
  try {
    const answer = compute(row)
    const isObject = typeof answer === 'object' && answer !== null
    return isObject && typeof (answer as { readonly then?: unknown }).then !== 'function' ? answer : null
  } catch {
    return null
  }
}

const NO_ANSWER = new Error('the function answered with no object')

/** What the function answered beside its features is nobody's. A feature that it left out is a fault, and no null. */
function addPlain(column: Column | undefined, answer: object | null, one: PlainFeature | undefined): void {
  if (!column || !one) return
  try {
    if (answer === null) throw NO_ANSWER
    // A getter may throw as well.
    const value: unknown = (answer as Readonly<Record<string, unknown>>)[one.feature]
    column.add(value === null ? null : one.read(value))
  } catch {
    column.addInvalid()
  }
}
