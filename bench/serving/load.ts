/** A closed loop over keep-alive connections: each sends its next request when the answer to the last one is whole. */
import { performance } from 'node:perf_hooks'
import { Connection } from './connection.ts'

/** Requests in a fixed order that goes on from cell to cell, so that a cycle through many blocks stays one. */
export interface RequestCycle {
  readonly requests: readonly Buffer[]
  next: number
}

export interface Sample {
  readonly seconds: number
  /** Of every request, milliseconds. */
  readonly latencies: readonly number[]
  /** KV keys that the answers say were read, by their `server-timing`. */
  readonly keysRead: number
  /** Share of the time in which the generator was not waiting. */
  readonly generatorBusy: number
}

/** `server-timing: kv;desc="3 keys"` */
const KEYS_READ = 'kv;desc="'

/** Opens them for this work only: workerd closes a connection that was idle for five seconds. */
export async function withConnections<T>(
  port: number,
  count: number,
  work: (connections: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)))
  try {
    return await work(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** How long after its time a run may wait for its last answers. */
const LATE_MS = 20_000

/** @throws when an answer is not 200, or does not come */
export async function runLoad(connections: readonly Connection[], cycle: RequestCycle, ms: number): Promise<Sample> {
  const latencies: number[] = []
  let keysRead = 0
  const utilization = performance.eventLoopUtilization()
  const started = performance.now()
  const until = started + ms
  const drive = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      let sent = 0
      const sendNext = (): void => {
        sent = performance.now()
        connection.send(takeNext(cycle), onAnswer, reject)
      }
      const onAnswer = (head: string): void => {
        const now = performance.now()
        latencies.push(now - sent)
        keysRead += keysReadOf(head)
        if (!head.startsWith('HTTP/1.1 200')) reject(new Error(head))
        else if (now < until) sendNext()
        else resolve()
      }
      sendNext()
    })
  await inTime(Promise.all(connections.map(drive)), ms + LATE_MS)
  const seconds = (performance.now() - started) / 1000
  return { seconds, latencies, keysRead, generatorBusy: performance.eventLoopUtilization(utilization).utilization }
}

async function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function takeNext(cycle: RequestCycle): Buffer {
  const request = cycle.requests[cycle.next]
  if (!request) throw new Error('a cycle without requests')
  cycle.next = (cycle.next + 1) % cycle.requests.length
  return request
}

function keysReadOf(head: string): number {
  const at = head.indexOf(KEYS_READ)
  return at < 0 ? 0 : Number.parseInt(head.slice(at + KEYS_READ.length), 10)
}
