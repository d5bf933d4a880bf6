/**
 * Where the CPU goes: `perf` on a contender while it is asked one case's requests, JavaScript by its functions' names.
 *
 * ```
 * node bench/serving/profile.ts "100x50" native shoreline          # the hundred functions that take most, in us per request
 * node bench/serving/profile.ts "100x50" native "static floor"
 * ```
 *
 * Linux with `perf`, and leave to use it on one's own processes (`kernel.perf_event_paranoid` of 2 or less).
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCases } from './cases.ts'
import { type Name, startContenders } from './contenders.ts'
import { makeDeployment } from './deployment.ts'
import { runLoad, withConnections } from './load.ts'
import type { Workerd } from './workerd.ts'

const CONNECTIONS = 4
const WARM_UP_MS = 2500
const RECORDED_MS = 4000
const SHOWN = 100
/** `    14.01%  [JIT] tid 1  [.] JS:*writeAnswer worker.js:24834:21` */
const LINE = /^ +([0-9.]+)% +.*? +\[([.k])\] +(.*?) *$/

const [title = '100x50', form = 'native', name = 'shoreline'] = process.argv.slice(2)
await main(name as Name)

async function main(name: Name): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-profile-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const deployment = await makeDeployment()
  const cases = makeCases(deployment).filter((one) => one.hot && one.title === title && one.form === form)
  const [one] = cases
  if (!one) throw new Error(`there is no case ${title}, ${form}, with blocks in memory`)
  const contenders = await startContenders(folder, deployment, cases, ['--perf-basic-prof'], [name])
  try {
    const workerd = contenders.byName.get(name)?.workerd
    if (!workerd) throw new Error(`there is no contender ${name}`)
    const file = join(folder, 'perf.data')
    const micros = await record(
      workerd,
      one.requests.map(({ bytes }) => bytes),
      file,
    )
    console.log(`${title}, ${form}, ${name}: ${micros.toFixed(1)} us of CPU per request`)
    for (const [used, symbol] of symbolsOf(file, micros).slice(0, SHOWN))
      console.log(used.toFixed(2).padStart(8), symbol)
    rmSync(`/tmp/perf-${workerd.pid}.map`, { force: true })
  } finally {
    await contenders.stop()
  }
}

/** @returns microseconds of CPU per request, all threads */
async function record({ port, pid, cpuSeconds }: Workerd, requests: readonly Buffer[], file: string): Promise<number> {
  const cycle = { requests, next: 0 }
  return withConnections(port, CONNECTIONS, async (open) => {
    await runLoad(open, cycle, WARM_UP_MS)
    const perf = spawn('perf', ['record', '--quiet', '-F', '1500', '-p', String(pid), '-o', file], { stdio: 'inherit' })
    const before = cpuSeconds() ?? Number.NaN
    const { latencies } = await runLoad(open, cycle, RECORDED_MS)
    const used = (cpuSeconds() ?? Number.NaN) - before
    perf.kill('SIGINT')
    await once(perf, 'close')
    return (used * 1e6) / latencies.length
  })
}

function symbolsOf(file: string, micros: number): readonly (readonly [micros: number, symbol: string])[] {
  const options = ['report', '-i', file, '--stdio', '--percent-limit', '0', '-F', 'overhead,dso,sym']
  const text = execFileSync('perf', options, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  })
  const sums = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, share, kind, symbol = ''] = LINE.exec(line) ?? []
    // V8 marks how a function was compiled, and has it once for each time.
    const called = `${kind === 'k' ? 'kernel ' : ''}${symbol.replace(/^JS:[^A-Za-z]*/, 'JS:').replace(/ worker\.js:.*/, '')}`
    if (share !== undefined) sums.set(called, (sums.get(called) ?? 0) + (Number(share) / 100) * micros)
  }
  return [...sums].map(([symbol, used]) => [used, symbol] as const).sort(([a], [b]) => b - a)
}
