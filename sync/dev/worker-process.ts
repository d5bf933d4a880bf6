/** The Worker on this machine: wrangler with local KV, D1, R2 and Durable Objects. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ShorelineError } from '../../core/errors.ts'
import { findConfig } from '../deploy/build.ts'
import { writeDevEntry } from './code.ts'
import { checkPortFree } from './port.ts'
import { awaitNoneRunning, forgetRunning, noteRunning } from './running.ts'
import { collectOutput, lastWords, runWrangler, signalGroup } from './wrangler.ts'

export interface WorkerOptions {
  /** The folder of wrangler.toml. */
  readonly root: string
  /** State, logs and the note about what runs, `.shoreline`. */
  readonly folder: string
  readonly port: number
  /** An RFC 3339 instant that stands for now. */
  readonly clock?: string | undefined
  /** The Worker's source, where it is not the one that wrangler.toml names. */
  readonly main?: string
  /** A folder of files that are served beside the Worker's routes, and before them. */
  readonly assets?: string
  /** Further variables of the Worker. */
  readonly vars?: Readonly<Record<string, string>>
}

export interface WorkerProcess {
  readonly url: string
  /** Resolves when the process has ended, whoever ended it. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const READY_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 5000

/**
 * Whether one may start, to be asked before anything is done to the folder: nobody waits to hear that the port is taken.
 * @throws ShorelineError CONFLICT when the port is taken or another start runs here
 */
export async function checkMayStart({ folder, port }: Pick<WorkerOptions, 'folder' | 'port'>): Promise<void> {
  await mkdir(folder, { recursive: true })
  await awaitNoneRunning(folder)
  await checkPortFree(HOST, port)
}

/** @throws ShorelineError CONFLICT when the port is taken or another start runs here, UNAVAILABLE when the Worker does not come up */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const { root, folder, port, clock, assets } = options
  await checkMayStart(options)
  const vars = Object.entries({ ...options.vars, AUTH: 'off', ...(clock !== undefined && { CLOCK: clock }) })
  const child = runWrangler(root, [
    'dev',
    await writeDevEntry(options),
    // Else wrangler looks for one beside the entry.
    '--config',
    findConfig(root),
    '--ip',
    HOST,
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--persist-to',
    join(folder, 'state'),
    '--show-interactive-dev-session=false',
    ...(assets === undefined ? [] : ['--assets', assets]),
    ...vars.flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ])
  const output = collectOutput(child, join(folder, 'worker.log'))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    signalGroup(child.pid, 'SIGTERM')
    if (!(await endsWithin(ended, STOP_WITHIN_MS))) signalGroup(child.pid, 'SIGKILL')
    await ended
    await forgetRunning(folder)
  }
  const url = `http://${HOST}:${port}`
  await noteRunning(folder, { pid: process.pid, worker: child.pid ?? 0, url })
  try {
    await ready(url, ended, output)
  } catch (thrown) {
    await stop()
    throw thrown
  }
  return { url, ended, stop }
}

async function endsWithin(ended: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController()
  const timeout = sleep(ms, false, { signal: late.signal }).catch(() => false)
  const result = await Promise.race([ended.then(() => true), timeout])
  late.abort()
  return result
}

async function ready(url: string, ended: Promise<void>, output: () => string): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (const started = Date.now(); Date.now() - started < READY_WITHIN_MS && !over; await sleep(50)) {
    const answered = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    )
    if (answered) return
  }
  throw new ShorelineError(
    'UNAVAILABLE',
    `The Worker ${over ? 'stopped while it started' : 'did not answer within a minute'}: ${lastWords(output())}`,
  )
}
