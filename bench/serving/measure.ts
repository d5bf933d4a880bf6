/** Rounds: in each, every cell measures its contender and its floor one after the other, in turned order every round. */
import type { Case } from './cases.ts'
import type { Contender } from './contenders.ts'
import { type RequestCycle, runLoad, type Sample, withConnections } from './load.ts'

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
  /** CPU that the contender's process used; null where it cannot be known. */
  readonly cpuSeconds: number | null
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
    for (const { contender, cycle } of [cell.contender, cell.floor])
      await withConnections(contender.workerd.port, cell.connections, (open) => runLoad(open, cycle, ms))
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
  const { workerd } = contender
  return withConnections(workerd.port, connections, async (open) => {
    await runLoad(open, cycle, RAMP_MS)
    const before = workerd.cpuSeconds()
    const sample = await runLoad(open, cycle, ms)
    const after = workerd.cpuSeconds()
    return {
      ...sample,
      perSecond: sample.latencies.length / sample.seconds,
      cpuSeconds: before === null || after === null ? null : after - before,
    }
  })
}
