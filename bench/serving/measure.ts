/** Rounds: in each, every cell measures its contender and its floor one after the other, in turned order every round. */
import type { Case } from './cases.ts'
import type { Contender } from './contenders.ts'
import { type RequestCycle, runLoad, type Sample } from './load.ts'

export interface Cell {
  readonly case: Case
  readonly connections: number
  readonly contender: Measured
  readonly floor: Measured
}

export interface Measured {
  readonly contender: Contender
  readonly cycle: RequestCycle
  readonly rounds: Round[]
}

export interface Round extends Sample {
  readonly perSecond: number
  /** CPU of the contender's process per request, microseconds; null where it cannot be known. */
  readonly cpuMicros: number | null
}

/** Cells of one case share their place in its requests: a circle through many blocks stays one. */
export function makeCells(
  one: Case,
  connections: readonly number[],
  contender: Contender,
  floor: Contender,
): readonly Cell[] {
  const requests = one.requests.map((asked) => asked.bytes)
  const cycles = { contender: { requests, next: 0 }, floor: { requests, next: 0 } }
  return connections.map((count) => ({
    case: one,
    connections: count,
    contender: { contender, cycle: cycles.contender, rounds: [] },
    floor: { contender: floor, cycle: cycles.floor, rounds: [] },
  }))
}

/** Not recorded: fills caches, lets V8 optimize. */
export async function warmUp(cells: readonly Cell[], ms: number): Promise<void> {
  for (const cell of cells)
    for (const { contender, cycle } of [cell.contender, cell.floor]) await runLoad(contender.connections, cycle, ms)
}

export async function measureRound(cells: readonly Cell[], round: number, ms: number): Promise<void> {
  for (const cell of cells) {
    const order = [cell.contender, cell.floor]
    for (const measured of round % 2 === 0 ? order : order.reverse())
      measured.rounds.push(await measure(measured, cell.connections, ms))
  }
}

/** How long a contender runs unrecorded before it is measured: its caches, and the processor's, hold another's work. */
const RAMP_MS = 60

async function measure({ contender, cycle }: Measured, connections: number, ms: number): Promise<Round> {
  const used = contender.connections.slice(0, connections)
  await runLoad(used, cycle, RAMP_MS)
  const before = contender.workerd.cpuSeconds()
  const sample = await runLoad(used, cycle, ms)
  const after = contender.workerd.cpuSeconds()
  const requests = sample.latencies.length
  return {
    ...sample,
    perSecond: requests / sample.seconds,
    cpuMicros: before === null || after === null ? null : ((after - before) * 1e6) / requests,
  }
}
