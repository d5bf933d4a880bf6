/** Features from stored inputs and the values of a request: the same steps, values, statuses and issues as the Worker's. */
import type { Parsed } from '../../core/json.ts'
import type { Computed, Values } from '../../core/on-demand/column.ts'
import { toPlain } from '../../core/on-demand/to-plain.ts'
import type { PlanInput, PlanOutput } from '../../core/plan.ts'
import { parseType } from '../../core/types.ts'
import { convert, type FeatureValue } from '../convert.ts'
import { unreadable } from '../error.ts'
import type { Issue, ValueStatus } from '../meta.ts'
import type { OnDemandPart } from './plan.ts'
import type { Ready } from './ready.ts'
import { fieldReader, type Row } from './rows.ts'
import { storedOf } from './stored.ts'

export interface LocalAnswer {
  readonly rows: readonly Readonly<Record<string, FeatureValue>>[]
  /** Of what was computed here; those of the answer come before them. */
  readonly issues: readonly Issue[]
  /** Of the same, for each row. */
  readonly statuses: readonly Readonly<Record<string, ValueStatus>>[]
}

/** Rows of an answer of `compute: 'client'`, in the order of the rows that it was asked for. */
export type InputRows = readonly { readonly [feature: string]: Parsed }[]

/** @throws ClientError INVALID for a value of the request that is none, UNREADABLE for an input that is none */
export type Compute = (rows: readonly Row[], inputs: InputRows) => LocalAnswer

/** Types are read here, once; a call is the work of its rows. */
export function computing({ fields, onDemand, run }: Ready): Compute {
  const names = new Set(
    onDemand.entries.flatMap(({ inputs }) => inputs.flatMap(({ from }) => ('field' in from ? [from.field] : []))),
  )
  // Values that nothing needs are read as well, so that a wrong one is refused.
  const readers = [...fields.given, ...fields.keys.filter(({ name }) => names.has(name))].map(
    (field) => [field.name, fieldReader(field)] as const,
  )
  const outputs = onDemand.answer.map((output) => outputOf(onDemand, output))
  return (rows, inputs) => {
    const given = new Map(readers.map(([name, read]) => [name, read(rows)]))
    const done: (readonly Computed[])[] = []
    for (const [at, entry] of onDemand.entries.entries()) {
      const columns = entry.inputs.map((input) => columnOf(onDemand, input, inputs, given, done))
      done.push(run[at]?.(columns, rows.length) ?? [])
    }
    const values = outputs.map(({ read }) => read(inputs, done))
    return {
      rows: rows.map((_, row) => Object.fromEntries(outputs.map(({ name }, at) => [name, values[at]?.[row] ?? null]))),
      issues: issuesOf(onDemand.answer, done, rows.length),
      statuses: rows.map((_, row) => statusesOf(onDemand.answer, done, row)),
    }
  }
}

function columnOf(
  { views }: OnDemandPart,
  { from, type }: PlanInput,
  inputs: InputRows,
  given: ReadonlyMap<string, Values>,
  done: readonly (readonly Computed[])[],
): Values {
  if ('constant' in from) return []
  if ('field' in from) return given.get(from.field) ?? []
  if ('entry' in from) return done[from.entry]?.[from.feature]?.values ?? []
  const name = views[from.view]?.columns[from.column]?.name ?? ''
  const kind = parseType(type)
  return inputs.map((row, at) => reading(name, at, () => storedOf(inputOf(row, name), kind)))
}

interface Output {
  readonly name: string
  readonly read: (inputs: InputRows, done: readonly (readonly Computed[])[]) => readonly FeatureValue[]
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

function statusesOf(
  answer: readonly PlanOutput[],
  done: readonly (readonly Computed[])[],
  row: number,
): Readonly<Record<string, ValueStatus>> {
  return Object.fromEntries(
    computedOf(answer).map(({ name, entry, feature }) => [name, statusOf(done[entry]?.[feature], row)]),
  )
}

/** By role; of one whose features all failed in a row, one issue for the role. */
function issuesOf(
  answer: readonly PlanOutput[],
  done: readonly (readonly Computed[])[],
  rows: number,
): readonly Issue[] {
  const roles = Map.groupBy(computedOf(answer), ({ as, entry }) => `${entry}:${as}`)
  return [...roles.values()].flatMap((features) => {
    const whole: number[] = []
    const nulls = new Map<string, number[]>()
    const invalid = new Map<string, number[]>()
    for (let row = 0; row < rows; row++) {
      const statuses = features.map(({ entry, feature }) => statusOf(done[entry]?.[feature], row))
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
