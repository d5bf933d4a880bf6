/** Evaluates what is asked for so many times. The clock of a Worker stands still while it computes: who asks measures. */
import { compileExpression } from '../../core/expressions/compile.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import type { ExpressionJson } from '../../core/expressions/tree.ts'
import { type Evaluate, storedWriter } from '../../core/expressions/values.ts'
import { type RunEntry, readyEntry, type Values } from '../../core/on-demand/entry.ts'
import { type CodeModules, computeOf } from '../../core/on-demand/modules.ts'
import { toPlain } from '../../core/on-demand/plain-values.ts'
import type { OnDemandPlan, PlanEntry } from '../../core/plan.ts'
import { parseType } from '../../core/types.ts'
import { CASES, COLUMNS, checkedRows, type Hand, ROWS, type Row, stored, WASMS } from './cases.ts'
import computes from './computes.js'
// As they reach a Worker, which compiles nothing at run time.
import missed from './missed.wasm'
import risk from './risk.wasm'
import { type Column, computeEntries, type Inputs, readyComputed } from './serving.js'

interface Env {
  /** By case. */
  readonly TREES: readonly ExpressionJson[]
  /** By name. */
  readonly ENTRIES: Readonly<Record<string, PlanEntry>>
  /** What a request computes. */
  readonly PLAN: OnDemandPlan
}

/** Each `compute` as a module of its own. */
const modules: CodeModules = {
  missed: { default: missed },
  risk: { default: risk },
  ...Object.fromEntries(Object.entries(computes).map(([name, compute]) => [name, { compute }])),
}
const code = { packs: ALL_PACKS, modules }
const checked = checkedRows()
const columns = COLUMNS.map(({ type }, at) => checked.map((one) => stored(type, one[at] ?? null)))

interface Measured {
  readonly run: (times: number) => unknown
  /** Of every row that is checked: its value, or that there is none. */
  readonly answers: () => readonly unknown[]
}

const NO_VALUE = 'no value'

/** As a block has it: JSON has no numbers that are not finite. */
function finite(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function ofRows<T>(evaluate: (row: T) => unknown, given: readonly T[], answer: (row: T) => unknown): Measured {
  const few = given.slice(0, ROWS)
  return {
    run: (times) => {
      let last: unknown
      for (let i = 0; i < times; i++) last = evaluate(few[i & (ROWS - 1)] as T)
      return last
    },
    answers: () =>
      given.map((one) => {
        try {
          return finite(answer(one))
        } catch {
          return NO_VALUE
        }
      }),
  }
}

function ofHand(hand: Hand | undefined): Measured | null {
  return hand ? ofRows(hand, checked, hand) : null
}

function ofTree({ TREES }: Env, at: number): Measured | null {
  const tree = TREES[at]
  const one = CASES[at]
  if (!tree || !one) return null
  const evaluate: Evaluate = compileExpression(tree, ALL_PACKS)
  const write = storedWriter(parseType(one.type))
  return ofRows<Row>(evaluate, checked, (row) => write(evaluate(row)))
}

/** Of the columns that the entry reads, by their places. */
function ofEntry({ ENTRIES }: Env, name: string): Measured | null {
  const one = ENTRIES[name]
  if (!one) return null
  const run: RunEntry = readyEntry(one, code)
  const all = one.inputs.map(({ at }) => columns[at] ?? [])
  const few = all.map((values): Values => values.slice(0, ROWS))
  return {
    run: (times) => {
      let last: unknown
      for (let done = 0; done < times; done += ROWS) last = run(few, ROWS)
      return last
    },
    answers: () =>
      run(all, checked.length).flatMap(({ values, invalid }) =>
        values.map((value, at) => (invalid?.[at] ? NO_VALUE : value)),
      ),
  }
}

/** The function of a module alone, on rows that are there as it reads them. */
function ofFunction({ ENTRIES }: Env, name: string): Measured | null {
  const one = ENTRIES[name]
  if (one?.form !== 'typescript') return null
  const compute = computeOf(modules, one.code, one.view)
  const readers = one.inputs.map((input) => ({ ...input, read: toPlain(parseType(input.type)) }))
  const given = checked.map((_, row) =>
    Object.fromEntries(
      readers.map(({ at, read, ...input }) => {
        const value = columns[at]?.[row] ?? null
        return [input.name, value === null ? null : read(value)]
      }),
    ),
  )
  const feature = one.features[0]?.feature ?? ''
  return ofRows(compute, given, (row) => (compute(row) as Readonly<Record<string, unknown>>)[feature])
}

/** As worker/serving does for a request of so many rows, from what is in memory. */
function ofRequest({ PLAN }: Env, rowCount: number): Measured {
  const plan = readyComputed(PLAN, { fullNames: false, publicOnly: false, client: false }, code)
  const few = columns.map((column): Column => ({ values: column.slice(0, rowCount), once: false }))
  const nothing: Column = { values: [], once: false }
  const inputs: Inputs = {
    rowCount,
    column: (_view, column) => few[column] ?? nothing,
    statuses: () => [],
    given: new Map(COLUMNS.map(({ name }, at) => [name, few[at]?.values ?? []])),
    isShared: () => false,
  }
  return {
    run: (times) => {
      let last: unknown
      for (let i = 0; i < times; i++) last = computeEntries(plan, inputs)
      return last
    },
    answers: () => [computeEntries(plan, inputs)],
  }
}

/** @param what `tree 3`: the kind, and which of them */
function measured(env: Env, what: string): Measured | null {
  const [kind = '', which = ''] = what.split(' ')
  switch (kind) {
    case 'tree':
      return ofTree(env, Number(which))
    case 'hand':
      return ofHand(CASES[Number(which)]?.hand)
    case 'wasm-hand':
      return ofHand(WASMS[Number(which)]?.hand)
    case 'entry':
      return ofEntry(env, which)
    case 'function':
      return ofFunction(env, which)
    case 'request':
      return ofRequest(env, Number(which))
    default:
      return null
  }
}

/** What was compiled stays, as the plans of an isolate do. */
const ready = new Map<string, Measured>()

export default {
  fetch({ url }: Request, env: Env): Response {
    const asked = new URL(url).searchParams
    const what = asked.get('what') ?? ''
    const times = asked.get('times')
    const one = ready.get(what) ?? measured(env, what)
    if (!one) return new Response(`there is no ${what}`, { status: 404 })
    ready.set(what, one)
    if (times === null) return Response.json(one.answers())
    return new Response(JSON.stringify(one.run(Number(times)) ?? null).slice(0, 200))
  },
}
