/** Who holds a view's lease while this process materializes it, and whether a holder of this machine still runs. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** One a process: its runs renew and resume what it holds itself. */
export const HOLDER = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`

/** Whether the holder is a process of this machine that is gone: its lease need not be waited for. */
export function isDead(holder: string): boolean {
  const [host, pid, id] = holder.split('/')
  if (host !== hostname() || id === undefined || !/^[1-9][0-9]*$/.test(pid ?? '')) return false
  // In a container that starts anew every process has the same number, and the one of that number is this one.
  if (Number(pid) === process.pid) return holder !== HOLDER
  return !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // EPERM: it runs, as somebody else.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
