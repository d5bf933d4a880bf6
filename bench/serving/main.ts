/**
 * Requests per second, latency, CPU and allocation of `POST /v1/features` and `POST /get-online-features` on bare `workerd
 * serve`, beside two floors measured in the same run: a static handler that parses the same body and returns the same bytes
 * (blocks in memory), and a handler written by hand that does the same KV reads without Shoreline (blocks not in memory).
 *
 * ```
 * npm run bench:serving                 # about ten minutes; writes bench/results/serving.md
 * npm run bench:serving -- --quick      # a minute and a half, writes nothing
 * npm run bench:serving -- --only 100x50 --rounds 9      # some of it, writes nothing
 * ```
 *
 * It needs two idle cores: the load generator (this process) takes one, the workerd that is measured the other; the
 * others wait. Absolute numbers are this machine's. What counts is the share of the floor, taken round by round from
 * neighbouring measurements, then the median.
 *
 * Blocks in memory: five views of 10,000 customers fit into the isolate's cache, and of 25 views those of some customers.
 * Not in memory: the blocks of 25 views are three times the cache, and requests go through them in a circle, so that a
 * block has been let go of before it is asked for again; `keys read` is what the answers' `server-timing` says.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureAllocation, TRACE_GC } from './allocation.ts'
import { type Case, makeCases } from './cases.ts'
import { type Contender, type Contenders, type Name, startContenders, TRIVIAL_REQUEST } from './contenders.ts'
import { type Deployment, makeDeployment } from './deployment.ts'
import { runLoad, withConnections } from './load.ts'
import { type Cell, makeCells, measureRound, warmUp } from './measure.ts'
import { type Allocated, type Ceiling, type Machine, writeReport } from './report.ts'
import { verify } from './verify.ts'

const CONNECTIONS = [1, 16]
const RESULTS = join(import.meta.dirname, '../results/serving.md')

interface Pace {
  readonly rounds: number
  readonly cellMs: number
  readonly warmUpMs: number
  readonly allocationMs: number
}

/** Many short rounds: their median is steadier than that of a few long ones. */
const FULL: Pace = { rounds: 9, cellMs: 400, warmUpMs: 800, allocationMs: 3000 }
const QUICK: Pace = { rounds: 3, cellMs: 100, warmUpMs: 150, allocationMs: 600 }

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '' },
  },
})
const pace = options.quick ? QUICK : FULL
await main(
  { ...pace, rounds: Number(options.rounds || pace.rounds) },
  options.only,
  !options.quick && options.only === '' && options.rounds === '',
)

/** @param only cases whose title or form has this in it */
async function main(pace: Pace, only: string, write: boolean): Promise<void> {
  const machine = describeMachine()
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // An exit ends the workerds too (workerd.ts); a signal alone would leave them behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const deployment = await makeDeployment()
  const cases = makeCases(deployment).filter(({ title, form, hot }) =>
    `${title}, ${form}, ${hot ? 'hot' : 'cold'}`.includes(only),
  )
  const contenders = await startContenders(folder, deployment, cases)
  try {
    const cells = await verifiedCells(cases, contenders)
    const ceiling = await generatorCeiling(contenders, pace.cellMs)
    await warmUp(cells, pace.warmUpMs)
    for (let round = 0; round < pace.rounds; round++) await measureRound(cells, round, pace.cellMs)
    const [loadAfter = 0] = loadavg()
    await contenders.stop()
    const allocated = await measureAllocations(join(folder, 'traced'), deployment, cases, pace.allocationMs)
    const text = writeReport(cells, { ...pace, ...machine, loadAfter, ceiling, allocated })
    console.log(text)
    if (write) await writeFile(RESULTS, `# Serving\n\n${text}`)
  } finally {
    await contenders.stop()
  }
}

/** In workerds of their own: to say what it collects slows V8 down. Null where it cannot be made to say it. */
async function measureAllocations(
  folder: string,
  deployment: Deployment,
  cases: readonly Case[],
  ms: number,
): Promise<readonly Allocated[] | null> {
  const traced: readonly Name[] = ['shoreline', 'static floor']
  const started = await startContenders(folder, deployment, cases, TRACE_GC, traced).catch(() => null)
  if (!started) return null
  try {
    const allocated: Allocated[] = []
    for (const one of cases.filter(({ hot }) => hot)) {
      const requests = one.requests.map(({ bytes }) => bytes)
      const [contender = null, floor = null] = await inTurn(traced, async (name) => {
        const traced = started.byName.get(name)
        return traced ? measureAllocation(traced.workerd, { requests, next: 0 }, ms) : null
      })
      allocated.push({ case: one, contender, floor })
    }
    return allocated
  } finally {
    await started.stop()
  }
}

/** One after the other. */
async function inTurn<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<readonly U[]> {
  const results: U[] = []
  for (const item of items) results.push(await work(item))
  return results
}

async function verifiedCells(cases: readonly Case[], { byName }: Contenders): Promise<readonly Cell[]> {
  const find = (name: Name): Contender => {
    const contender = byName.get(name)
    if (contender) return contender
    throw new Error(`${name} was not started`)
  }
  const cells: Cell[] = []
  for (const one of cases) {
    const [contender, floor] = one.hot
      ? [find('shoreline'), find('static floor')]
      : [find('shoreline, cold'), find('kv floor')]
    await verify(one, [contender, floor])
    cells.push(...makeCells(one, CONNECTIONS, contender, floor))
  }
  return cells
}

/** What the generator reaches against a Worker that does next to nothing: a contender near it is not what is measured. */
async function generatorCeiling({ byName }: Contenders, ms: number): Promise<Ceiling> {
  const port = byName.get('trivial')?.workerd.port ?? 0
  const cycle = { requests: [TRIVIAL_REQUEST], next: 0 }
  return withConnections(port, Math.max(...CONNECTIONS), async (connections) => {
    await runLoad(connections, cycle, ms)
    const { latencies, seconds, generatorBusy } = await runLoad(connections, cycle, ms)
    return { perSecond: latencies.length / seconds, generatorBusy }
  })
}

function describeMachine(): Machine {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'worker', 'core', 'registry', 'bench') !== ''
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    load: loadavg()[0] ?? 0,
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}`,
  }
}
