/** Whose files these are: of processes that share a cache, and may be killed at any instant. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** In a cache: downloads under way, and a mark for each sync that reads copies. No bucket's name begins with a dot. */
export const PARTIAL_FOLDER = '.partial'

/** A file of another machine on the same cache is taken for dead when it has not been written for this long. */
const STALE_MS = 3_600_000

/** A name that no other file has, and that says which process made it. */
export function ownName(): string {
  return `${hostname()}@${process.pid}@${randomUUID()}`
}

/**
 * Whether the process that made the file still runs.
 * @param name as `ownName` made it
 * @param writtenMs when it was written last, milliseconds since the epoch
 */
export function isAlive(name: string, writtenMs: number): boolean {
  const [host, pid] = name.split('@')
  if (host !== hostname()) return Date.now() - writtenMs <= STALE_MS
  // In a container that starts anew every process is number 1: ours is only what was written since we run.
  if (Number(pid) === process.pid) return writtenMs >= Date.now() - process.uptime() * 1000
  return isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // EPERM: it runs, as somebody else.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
