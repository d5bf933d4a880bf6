/** What a request allocates on V8's heap, and what its collection takes: from workerd's own `--trace-gc`. */
import { type RequestCycle, runLoad, withConnections } from './load.ts'
import type { Workerd } from './workerd.ts'

/** V8 prints a line per collection. */
export const TRACE_GC = ['--trace-gc']

export interface Allocation {
  /** Bytes. */
  readonly perRequest: number
  /** Share of the time in which collections held the isolate up. */
  readonly paused: number
}

interface Collection {
  /** Milliseconds since the isolate began. */
  readonly at: number
  readonly beforeMb: number
  readonly afterMb: number
  readonly pauseMs: number
}

const WARM_UP_MS = 300

/** Null when too little was collected to tell. @param workerd started with `TRACE_GC` */
export async function measureAllocation(workerd: Workerd, cycle: RequestCycle, ms: number): Promise<Allocation | null> {
  return withConnections(workerd.port, 4, async (open) => {
    await runLoad(open, cycle, WARM_UP_MS)
    const from = workerd.printed().length
    const { latencies, seconds } = await runLoad(open, cycle, ms)
    return allocated(readCollections(workerd.printed().slice(from)), latencies.length / seconds)
  })
}

/** From the first collection to the last one: what was there before each that was not there after the one before it. */
function allocated(collections: readonly Collection[], perSecond: number): Allocation | null {
  const [first] = collections
  const last = collections.at(-1)
  if (!first || !last || first === last) return null
  const later = collections.slice(1)
  const megabytes = later.reduce((sum, { beforeMb }, at) => sum + beforeMb - (collections[at]?.afterMb ?? 0), 0)
  const ms = last.at - first.at
  return {
    perRequest: (megabytes * 1024 * 1024) / ((perSecond * ms) / 1000),
    paused: later.reduce((sum, { pauseMs }) => sum + pauseMs, 0) / ms,
  }
}

/** `[11060:0x135cffd20000]     1998 ms: Scavenge 15.7 (20.0) -> 15.0 (21.8) MB, pooled: 0.0 MB, 6.15 / 0.00 ms (…` */
const LINE =
  /^\[\d+:(0x[0-9a-f]+)\] +(\d+) ms: [^>]*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB,[^/]*? ([\d.]+) \/ /gm

/** Those of the busiest isolate: a process may have another that keeps the blocks. */
function readCollections(text: string): readonly Collection[] {
  const byIsolate = Map.groupBy(text.matchAll(LINE), (match) => match[1])
  const [busiest = []] = [...byIsolate.values()].sort((a, b) => b.length - a.length)
  return busiest.map(([, , at, before, after, pause]) => ({
    at: Number(at),
    beforeMb: Number(before),
    afterMb: Number(after),
    pauseMs: Number(pause),
  }))
}
