/** Evaluates what is asked for so many times. The clock of a Worker stands still while it computes: who asks measures. */
import { compileExpression } from '../../core/expressions/compile.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { type ExpressionJson, readExpression } from '../../core/expressions/tree.ts'
import { type RunEntry, readyEntry } from '../../core/on-demand/entry.ts'
import type { CodeModules } from '../../core/on-demand/modules.ts'
import type { OnDemandPlan, PlanEntry } from '../../core/plan.ts'
import { CASES, COLUMNS, ROWS, row } from './cases.ts'
import computes from './computes.js'
// As it reaches a Worker, which compiles nothing at run time.
import missed from './missed.wasm'
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
  ...Object.fromEntries(Object.entries(computes).map(([name, compute]) => [name, { compute }])),
}
const code = { packs: ALL_PACKS, modules }
const rows = Array.from({ length: ROWS }, (_, i) => row(i))
const columns = COLUMNS.map((_, at) => rows.map((one) => one[at] ?? null))

type Measured = (times: number) => unknown

function expression(env: Env, at: number, how: string): Measured | null {
  const tree = env.TREES[at]
  const hand = CASES[at]?.hand
  if (!tree || !hand) return null
  const evaluate: (row: (typeof rows)[number]) => unknown =
    how === 'hand' ? hand : compileExpression(readExpression(tree), ALL_PACKS)
  return (times) => {
    let last: unknown
    for (let i = 0; i < times; i++) last = evaluate(rows[i & (ROWS - 1)] ?? [])
    return last
  }
}

/** Of the columns that the entry reads, by their places. */
function entry(env: Env, name: string): Measured | null {
  const one = env.ENTRIES[name]
  if (!one) return null
  const run: RunEntry = readyEntry(one, code)
  const inputs = one.inputs.map(({ at }) => columns[at] ?? [])
  return (times) => {
    let last: unknown
    for (let done = 0; done < times; done += ROWS) last = run(inputs, ROWS)
    return last
  }
}

/** As worker/serving does for a request of so many rows, from what is in memory. */
function request(env: Env, rowCount: number): Measured {
  const plan = readyComputed(env.PLAN, { fullNames: false, publicOnly: false, client: false }, code)
  const few = columns.map((column): Column => ({ values: column.slice(0, rowCount), once: false }))
  const nothing: Column = { values: [], once: false }
  const inputs: Inputs = {
    rowCount,
    column: (_view, column) => few[column] ?? nothing,
    statuses: () => [],
    given: new Map(COLUMNS.map(({ name }, at) => [name, few[at]?.values ?? []])),
    isShared: () => false,
  }
  return (times) => {
    let last: unknown
    for (let i = 0; i < times; i++) last = computeEntries(plan, inputs)
    return last
  }
}

function measured(env: Env, asked: URLSearchParams): Measured | null {
  const name = asked.get('entry')
  if (name !== null) return entry(env, name)
  const rowCount = asked.get('rows')
  if (rowCount !== null) return request(env, Number(rowCount))
  return expression(env, Number(asked.get('case')), asked.get('how') ?? '')
}

/** What was compiled stays, as the plans of an isolate do. */
const ready = new Map<string, Measured>()

export default {
  fetch({ url }: Request, env: Env): Response {
    const asked = new URL(url).searchParams
    const times = Number(asked.get('times'))
    asked.delete('times')
    const what = asked.toString()
    const one = ready.get(what) ?? measured(env, asked)
    if (!one) return new Response(`there is no ${what}`, { status: 404 })
    ready.set(what, one)
    return new Response(JSON.stringify(one(times) ?? null).slice(0, 200))
  },
}
