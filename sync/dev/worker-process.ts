/** The Worker on this machine: wrangler with local KV, D1, R2 and Durable Objects, in a process group that dies with us. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { ShorelineError } from '../../core/errors.ts'
import { checkPortFree } from './port.ts'

export interface WorkerOptions {
  /** The folder of wrangler.toml. */
  readonly root: string
  /** State, logs and the note about what runs, `.shoreline`. */
  readonly folder: string
  readonly port: number
  /** An RFC 3339 instant that stands for now. */
  readonly clock?: string | undefined
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

/** No look-ups, no metrics, and none of the local observability that halves the speed. */
const WRANGLER_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
}

/** Brings the local D1 to the newest migration; does nothing when it is there. @returns whether something was applied */
export async function migrate({ root, folder }: Pick<WorkerOptions, 'root' | 'folder'>): Promise<boolean> {
  const done = join(folder, 'migrated')
  const wanted = await migrationsHash(join(root, 'registry', 'migrations'))
  if (existsSync(join(folder, 'state')) && existsSync(done) && readFileSync(done, 'utf8') === wanted) return false
  const child = wrangler(root, ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', join(folder, 'state')])
  const output = collectOutput(child)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0)
    throw new ShorelineError('UNAVAILABLE', `The local database could not be migrated: ${lastWords(output())}`)
  await writeFile(done, wanted)
  return true
}

async function migrationsHash(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort())
    hash.update(file).update(await readFile(join(folder, file)))
  return hash.digest('hex')
}

/** @throws ShorelineError CONFLICT when the port is taken or another start runs here, UNAVAILABLE when the Worker does not come up */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const { root, folder, port, clock } = options
  await mkdir(folder, { recursive: true })
  await endLeftover(folder)
  await checkPortFree(HOST, port)
  const vars = ['--var', 'AUTH:off', ...(clock === undefined ? [] : ['--var', `CLOCK:${clock}`])]
  const child = wrangler(root, [
    'dev',
    '--ip',
    HOST,
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--persist-to',
    join(folder, 'state'),
    '--show-interactive-dev-session=false',
    ...vars,
  ])
  const output = collectOutput(child, join(folder, 'worker.log'))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    signal(child.pid, 'SIGTERM')
    if (!(await endsWithin(ended, STOP_WITHIN_MS))) signal(child.pid, 'SIGKILL')
    await ended
    await rm(join(folder, 'running.json'), { force: true })
  }
  // Whatever ends us, the group must not stay behind.
  process.once('exit', () => signal(child.pid, 'SIGKILL'))
  await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: process.pid, worker: child.pid, port }))
  const url = `http://${HOST}:${port}`
  try {
    await ready(url, ended, output)
  } catch (thrown) {
    await stop()
    throw thrown
  }
  return { url, ended, stop }
}

function wrangler(root: string, args: readonly string[]): ChildProcess {
  const require = createRequire(import.meta.url)
  const bin = join(dirname(require.resolve('wrangler/package.json')), 'bin', 'wrangler.js')
  // A group of its own: one signal reaches wrangler and the workerd that it starts, and a Ctrl-C is ours to handle.
  return spawn(process.execPath, ['--no-warnings', bin, ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...WRANGLER_ENV, CI: 'true' },
  })
}

/** A start that was killed may have left its Worker behind, holding the port and the state. */
async function endLeftover(folder: string): Promise<void> {
  const file = join(folder, 'running.json')
  if (!existsSync(file)) return
  const { pid, worker, port } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly pid: number
    readonly worker: number
    readonly port: number
  }
  if (pid !== process.pid && isAlive(pid))
    throw new ShorelineError(
      'CONFLICT',
      `Shoreline runs here already, at http://${HOST}:${port} (process ${pid}). Stop it first, or use that one.`,
    )
  if (isAlive(worker) && isOurs(worker)) {
    signal(worker, 'SIGTERM')
    for (let waited = 0; isAlive(worker) && waited < STOP_WITHIN_MS; waited += 50) await sleep(50)
    if (isAlive(worker)) signal(worker, 'SIGKILL')
  }
  await rm(file, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Process numbers are used again: end only what is still wrangler. Where /proc is not there, nothing is ended. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('wrangler')
  } catch {
    return false
  }
}

function signal(group: number | undefined, name: NodeJS.Signals): void {
  if (group === undefined) return
  try {
    process.kill(-group, name)
  } catch {
    // it has ended already
  }
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

/** Keeps the end of what the process says, and writes all of it to the log. */
function collectOutput(child: ChildProcess, log?: string): () => string {
  const file = log === undefined ? undefined : createWriteStream(log)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000)
      file?.write(chunk)
    })
  return () => text
}

/** The lines that say what went wrong, without wrangler's decoration. */
function lastWords(output: string): string {
  if (/ENOSPC|no space left|database or disk is full/i.test(output))
    return 'the disk is full. Free some space and start again.'
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('⎔') && !line.startsWith('🪵'))
  return lines.filter((line) => /error|✘|cannot|failed/i.test(line)).at(-1) ?? lines.at(-1) ?? 'it said nothing.'
}
