/**
 * The command `shoreline` in a process of its own that has started and waits: a test that kills a hundred of them need not wait
 * for each to load, and its instants are those of the work.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Ended } from './process.fixture.ts'

export interface WarmCommand {
  readonly child: ChildProcess
  /** Resolves when the command could begin at once. */
  readonly ready: Promise<void>
  /** Begins it; the process ends with it, or is killed. */
  run(...args: readonly string[]): Promise<Ended>
}

/** @param cwd the folder of the deployment's package.json */
export function warmCommand(cwd: string): WarmCommand {
  const child = fork(new URL(import.meta.url), [CHILD], { cwd, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const out = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk: Buffer) => {
    out.stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    out.stderr += chunk.toString()
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...out })))
  const ready = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    void ended.then(({ stderr }) => reject(new Error(`it ended before it was ready: ${stderr}`)))
  })
  // Whoever waits for it is told; nobody has to.
  ready.catch(() => {})
  return {
    child,
    ready,
    async run(...args) {
      await ready
      child.send(args, () => {})
      return ended
    },
  }
}

const CHILD = '--warm-command'

if (process.argv[2] === CHILD) {
  await Promise.all([import('../../sync/cli/sync.ts'), import('@duckdb/node-api')])
  process.once('message', (args: readonly string[]) => {
    process.disconnect()
    process.argv = [...process.argv.slice(0, 2), ...args]
    void import('../../sync/cli/main.ts')
  })
  process.send?.('ready')
}
