/**
 * What authentication costs a one-row `POST /v1/features` with its block in memory: the same Worker and the same requests on bare
 * `workerd serve`, with authentication off, with an API key, with the admin secret and with a browser token, interleaved.
 *
 * ```
 * node bench/keys/main.ts                     # about a minute
 * node bench/keys/main.ts --before ../other   # another tree's Worker besides, with authentication off
 * ```
 *
 * D1 is a stub that answers at once: it is asked once in 15 seconds, and its latency is no part of a request.
 */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Plan } from '../../core/plan.ts'
import { bundle } from '../serving/bundle.ts'
import { makeCases } from '../serving/cases.ts'
import { ask } from '../serving/connection.ts'
import { makeDeployment } from '../serving/deployment.ts'
import { type RequestCycle, runLoad, withConnections } from '../serving/load.ts'
import { median } from '../serving/statistics.ts'
import { startWorkerd, type Workerd, type WorkerSpec } from '../serving/workerd.ts'

const ROUNDS = 21
const CELL_MS = 320
const CONNECTIONS = [1, 16]

const ADMIN_KEY = 'the-first-key-of-this-deployment-0123456789'
const TOKEN_KEY = 'what-signs-the-browser-tokens-of-this-one'
const ID = 'abcdefghijkl'
const SECRET = 'x'.repeat(43)

/** As the table has them. */
const COLUMNS = [
  'id',
  'name',
  'description',
  'secret_sha256',
  'scopes',
  'created_by',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
]
const HASH = createHash('sha256').update(SECRET).digest('hex')
const ROW = [ID, 'bench', null, HASH, '["features:read:customer_profile"]', 'admin', 0, null, null, null]

interface Contender {
  readonly name: string
  readonly workerd: Workerd
  readonly cycle: RequestCycle
  /** By connections: the median latency of each round, microseconds. */
  readonly rounds: Map<number, number[]>
}

const { values: options } = parseArgs({ options: { before: { type: 'string' } } })
const folder = await mkdtemp(join(tmpdir(), 'shoreline-bench-keys-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const load = loadavg()[0] ?? 0
const contenders = await startAll()
for (const connections of CONNECTIONS) for (const one of contenders) await measure(one, connections, 1000)
for (const one of contenders) one.rounds.clear()
for (let round = 0; round < ROUNDS; round++)
  for (const connections of CONNECTIONS) {
    const order = round % 2 === 0 ? contenders : [...contenders].reverse()
    for (const one of order) await measure(one, connections, CELL_MS)
  }
print()
await Promise.all(contenders.map(({ workerd }) => workerd.stop()))

async function startAll(): Promise<readonly Contender[]> {
  const deployment = await makeDeployment()
  const [oneRow] = makeCases(deployment)
  if (!oneRow) throw new Error('there is no case')
  const script = await bundle(join(import.meta.dirname, '../../worker/index.ts'))
  const kv = {
    script: await bundle(join(import.meta.dirname, '../serving/handlers/kv-store.ts')),
    entries: deployment.entries.map(([key, value]) => [key, key.startsWith('plan/') ? lasting(value) : value]),
  }
  const d1 = { script: await bundle(join(import.meta.dirname, 'd1.ts')), json: { COLUMNS, ROW } }
  const durableObjects = [
    { binding: 'HEAD_WRITER', className: 'HeadWriter' },
    { binding: 'METRICS', className: 'Metrics' },
  ]
  const shared = { kv, d1, durableObjects }
  const open: WorkerSpec = { ...shared, script, text: { AUTH: 'off' } }
  const closed: WorkerSpec = { ...shared, script, text: { ADMIN_KEY, TOKEN_KEY } }
  const specs: readonly (readonly [string, WorkerSpec, string | null])[] = [
    ...(options.before === undefined
      ? []
      : [['before', { ...open, script: await bundle(resolve(options.before, 'worker/index.ts')) }, null] as const]),
    ['open', open, null],
    ['open, key sent', open, `sl_${ID}_${SECRET}`],
    ['admin secret', closed, ADMIN_KEY],
    ['key', closed, `sl_${ID}_${SECRET}`],
    ['browser token', closed, ''],
  ]
  const made: Contender[] = []
  for (const [at, [name, spec, credentials]] of specs.entries()) {
    const workerd = await startWorkerd(join(folder, String(at)), spec)
    const sent = credentials === '' ? await issueToken(workerd.port) : credentials
    const requests = oneRow.requests.map((asked) => withKey(asked.bytes, sent))
    const { status, body } = await ask(workerd.port, requests[0] ?? Buffer.alloc(0))
    if (status !== 200) throw new Error(`${name}: ${status} ${body}`)
    made.push({ name, workerd, cycle: { requests, next: 0 }, rounds: new Map() })
  }
  return made
}

/** Without a ttl, because there is no CLOCK where authentication is on; all public, so that a token reads what a key does. */
function lasting(text: string): string {
  const plan = JSON.parse(text) as Plan
  const views = plan.views.map((view) => ({
    ...view,
    ttl: null,
    columns: view.columns.map((column) => ({ ...column, visibility: 'public' })),
  }))
  return JSON.stringify({ ...plan, views })
}

async function issueToken(port: number): Promise<string> {
  const body = { services: ['customer_profile'], entities: { customer: '*' }, ttl: '15m' }
  const response = await fetch(`http://127.0.0.1:${port}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    body: JSON.stringify(body),
  })
  const { token } = (await response.json()) as { readonly token?: string }
  if (token === undefined) throw new Error(`no token: ${response.status}`)
  return token
}

function withKey(request: Buffer, credentials: string | null): Buffer {
  if (credentials === null) return request
  return Buffer.from(request.toString().replace('\r\nhost:', `\r\nauthorization: Bearer ${credentials}\r\nhost:`))
}

async function measure(one: Contender, connections: number, ms: number): Promise<void> {
  const { latencies } = await withConnections(one.workerd.port, connections, async (opened) => {
    await runLoad(opened, one.cycle, 60)
    return runLoad(opened, one.cycle, ms)
  })
  one.rounds.set(connections, [...(one.rounds.get(connections) ?? []), median(latencies) * 1000])
}

function print(): void {
  console.log(
    `load average before ${load.toFixed(2)}; ${ROUNDS} rounds of ${CELL_MS} ms; p50 in us, share of "open" by round\n`,
  )
  console.log('| caller | 1 connection | of open | 16 connections | of open |\n|---|---:|---:|---:|---:|')
  const base = contenders.find(({ name }) => name === 'open')
  for (const { name, rounds } of contenders) {
    const cells = CONNECTIONS.flatMap((connections) => {
      const own = rounds.get(connections) ?? []
      const floor = base?.rounds.get(connections) ?? []
      const shares = own.map((value, at) => value / (floor[at] ?? Number.NaN))
      return [median(own).toFixed(1), median(shares).toFixed(3)]
    })
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}
