/** Runs the product's commands as a person does: real processes, their output and exit codes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'

export const ROOT = new URL('../../', import.meta.url).pathname

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  /** Everything printed on standard output so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ended>
  /** Resolves with the first line of either output that matches; rejects when the process ends before. */
  line(pattern: RegExp): Promise<string>
}

export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = ROOT): Running {
  const child = spawn(process.execPath, [file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk: Buffer) => {
      out[name] += chunk.toString()
      for (const listener of listeners) listener()
    })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...out })))
  return {
    child,
    stdout: () => out.stdout,
    stderr: () => out.stderr,
    ended,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = `${out.stdout}\n${out.stderr}`.split('\n').find((line) => pattern.test(line))
          if (found !== undefined) resolve(found)
        }
        listeners.add(look)
        void ended.then(({ code, stdout, stderr }) =>
          reject(new Error(`ended with ${code} before ${pattern}\n${stdout}\n${stderr}`)),
        )
        look()
      }),
  }
}

/** `shoreline …` in a folder. */
export function shoreline(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = ROOT): Promise<Ended> {
  return run(`${ROOT}sync/cli/shoreline.mjs`, args, env, cwd).ended
}

/** None that the system gives to a connection, or to who asks for any, before the one it is for listens: suites run side by side. */
export function freePort(): Promise<number> {
  const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(freePort()))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
  })
}

/** Linux gives ports from 32768 on, macOS and Windows from 49152 on. */
const FIRST_PORT = 20_000
const PORTS = 12_000
