/** Evaluates one case so many times. The clock of a Worker stands still while it computes: who asks measures. */
import { compileExpression } from '../../core/expressions/compile.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { type ExpressionJson, readExpression } from '../../core/expressions/tree.ts'
import { readyEntry } from '../../core/on-demand/entry.ts'
import type { PlanTypeScriptEntry } from '../../core/plan.ts'
import { CASES, ROWS, row } from './cases.ts'

interface Env {
  /** By case. */
  readonly TREES: readonly ExpressionJson[]
}

const rows = Array.from({ length: ROWS }, (_, i) => row(i))

/** `risk`, as a function of a row. */
const TYPESCRIPT: PlanTypeScriptEntry = {
  form: 'typescript',
  view: 'bench@1',
  as: 'bench',
  code: 'bench',
  width: 2,
  inputs: [
    { name: 'share', type: 'float64', at: 0, from: { field: 'share' } },
    { name: 'distance', type: 'float64', at: 1, from: { field: 'distance' } },
  ],
  features: [{ feature: 'risk', type: 'float64', visibility: 'server' }],
}

const run = readyEntry(TYPESCRIPT, {
  packs: ALL_PACKS,
  modules: {
    bench: {
      compute: ({ share, distance }: { readonly share: number | null; readonly distance: number | null }) => ({
        risk: share === null || distance === null ? null : share * Math.sqrt(distance),
      }),
    },
  },
})
const inputs = [rows.map((one) => one[0] ?? null), rows.map((one) => one[1] ?? null)]

const ours = new Map<number, (row: (typeof rows)[number]) => unknown>()

export default {
  fetch(request: Request, env: Env): Response {
    const asked = new URL(request.url).searchParams
    const at = Number(asked.get('case'))
    const times = Number(asked.get('times'))
    if (asked.get('how') === 'typescript') {
      for (let done = 0; done < times; done += ROWS) run(inputs, ROWS)
      return new Response('')
    }
    const known = ours.get(at)
    const tree = env.TREES[at]
    const compiled = known ?? (tree && compileExpression(readExpression(tree), ALL_PACKS))
    const hand = CASES[at]?.hand
    if (!compiled || !hand) return new Response('no such case', { status: 404 })
    ours.set(at, compiled)
    const evaluate = asked.get('how') === 'ours' ? compiled : hand
    let last: unknown
    for (let i = 0; i < times; i++) last = evaluate(rows[i & (ROWS - 1)] ?? [])
    return new Response(String(last))
  },
}
