/**
 * Nanoseconds a row of on-demand expressions in workerd, beside the same in JavaScript by hand and in duckdb-wasm; of the TypeScript
 * and the WebAssembly form; of all that a request computes; and the rows a second of the offline path beside plain DuckDB.
 *
 * ```
 * npm run bench:ondemand                 # about three minutes; writes bench/results/ondemand.md
 * npm run bench:ondemand -- --quick      # writes nothing
 * ```
 *
 * A request that evaluates a million rows less one that evaluates none: a Worker has no clock of its own while it computes.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../serving/bundle.ts'
import { median } from '../serving/statistics.ts'
import { startWorkerd, type Workerd } from '../serving/workerd.ts'
import { CASES, COMPUTES } from './cases.ts'
import { measureDuckDBWasm } from './duckdb-wasm.ts'
import { type Bound, bindCases, measureOffline } from './offline.ts'
import { computesModule, type Expression, entries, moduleName, plan, servingModule, WASM, wasmBytes } from './plan.ts'
import { type Pair, report } from './report.ts'

const quick = process.argv.includes('--quick')
const TIMES = quick ? 100_000 : 1_000_000
const ROUNDS = quick ? 3 : 9
const OFFLINE_ROWS = quick ? 200_000 : 5_000_000
const DUCKDB_ROWS = quick ? 50 : 1_000
const REQUEST_ROWS = [1, 100]

/** What a request computes in SQL, by the names of cases. */
const ASKED = ['risk', 'buckets', 'rule']

const folder = await mkdtemp(join(tmpdir(), 'shoreline-ondemand-'))
try {
  const load = loadavg()[0] ?? 0
  const bound = await bindCases()
  const worker = await start(bound)
  const expressions: Pair[] = []
  for (const [at, { name }] of CASES.entries()) {
    expressions.push(await pair(worker, `case=${at}&how=ours`, `case=${at}&how=hand`))
    progress(name, expressions.at(-1)?.ours)
  }
  const computes: (Pair & { readonly name: string })[] = []
  for (const [at, { name }] of COMPUTES.entries()) {
    const entry = (how: 'plain' | 'counted'): string => `entry=${moduleName(at, how)}`
    computes.push({ name, ...(await pair(worker, entry('counted'), entry('plain'))) })
    progress(name, computes.at(-1)?.ours)
  }
  const wasm = median(await several(worker, 'entry=wasm', TIMES))
  const requests: { readonly rows: number; readonly microseconds: number }[] = []
  for (const rows of REQUEST_ROWS) {
    const microseconds = median(await several(worker, `rows=${rows}`, Math.ceil(TIMES / 4 / rows))) / 1000
    requests.push({ rows, microseconds })
    progress(`a request of ${rows} rows`, microseconds * 1000)
  }
  await worker.stop()
  const duckdbWasm = await measureDuckDBWasm(CASES, ROUNDS, DUCKDB_ROWS)
  const offline = await measureOffline(bound, OFFLINE_ROWS, quick ? 2 : 5)
  const text = report({
    ...{ machine: machineText(load), rounds: ROUNDS, times: TIMES, cases: CASES, expressions, duckdbWasm, computes },
    ...{ wasm, requests, offline, offlineRows: OFFLINE_ROWS },
  })
  if (quick) console.log(text)
  else writeFileSync(join(import.meta.dirname, '../results/ondemand.md'), text)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function start(bound: readonly Bound[]): Promise<Workerd> {
  const expressions = CASES.flatMap(({ name, type }, at): Expression[] => {
    const one = bound[at]
    return one && ASKED.includes(name) ? [{ name, type, tree: one.tree, reads: one.reads }] : []
  })
  const beside = {
    './computes.js': await computesModule(),
    './serving.js': await servingModule(),
    [`./${WASM.file}`]: wasmBytes(),
  }
  return startWorkerd(folder, {
    script: await bundle(join(import.meta.dirname, 'handler.ts'), Object.keys(beside)),
    modules: Object.fromEntries(Object.entries(beside).map(([path, module]) => [path.slice(2), module])),
    json: { TREES: bound.map(({ tree }) => tree), ENTRIES: entries(), PLAN: plan(expressions) },
  })
}

/** Nanoseconds each. */
async function perTime({ port }: Workerd, what: string, times: number): Promise<number> {
  const ask = async (count: number): Promise<number> => {
    const started = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/?${what}&times=${count}`)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${what}: ${response.status} ${text}`)
    return performance.now() - started
  }
  const none = await ask(0)
  return (((await ask(times)) - none) / times) * 1e6
}

async function several(worker: Workerd, what: string, times: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let round = 0; round <= ROUNDS; round++) found.push(await perTime(worker, what, times))
  return found.slice(1)
}

async function pair(worker: Workerd, ours: string, hand: string): Promise<Pair> {
  const rounds: { readonly ours: number; readonly hand: number }[] = []
  for (let round = 0; round <= ROUNDS; round++)
    rounds.push({ ours: await perTime(worker, ours, TIMES), hand: await perTime(worker, hand, TIMES) })
  const counted = rounds.slice(1)
  return {
    ours: median(counted.map((one) => one.ours)),
    hand: median(counted.map((one) => one.hand)),
    ratio: median(counted.map((one) => one.ours / one.hand)),
  }
}

function machineText(load: number): string {
  const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
  return `commit ${commit}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, Node ${process.version}, load average ${load.toFixed(2)} before the start`
}

function progress(name: string, nanoseconds = 0): void {
  process.stderr.write(`${name}: ${nanoseconds.toFixed(0)} ns\n`)
}
