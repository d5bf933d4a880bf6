/** Features from stored inputs and the values of a request: the same steps, values, statuses and issues as the Worker's. */
import type { Parsed } from '../../core/json.ts'
import type { Computed, RunEntry, Values } from '../../core/on-demand/column.ts'
import { toPlain } from '../../core/on-demand/to-plain.ts'
import type { PlanInput, PlanOutput } from '../../core/plan.ts'
import { parseType } from '../../core/types.ts'
import { convert, type FeatureValue } from '../convert.ts'
import { unreadable } from '../error.ts'
import type { Issue, ValueStatus } from '../meta.ts'
import type { LocalPart, OnDemandPart } from './plan.ts'
import type { Field, Given } from './rows.ts'
import { storedOf } from './stored.ts'

export interface Computation {
  readonly rows: readonly Readonly<Record<string, FeatureValue>>[]
  /** Of what was computed here; those of the answer come before them. */
  readonly issues: readonly Issue[]
  /** Of the same, for each row. */
  statuses(): readonly Readonly<Record<string, ValueStatus>>[]
}

/** Rows of an answer of `compute: 'client'`, in the order of the rows that it was asked for. */
export type InputRows = readonly { readonly [feature: string]: Parsed }[]

/** @throws ClientError UNREADABLE for an input that is none */
export type Compute = (given: Given, inputs: InputRows) => Computation

/** What of a row is read to compute: values that nothing needs as well, so that a wrong one is refused. */
export function givenFields({ fields, onDemand }: LocalPart): readonly Field[] {
  const read = new Set(
    onDemand.entries.flatMap(({ inputs }) => inputs.flatMap(({ from }) => ('field' in from ? [from.field] : []))),
  )
  return [...fields.given, ...fields.keys.filter(({ name }) => read.has(name))]
}

/** Types are read here, once; a call is the work of its rows. */
export function computing({ onDemand }: LocalPart, run: readonly RunEntry[]): Compute {
  const outputs = onDemand.answer.map((output) => outputOf(onDemand, output))
  const columns = onDemand.entries.map(({ inputs }) => inputs.map((input) => columnOf(onDemand, input)))
  return (given, inputs) => {
    const done: (readonly Computed[])[] = []
    for (const [at, readers] of columns.entries())
      done.push(
        run[at]?.(
          readers.map((read) => read(given, inputs, done)),
          inputs.length,
        ) ?? [],
      )
    const values = outputs.map(({ read }) => read(inputs, done))
    const rows = inputs.map((_, row) => {
      const own: Record<string, FeatureValue> = {}
      for (const [at, { name }] of outputs.entries()) own[name] = values[at]?.[row] ?? null
      return own
    })
    return {
      rows,
      issues: issuesOf(onDemand.answer, done, inputs.length),
      statuses: () => inputs.map((_, row) => statusesOf(onDemand.answer, done, row)),
    }
  }
}

type Done = readonly (readonly Computed[])[]
type ReadColumn = (given: Given, inputs: InputRows, done: Done) => Values

function columnOf({ views }: OnDemandPart, { from, type }: PlanInput): ReadColumn {
  if ('constant' in from) return () => []
  if ('field' in from) return (given) => given.get(from.field) ?? []
  if ('entry' in from) return (_given, _inputs, done) => done[from.entry]?.[from.feature]?.values ?? []
  const name = views[from.view]?.columns[from.column]?.name ?? ''
  const kind = parseType(type)
  return (_, inputs) => inputs.map((row, at) => reading(name, at, () => storedOf(inputOf(row, name), kind)))
}

interface Output {
  readonly name: string
  readonly read: (inputs: InputRows, done: Done) => readonly FeatureValue[]
}

function outputOf({ views, entries }: OnDemandPart, output: PlanOutput): Output {
  if ('view' in output) {
    const { name, type } = views[output.view]?.columns[output.column] ?? { name: '', type: '' }
    const kind = parseType(type)
    return {
      name,
      read: (inputs) => inputs.map((row, at) => reading(name, at, () => convert(inputOf(row, name), kind))),
    }
  }
  const { entry, feature, name } = output
  const plain = toPlain(parseType(entries[entry]?.features[feature]?.type ?? ''))
  return {
    name,
    read: (_, done) => (done[entry]?.[feature]?.values ?? []).map((value) => (value === null ? null : plain(value))),
  }
}

function inputOf(row: InputRows[number], name: string): Parsed {
  const value = Object.hasOwn(row, name) ? row[name] : undefined
  if (value === undefined) throw new TypeError('the answer does not have it')
  return value
}

function reading<T>(name: string, row: number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw unreadable(`${name} of row ${row} cannot be read: ${thrown instanceof Error ? thrown.message : thrown}.`)
  }
}

function statusOf(computed: Computed | undefined, row: number): ValueStatus {
  if (computed?.invalid?.[row]) return 'INVALID'
  return (computed?.values[row] ?? null) === null ? 'NULL_VALUE' : 'PRESENT'
}

type ComputedOutput = Extract<PlanOutput, { readonly entry: number }>

function computedOf(answer: readonly PlanOutput[]): readonly ComputedOutput[] {
  return answer.filter((output): output is ComputedOutput => 'entry' in output)
}

function statusesOf(answer: readonly PlanOutput[], done: Done, row: number): Readonly<Record<string, ValueStatus>> {
  return Object.fromEntries(
    computedOf(answer).map(({ name, entry, feature }) => [name, statusOf(done[entry]?.[feature], row)]),
  )
}

/** By role; of one whose features all failed in a row, one issue for the role. */
function issuesOf(answer: readonly PlanOutput[], done: Done, rows: number): readonly Issue[] {
  const roles = new Map<string, ComputedOutput[]>()
  for (const output of computedOf(answer)) {
    const role = `${output.entry}:${output.as}`
    roles.set(role, [...(roles.get(role) ?? []), output])
  }
  return [...roles.values()].flatMap((features) => {
    const found = features.map(({ entry, feature }) => done[entry]?.[feature])
    if (found.every((one) => one && one.invalid === null && !one.values.includes(null))) return []
    const whole: number[] = []
    const nulls = new Map<string, number[]>()
    const invalid = new Map<string, number[]>()
    for (let row = 0; row < rows; row++) {
      const statuses = found.map((one) => statusOf(one, row))
      if (statuses.every((status) => status === 'INVALID')) whole.push(row)
      else
        for (const [at, { name }] of features.entries())
          if (statuses[at] !== 'PRESENT') add(statuses[at] === 'INVALID' ? invalid : nulls, name, row)
    }
    const [first] = features
    return [
      ...(first && whole.length > 0 ? [{ view: first.as, status: 'INVALID' as const, rows: whole }] : []),
      ...[...nulls].map(([feature, at]) => ({ feature, status: 'NULL_VALUE' as const, rows: at })),
      ...[...invalid].map(([feature, at]) => ({ feature, status: 'INVALID' as const, rows: at })),
    ]
  })
}

function add(lists: Map<string, number[]>, name: string, row: number): void {
  const list = lists.get(name)
  if (list) list.push(row)
  else lists.set(name, [row])
}
