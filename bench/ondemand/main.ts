/**
 * Nanoseconds a row of on-demand expressions in workerd, beside the same in JavaScript by hand and in duckdb-wasm; of the TypeScript
 * and the WebAssembly form; of all that a request computes; and the rows a second of the offline path beside plain DuckDB.
 *
 * ```
 * npm run bench:ondemand                 # a minute and a half; writes bench/results/ondemand.md
 * npm run bench:ondemand -- --quick      # fifteen seconds; writes nothing
 * ```
 *
 * Before anything is measured, all that are compared have answered the same for every row.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../serving/bundle.ts'
import { startWorkerd, type Workerd } from '../serving/workerd.ts'
import { CASES, COMPUTES, WASMS } from './cases.ts'
import { startDuckDBWasm } from './duckdb-wasm.ts'
import { type Bound, bindCases, measureForms, measureQueries } from './offline.ts'
import { computesModule, type Expression, entries, servicePlan, servingModule, wasmModules } from './plan.ts'
import { REQUEST_ROWS, report } from './report.ts'
import { checkAnswers, measureRounds } from './rounds.ts'

const quick = process.argv.includes('--quick')
const PACE = quick ? { rounds: 3, ms: 10 } : { rounds: 15, ms: 50 }
const DUCKDB_WASM_ROWS = quick ? 20 : 200
const OFFLINE = quick ? { rounds: 2, rows: 200_000 } : { rounds: 7, rows: 5_000_000 }
const FORMS = quick ? { rounds: 1, rows: 50_000 } : { rounds: 5, rows: 1_000_000 }

/** What a request computes in SQL, by the names of cases. */
const ASKED = ['risk', 'buckets', 'rule']

/** What is compared: the first with each of the others. */
const COMPARED = [
  ...CASES.map((_, at) => [`tree ${at}`, `hand ${at}`, `entry sql${at}`]),
  ...COMPUTES.map((_, at) => [`entry counted${at}`, `entry plain${at}`, `function plain${at}`]),
  ...WASMS.map((_, at) => [`entry wasm${at}`, `wasm-hand ${at}`]),
  ...REQUEST_ROWS.map((rows) => [`request ${rows}`]),
]

const folder = await mkdtemp(join(tmpdir(), 'shoreline-ondemand-'))
try {
  const text = await measure()
  console.log(text)
  if (!quick) await writeFile(join(import.meta.dirname, '../results/ondemand.md'), `# On-demand features\n\n${text}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<string> {
  const load = loadavg()[0] ?? 0
  const bound = await bindCases()
  const duckdbWasm = await startDuckDBWasm(CASES, DUCKDB_WASM_ROWS)
  const worker = await start(bound)
  const found = await (async () => {
    await checkAnswers(worker, COMPARED)
    return measureRounds(worker, COMPARED, PACE, (round) => {
      duckdbWasm.measure(round >= 0)
      process.stderr.write(round < 0 ? 'warm\n' : `round ${round + 1} of ${PACE.rounds}\n`)
    })
  })().finally(() => worker.stop())
  const queries = await measureQueries(bound, OFFLINE.rows, OFFLINE.rounds)
  const forms = await measureForms(bound, FORMS.rows, FORMS.rounds)
  const [loadAfter = 0] = loadavg()
  return report({
    ...{ machine: machine(load, loadAfter), pace: PACE, found, queries, queryRows: OFFLINE.rows, forms },
    ...{ formRows: FORMS.rows, duckdbWasm: { version: duckdbWasm.version, perRow: duckdbWasm.perRow() } },
  })
}

async function start(bound: readonly Bound[]): Promise<Workerd> {
  const asked = CASES.flatMap(({ name, type }, at): Expression[] => {
    const one = bound[at]
    return one && ASKED.includes(name) ? [{ type, bound: one }] : []
  })
  const modules = { 'computes.js': await computesModule(), 'serving.js': await servingModule(), ...wasmModules() }
  const beside = Object.keys(modules).map((name) => `./${name}`)
  return startWorkerd(folder, {
    script: await bundle(join(import.meta.dirname, 'handler.ts'), beside),
    modules,
    json: { TREES: bound.map(({ tree }) => tree), ENTRIES: entries(bound), PLAN: servicePlan(asked) },
  })
}

function machine(load: number, loadAfter: number): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'core', 'registry', 'sync', 'worker', 'bench') !== ''
  const commit = `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}`
  const processors = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`
  return `commit ${commit}, on ${processors}, Node ${process.version}, load average ${load.toFixed(2)} before the start and ${loadAfter.toFixed(2)} at the end`
}
