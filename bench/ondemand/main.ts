/**
 * Nanoseconds a row of on-demand expressions in workerd, beside the same in JavaScript by hand; of the TypeScript and the
 * WebAssembly form; and the rows a second of the offline path beside DuckDB's own evaluation of the same text.
 *
 * ```
 * npm run bench:ondemand                 # about two minutes; writes bench/results/ondemand.md
 * npm run bench:ondemand -- --quick      # writes nothing
 * ```
 *
 * A request that evaluates a million rows less one that evaluates none: a Worker has no clock of its own while it computes.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { readyEntry } from '../../core/on-demand/entry.ts'
import { bindExpressions } from '../../sync/on-demand/bind.ts'
import { offlineQuery, registerFunctions } from '../../sync/on-demand/offline.ts'
import { bundle } from '../serving/bundle.ts'
import { median } from '../serving/statistics.ts'
import { startWorkerd } from '../serving/workerd.ts'
import { CASES, COLUMNS, ROWS_SQL } from './cases.ts'

const quick = process.argv.includes('--quick')
const TIMES = quick ? 100_000 : 1_000_000
const ROUNDS = quick ? 3 : 9
const OFFLINE_ROWS = quick ? 200_000 : 5_000_000
/** Wherever a library of the machine would decide, DuckDB runs a function of ours. */
const OURS = new Set(['logarithm', 'key of text', 'weekend'])

/** Of `missed` in examples/flights. */
const WASM_EXPORT = 'missed'
const WASM_ARGS = ['mean', 'p90', 'minutes']

const folder = await mkdtemp(join(tmpdir(), 'shoreline-ondemand-'))
try {
  const load = loadavg()[0] ?? 0
  const bound = await bindAll()
  const worker = await startWorkerd(folder, {
    script: await bundle(join(import.meta.dirname, 'handler.ts')),
    json: { TREES: bound.map(({ tree }) => tree) as never },
  })
  const perRow = async (query: string): Promise<number> => {
    const ask = async (times: number): Promise<number> => {
      const started = performance.now()
      const response = await fetch(`http://127.0.0.1:${worker.port}/?${query}&times=${times}`)
      await response.text()
      if (response.status !== 200) throw new Error(`${query}: ${response.status}`)
      return performance.now() - started
    }
    const none = await ask(0)
    return (((await ask(TIMES)) - none) / TIMES) * 1e6
  }
  const rows: string[] = []
  for (const [at, { name, sql }] of CASES.entries()) {
    const measured: { ours: number; hand: number }[] = []
    for (const how of ['ours', 'hand']) await perRow(`case=${at}&how=${how}`)
    for (let round = 0; round < ROUNDS; round++)
      measured.push({ ours: await perRow(`case=${at}&how=ours`), hand: await perRow(`case=${at}&how=hand`) })
    const ours = median(measured.map((one) => one.ours))
    const hand = median(measured.map((one) => one.hand))
    const ratio = median(measured.map((one) => one.ours / one.hand))
    rows.push(
      `| ${name} | \`${sql.length > 60 ? `${sql.slice(0, 57)}…` : sql.replaceAll('|', '\\|')}\` | ${ours.toFixed(0)} | ${hand.toFixed(0)} | ${ratio.toFixed(2)} |`,
    )
    console.log(rows.at(-1))
  }
  await perRow('how=typescript')
  const typescript: number[] = []
  for (let round = 0; round < ROUNDS; round++) typescript.push(await perRow('how=typescript'))
  await worker.stop()
  const forms = [
    `| TypeScript, \`risk\`: values in and out, types checked, one call | ${median(typescript).toFixed(0)} |`,
    `| WebAssembly, \`connection\` of examples/flights, in Node | ${measureWasm().toFixed(0)} |`,
  ]
  for (const form of forms) console.log(form)
  const offline = await measureOffline(bound)
  const text = report({ load, rows, forms, offline })
  if (!quick) writeFileSync(join(import.meta.dirname, '../results/ondemand.md'), text)
  else console.log(text)
} finally {
  await rm(folder, { recursive: true, force: true })
}

type Bound = Awaited<ReturnType<typeof bindExpressions>>['bound'][string]

async function bindAll(): Promise<readonly Bound[]> {
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  await registerFunctions(db)
  const bound: Bound[] = []
  for (const { name, sql, type } of CASES) {
    const { bound: features } = await bindExpressions(db, {
      name: 'bench',
      row: COLUMNS,
      sql: { f: { text: sql, type } },
    })
    if (!features['f']) throw new Error(`${name} was not bound`)
    bound.push(features['f'])
  }
  db.closeSync()
  return bound
}

