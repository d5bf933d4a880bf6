/**
 * A feature repository on this machine with views of every kind, whose clock is set from instant to instant: what is served then
 * is kept, beside what training says of the same instants later.
 */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Parsed, parseExact } from '../../core/json.ts'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { writeParquet } from './deployment.fixture.ts'
import { type Ended, freePort, ROOT, type Running, run, shoreline } from './process.fixture.ts'

export const USERS = 500

/** `(module (func (export "times") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul))` */
const TIMES = Buffer.from(
  '0061736d0100000001070160027c7c017c030201000709010574696d657300000a0901070020002001a20b',
  'hex',
)

/** The views that join, and those that compute in SQL, TypeScript and WebAssembly. */
const DEFINITIONS = `import { entity, featureService, featureView, onDemandView, parquetSource, pushSource, request, t } from 'shoreline'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const everyone = entity('everyone', { joinKeys: {} })
const events = parquetSource('events', { path: 'file://data/events/*.parquet', timestamp: 'happened', created: 'made' })
const scores = parquetSource('scores', { path: 'file://data/scores/*.parquet', timestamp: 'happened' })
const pushes = pushSource('pushes', { kind: 'features', schema: { user_id: t.string(), level: t.int64(), mood: t.string() } })

const plain = featureView('plain', { entity: user, source: events, ttl: '5h', features: {
  x: t.float64(), n: t.int64(), s: t.string(), seen: t.timestamp(), flag: t.bool(), pair: t.vector(2), list: t.list(t.int64()) } })
const rolling = featureView('rolling', { entity: user, source: events, online: 'd1', ttl: '3h', timestamp: 'happened', created: 'made',
  sql: 'select user_id, happened, made, count(*) over (partition by user_id order by happened range between interval 2 hour preceding and current row) as recent, avg(x) over (partition by user_id order by happened rows 2 preceding) as mean from events where isfinite(x)',
  features: { recent: t.int64(), mean: t.float64() } })
const moving = featureView('moving', { entity: user, source: events, timestamp: 'as_of',
  sql: 'select user_id, $as_of as as_of, count(*) as last_hours from events where happened <= $as_of and happened > $as_of - interval 4 hour group by user_id',
  features: { last_hours: t.int64() } })
const world = featureView('world', { entity: everyone, source: events, ttl: '90m', timestamp: 'hour_end',
  sql: "select date_trunc('hour', happened) + interval 1 hour as hour_end, count(*) as busy from events group by 1",
  features: { busy: t.int64() } })
const live = featureView('live', { entity: user, source: events, push: pushes, ttl: '6h', features: { level: t.int64(), mood: t.string(), x: t.float64() } })
const sum = onDemandView('sum', { inputs: [plain, live.pick('level'), request({ amount: t.float64() })],
  features: { total: t.float64(), exact: t.int64() }, sql: { total: 'plain.x * amount + level', exact: 'n + level' } })
const text = onDemandView('text', { inputs: [plain.pick('s', 'n', 'x'), rolling.pick('recent')],
  features: { told: t.string() }, compute: (row) => {
    if (row.recent === 2n) throw new Error('two')
    return { told: row.s === null ? null : \`\${row.s} \${row.n} \${row.x} \${row.recent}\` }
  } })
const times = onDemandView('times', { inputs: [sum.pick('total'), rolling.pick('mean')],
  features: { product: t.float64() }, wasm: { module: 'times.wasm', export: 'times', args: ['total', 'mean'], returns: ['product'] } })
const score = featureView('score', { entity: user, source: scores, features: { score: t.float64() } })
export const everything = featureService('everything', { features: [
  plain, rolling, moving, world, live.pick('level', 'mood'),
  plain.pick('x', 'n').rename({ x: 'friend_x', n: 'friend_n' }).as('friend', { user_id: 'friend_id' }),
  sum, text, times] })
export const scored = featureService('scored', { features: [score] })
`

export interface Place {
  readonly folder: string
  readonly url: string
  cli(...args: readonly string[]): Promise<Ended>
  /** With `--json`: what standard output holds. @throws when the command says that something is wrong */
  json<T>(...args: readonly string[]): Promise<T>
  /** The Worker anew, with this instant for now. */
  at(clock: string): Promise<void>
  ask(body: Readonly<Record<string, unknown>>): Promise<Answer>
  post(path: string, body: unknown): Promise<Response>
  /** How many files of pushed rows are in the lake, and are fetched to here. */
  pushedFiles(): Promise<number>
  stop(): Promise<void>
}

export interface Answer {
  readonly rows: readonly Readonly<Record<string, Parsed>>[]
  readonly statuses: readonly Readonly<Record<string, string>>[]
  readonly views: readonly { readonly as: string; readonly event_timestamps: readonly (string | null)[] }[]
}

/** @param events @param scores SQL of the rows of the sources */
export async function settle(events: string, scores: string): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-train-'))
  await mkdir(join(folder, 'node_modules'))
  await mkdir(join(folder, 'features'))
  await symlink(ROOT, join(folder, 'node_modules/shoreline'))
  await symlink(join(ROOT, 'node_modules/wrangler'), join(folder, 'node_modules/wrangler'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', shoreline: {} }))
  const worker = "import worker, { HeadWriter, Metrics } from 'shoreline/worker'\nexport { HeadWriter, Metrics }\n"
  await writeFile(join(folder, 'worker.ts'), `${worker}export default worker\n`)
  const config = await readFile(join(ROOT, 'wrangler.toml'), 'utf8')
  const migrations = config.replace('"registry/migrations"', JSON.stringify(join(ROOT, 'registry/migrations')))
  // What is pushed is in the lake as soon as it can be.
  await writeFile(
    join(folder, 'wrangler.toml'),
    migrations.replace('worker/index.ts', 'worker.ts').replace('max_batch_timeout = 5', 'max_batch_timeout = 1'),
  )
  await writeFile(join(folder, 'times.wasm'), TIMES)
  await writeFile(join(folder, 'features/index.ts'), DEFINITIONS)
  await writeParquet(join(folder, 'data/events/a.parquet'), events)
  await writeParquet(join(folder, 'data/scores/a.parquet'), scores)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const cli = (...args: readonly string[]): Promise<Ended> => shoreline(['--url', url, ...args], {}, folder)
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  let dev: Running | null = null
  const end = async (): Promise<void> => {
    dev?.child.kill('SIGINT')
    await dev?.ended
  }
  return {
    folder,
    url,
    cli,
    post,
    async json<T>(...args: readonly string[]) {
      const { code, stdout, stderr } = await cli('--quiet', ...args, '--json')
      if (stdout === '') throw new Error(`shoreline ${args.join(' ')} ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    async at(clock) {
      await end()
      dev = run(`${ROOT}sync/cli/shoreline.mjs`, ['dev', '--port', String(port), '--clock', clock], {}, folder)
      await dev.line(/^Ready on/)
    },
    async ask(body) {
      const response = await post('/v1/features', body)
      const text = await response.text()
      if (!response.ok) throw new Error(text)
      return parseExact(text) as unknown as Answer
    },
    async pushedFiles() {
      const lake = openLake('r2://offline', { r2: r2Access(url, {}) })
      const objects = await lake.list('_shoreline/pushed/pushes/')
      await mkdir(join(folder, 'pushed'), { recursive: true })
      for (const [at, object] of objects.entries()) await lake.fetch(object, join(folder, `pushed/${at}.parquet`))
      return objects.length
    },
    async stop() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
