/**
 * `npm start`: the whole of Shoreline on this machine with three million real flights. A second start finds everything
 * done and only serves.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { changesText } from '../../sync/cli/apply.ts'
import { untilStopped } from '../../sync/cli/dev.ts'
import { pickViews } from '../../sync/cli/sync.ts'
import { r2Access, readConfig } from '../../sync/config.ts'
import { controlOf } from '../../sync/control.ts'
import { checkDiskFree } from '../../sync/dev/disk.ts'
import { migrate } from '../../sync/dev/migrate.ts'
import { checkMayStart, startWorker, type WorkerProcess } from '../../sync/dev/worker-process.ts'
import { explainDisk } from '../../sync/lake/disk.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { materialize } from '../../sync/materialize/materialize.ts'
import { progressOn } from '../../sync/progress.ts'
import { buildPage } from '../browser/build.ts'
import { applyExample, featuresOf } from './apply.ts'
import { seedFlights } from './seed.ts'

/** The data ends on 2001-07-01: the morning after its last whole day stands for now. */
export const CLOCK = '2001-07-01T06:00:00Z'
const ASKED = { origin: 'SFO', destination: 'JFK' }
const MEMORY = '2GB'

/** The Worker with the page of `examples/browser`. */
const SITE = join(import.meta.dirname, '../browser/worker.ts')
/** What signs browser tokens while it runs. */
const tokenKey = (): string => randomBytes(32).toString('base64')

const config = readConfig(import.meta.dirname)
const progress = progressOn(process.stderr)

async function start(port: number): Promise<WorkerProcess> {
  await checkDiskFree(config.folder)
  await checkMayStart({ ...config, port })
  const assets = join(config.folder, 'site')
  const page = buildPage({ out: assets, day: CLOCK.slice(0, 10) })
  page.catch(() => {}) // which is told below
  await progress.phase(
    'migrate the local database',
    () => migrate(config),
    (applied) => (applied ? 'done' : 'nothing to do'),
  )
  await progress.phase(
    'build the page',
    () => page,
    () => 'done',
  )
  return progress.phase(
    'start the Worker',
    () => startWorker({ ...config, port, clock: CLOCK, main: SITE, assets, vars: { TOKEN_KEY: tokenKey() } }),
    ({ url }) => url,
  )
}

async function fill(url: string): Promise<void> {
  const control = controlOf({ url })
  const lake = { r2: r2Access(url, {}), folder: config.root }
  const work = { control, lake, bucket: config.lake, folder: config.folder, memory: MEMORY, progress }
  await progress.phase(
    'put the flights into R2',
    (update) => seedFlights(openLake(config.lake, lake), (done) => update(done.bytes, done.ofBytes, 'bytes')),
    ({ rows, written }) => (written ? `${rows} flights` : 'nothing to do'),
  )
  const applied = await progress.phase(
    'apply the definitions',
    async () =>
      applyExample(work, { features: await featuresOf(control, config.features), root: config.root, yes: true }),
    ({ changes, registry }) => (changes.length === 0 ? 'nothing to do' : `registry ${registry}`),
  )
  if (applied.changes.length > 0) process.stderr.write(`${changesText(applied.changes).replaceAll(/^/gm, '  ')}\n`)
  for (const view of pickViews(await control.registry(), [])) {
    const { mode, dollars } = await materialize(work, view)
    process.stderr.write(
      mode === 'unchanged'
        ? `  ${view.name}: nothing to do\n`
        : `  ${view.name}: would cost $${dollars.toFixed(4)} in production, a month of storage included\n`,
    )
  }
}

async function show(url: string): Promise<void> {
  const body = JSON.stringify({ service: 'flight_delay', rows: [ASKED] })
  const answer = await fetch(`${url}/v1/features`, { method: 'POST', body })
  process.stdout.write(`\ncurl -s ${url}/v1/features -d '${body}'\n${await answer.text()}\n\n`)
  process.stdout.write(`A page that computes by itself: ${url}/example/\n`)
  process.stdout.write(`Ready on ${url}\n`)
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? 8787)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new ShorelineError('INVALID', `PORT is ${JSON.stringify(text)}; write a number from 1 to 65535.`)
}

let worker: WorkerProcess | undefined
try {
  worker = await start(readPort(process.env['PORT']))
  const stopped = untilStopped(worker)
  await fill(worker.url)
  await show(worker.url)
  await stopped
} catch (thrown) {
  process.stderr.write(`${messageOf(explainDisk(thrown, join(config.folder)))}\n`)
  await worker?.stop()
  process.exit(1)
}