/** Nanoseconds a call, with everything around it. */
function measureWasm(): number {
  const file = join(import.meta.dirname, '../../examples/flights/wasm/missed.wasm')
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }
  const module = new WebAssembly.Module(readFileSync(file))
  const inputs = WASM_ARGS.map((name, at) => ({ name, type: 'float64', at, from: { field: name } }) as const)
  const run = readyEntry(
    {
      form: 'wasm',
      view: 'bench@1',
      as: 'bench',
      code: 'bench',
      export: WASM_EXPORT,
      width: inputs.length,
      inputs,
      args: inputs.map((_, at) => at),
      features: [{ feature: 'f', type: 'float64', visibility: 'server' }],
    },
    { packs: ALL_PACKS, modules: { bench: { default: module } } },
  )
  const columns = inputs.map((_, at) => Array.from({ length: 1000 }, (_, i) => (i % 60) + at))
  const times: number[] = []
  for (let round = 0; round < ROUNDS * 20; round++) {
    const started = performance.now()
    run(columns, 1000)
    times.push((performance.now() - started) * 1000)
  }
  return median(times)
}

/** Millions of rows a second of the offline path, beside the text as it was written in a DuckDB with all its optimizers. */
async function measureOffline(bound: readonly Bound[]): Promise<readonly string[]> {
  const open = async () => {
    const db = await (await DuckDBInstance.create(':memory:')).connect()
    await db.run(`create table t as select ${ROWS_SQL} from range(${OFFLINE_ROWS}) as r(i)`)
    return db
  }
  const [plain, ours] = [await open(), await open()]
  await registerFunctions(ours)
  const lines: string[] = []
  for (const [at, { name, sql, type }] of CASES.entries()) {
    const one = bound[at]
    if (!one) continue
    const queries = [
      [plain, `select count(v) from (select (${sql}) as v from t)`],
      [ours, `select count(f) from (${offlineQuery('t', [], { f: { sql: one.sql, type } })})`],
    ] as const
    const seconds: number[][] = [[], []]
    for (let round = 0; round < (quick ? 2 : 5); round++)
      for (const [side, [db, query]] of queries.entries()) {
        const started = performance.now()
        await db.run(query)
        seconds[side]?.push((performance.now() - started) / 1000)
      }
    const [theirs = 0, mine = 0] = seconds.map(median)
    const rate = (value: number): string => (OFFLINE_ROWS / value / 1e6).toFixed(0)
    lines.push(
      `| ${name}${OURS.has(name) ? ' (a function of ours)' : ''} | ${rate(mine)} | ${rate(theirs)} | ${(mine / theirs).toFixed(2)} |`,
    )
    console.log(lines.at(-1))
  }
  plain.closeSync()
  ours.closeSync()
  return lines
}

interface Figures {
  readonly load: number
  readonly rows: readonly string[]
  readonly forms: readonly string[]
  readonly offline: readonly string[]
}

function report({ load, rows, forms, offline }: Figures): string {
  const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
  return `# On-demand features

\`npm run bench:ondemand\`, commit ${commit}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, Node ${process.version}, load average ${load.toFixed(2)} before the start.

## A row in workerd

Nanoseconds, medians of ${ROUNDS} interleaved rounds of ${TIMES.toLocaleString('en')} rows. By hand: a function of the same row that keeps the same nulls, written for this
expression alone; where it calls the engine's own \`Math.log\`, it is not the same to the last bit on every machine.

| | expression | ours | by hand | ratio |
|---|---|---:|---:|---:|
${rows.join('\n')}

| form | ns a row |
|---|---:|
${forms.join('\n')}

A sum of products is compiled to one loop over its terms, and operators whose operands are columns or literals read them without a
call: without both, the last expression took twelve times as long as by hand.

## Offline

Millions of rows a second, ${OFFLINE_ROWS.toLocaleString('en')} rows, medians of ${quick ? 2 : 5} interleaved rounds. The offline path runs the bound text inside \`TRY()\`, with the optimizers off
that take errors away; beside it the text as it was written, in a DuckDB of its own with all optimizers, where errors would end the query.

| | offline | plain DuckDB | ratio |
|---|---:|---:|---:|
${offline.join('\n')}

Not measured: duckdb-wasm, which is not among the project's packages.
`
}
