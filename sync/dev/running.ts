/** The note of what runs in a folder: one Worker per state folder, because two would corrupt its stores. */
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ShorelineError } from '../../core/errors.ts'
import { signalGroup } from './wrangler.ts'

export interface RunningNote {
  /** Who started it. */
  readonly pid: number
  /** The leader of the Worker's process group. */
  readonly worker: number
  readonly url: string
}

/** How long the Worker of a start that was killed may take to notice. */
const END_WITHIN_MS = 5000

export async function noteRunning(folder: string, note: RunningNote): Promise<void> {
  await writeFile(noteFile(folder), JSON.stringify(note))
}

export async function forgetRunning(folder: string): Promise<void> {
  await rm(noteFile(folder), { force: true })
}

/** Waits for the Worker of a start that was killed. @throws ShorelineError CONFLICT when another start runs in the folder */
export async function awaitNoneRunning(folder: string): Promise<void> {
  const note = readNote(folder)
  if (!note || !isWorker(note.worker)) return
  if (note.pid !== process.pid && isAlive(note.pid))
    throw new ShorelineError(
      'CONFLICT',
      `Shoreline runs here already, at ${note.url} (process ${note.pid}). Stop it first, or use that one.`,
    )
  for (let waited = 0; isWorker(note.worker) && waited < END_WITHIN_MS; waited += 50) await sleep(50)
  if (isWorker(note.worker)) signalGroup(note.worker, 'SIGKILL')
}

function noteFile(folder: string): string {
  return join(folder, 'running.json')
}

/** A note that was half written says nothing. */
function readNote(folder: string): RunningNote | null {
  try {
    return existsSync(noteFile(folder)) ? (JSON.parse(readFileSync(noteFile(folder), 'utf8')) as RunningNote) : null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Process numbers are used again: only what is still ours counts, as far as the system tells. */
function isWorker(pid: number): boolean {
  if (!isAlive(pid)) return false
  return !existsSync('/proc/self/cmdline') || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('wrangler')
}
