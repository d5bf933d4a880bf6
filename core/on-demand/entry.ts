/**
 * An on-demand view of a plan, made ready: from columns of its inputs to columns of its features. The same function serves the
 * Worker, a browser and the offline path, so that one definition has one meaning.
 *
 * What is done for each row loops by index, as expressions do: an iterator would cost more than many of them. Constants are made
 * ready once, and cost a row nothing.
 */
import { compileExpression, type Packs } from '../expressions/compile.ts'
import { readExpression } from '../expressions/tree.ts'
import { type Evaluate, type RuntimeValue, runtimeReader, storedWriter } from '../expressions/values.ts'
import type { PlanEntry, PlanInput, PlanSqlEntry, PlanTypeScriptEntry, PlanWasmEntry } from '../plan.ts'
import { parseType, type ValueType } from '../types.ts'
import type { StoredValue } from '../values.ts'
import { type CodeModules, type Compute, computeOf, instanceOf } from './modules.ts'
import { type FromPlain, fromPlain, type PlainValue, type ToPlain, toPlain } from './plain-values.ts'
import { type WasmCall, wasmCall } from './wasm.ts'

/** Stored values, one a row. */
export type Values = readonly StoredValue[]

/** A computed feature: null where it has no value. */
export interface Computed {
  readonly values: Values
  /** Where it failed; null when it did nowhere. */
  readonly invalid: readonly boolean[] | null
}

/**
 * @param inputs one column for each of the entry's inputs, in their order; those of constants are not looked at
 * @returns one for each of its features
 */
export type RunEntry = (inputs: readonly Values[], rows: number) => readonly Computed[]

export interface Code {
  readonly packs: Packs
  readonly modules: CodeModules
}

/** @throws ShorelineError UNAVAILABLE when its code is not here, INVALID for an expression of a format that is not read */
export function readyEntry(entry: PlanEntry, code: Code): RunEntry {
  switch (entry.form) {
    case 'sql':
      return runSql(entry, code)
    case 'typescript':
      return runTypeScript(entry, computeOf(code.modules, entry.code, entry.view))
    case 'wasm':
      return runWasm(entry, code)
  }
}

class Column {
  readonly values: StoredValue[] = []
  #invalid: boolean[] | null = null

  add(value: StoredValue): void {
    this.values.push(value)
    this.#invalid?.push(false)
  }

  addInvalid(): void {
    this.#invalid ??= this.values.map(() => false)
    this.values.push(null)
    this.#invalid.push(true)
  }

  get invalid(): readonly boolean[] | null {
    return this.#invalid
  }
}

function runSql({ inputs, width, features }: PlanSqlEntry, { packs }: Code): RunEntry {
  const empty = new Array<RuntimeValue>(width).fill(null)
  for (const { at, type, from } of inputs)
    if ('constant' in from) empty[at] = runtimeReader(parseType(type))(from.constant)
  const places = inputs.flatMap(({ at, type, from }, input): readonly Place[] =>
    'constant' in from ? [] : [{ at, input, read: runtimeReader(parseType(type)) }],
  )
  const ready = features.map(
    ({ expression, type }): SqlFeature => ({
      evaluate: compileExpression(readExpression(expression), packs),
      write: storedWriter(parseType(type)),
    }),
  )
  return (columns, rows) => {
    const found = ready.map(() => new Column())
    const row = [...empty]
    for (let at = 0; at < rows; at++) {
      fillRow(row, places, columns, at)
      for (let feature = 0; feature < ready.length; feature++) addSql(found[feature], row, ready[feature])
    }
    return found
  }
}

interface Place {
  /** In the row that expressions read. */
  readonly at: number
  /** Among the entry's inputs. */
  readonly input: number
  readonly read: ReturnType<typeof runtimeReader>
}

function fillRow(row: RuntimeValue[], places: readonly Place[], columns: readonly Values[], at: number): void {
  for (let one = 0; one < places.length; one++) {
    const place = places[one]
    if (place) row[place.at] = place.read(columns[place.input]?.[at] ?? null)
  }
}

interface SqlFeature {
  readonly evaluate: Evaluate
  readonly write: ReturnType<typeof storedWriter>
}

function addSql(column: Column | undefined, row: readonly RuntimeValue[], feature: SqlFeature | undefined): void {
  if (!column || !feature) return
  try {
    column.add(feature.write(feature.evaluate(row)))
  } catch {
    column.addInvalid()
  }
}

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

function runTypeScript({ inputs, features }: PlanTypeScriptEntry, compute: Compute): RunEntry {
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

/** A function whose argument is null is not called: its features are null. */
function runWasm(entry: PlanWasmEntry, { modules }: Code): RunEntry {
  const { view, inputs, args, features } = entry
  const typeOf = (input: PlanInput | undefined): ValueType => parseType(input?.type ?? '')
  const signature = {
    view,
    export: entry.export,
    args: args.map((at) => typeOf(inputs[at])),
    returns: features.map(({ type }) => parseType(type)),
  }
  const constants = inputs.map(({ from }) => ('constant' in from ? from.constant : null))
  const fresh = (): WasmCall => wasmCall(instanceOf(modules, entry.code, view), signature)
  let call: WasmCall | null = fresh()
  const resultsOf = (given: readonly StoredValue[]): Values | null => {
    try {
      call ??= fresh()
      return call(given)
    } catch {
      // What trapped may have left its memory half written: the next row gets another one.
      call = null
      return null
    }
  }
  return (columns, rows) => {
    const found = features.map(() => new Column())
    for (let at = 0; at < rows; at++) {
      const given = args.map((input) => constants[input] ?? columns[input]?.[at] ?? null)
      const values = given.includes(null) ? features.map(() => null) : resultsOf(given)
      for (let feature = 0; feature < found.length; feature++)
        if (values) found[feature]?.add(values[feature] ?? null)
        else found[feature]?.addInvalid()
    }
    return found
  }
}
