/** Rounds: in each, everything is measured once, what is compared one after the other and in turned order every round. */
import { isDeepStrictEqual } from 'node:util'
import { median } from '../serving/statistics.ts'
import type { Workerd } from '../serving/workerd.ts'

/** What the handler is asked for: all answer as the first does. */
export type Compared = readonly string[]

/** Nanoseconds of one, round by round. */
export type Measurements = ReadonlyMap<string, readonly number[]>

export interface Pace {
  readonly rounds: number
  /** How long one measurement takes, about. */
  readonly ms: number
}

/** The handler evaluates so many rows at once. */
const STEP = 1024

/** @param between called once a round, and first after an uncounted one, with -1 */
export async function measureRounds(
  worker: Workerd,
  groups: readonly Compared[],
  { rounds, ms }: Pace,
  between: (round: number) => void,
): Promise<Measurements> {
  const found = new Map(groups.flat().map((what) => [what, [] as number[]]))
  const times = new Map<string, number>()
  for (const what of groups.flat()) times.set(what, await timesWithin(worker, what, ms))
  // The first round lets V8 optimize, and what is called from one place be called with all that is measured there.
  for (let round = -1; round < rounds; round++) {
    for (const group of groups)
      for (const what of round % 2 === 0 ? group : group.toReversed()) {
        const nanoseconds = await perTime(worker, what, times.get(what) ?? STEP)
        if (round >= 0) found.get(what)?.push(nanoseconds)
        else times.set(what, stepsOf((ms * 1e6) / Math.max(nanoseconds, 1)))
      }
    between(round)
  }
  return found
}

/** @throws when two that are compared answer differently for some row */
export async function checkAnswers(worker: Workerd, groups: readonly Compared[]): Promise<void> {
  for (const [first = '', ...others] of groups) {
    const expected = await answers(worker, first)
    for (const other of others) {
      const given = await answers(worker, other)
      const at = expected.findIndex((value, row) => !agrees(value, given[row]))
      if (at >= 0 || given.length !== expected.length)
        throw new Error(`row ${at}: ${first} is ${expected[at]}, ${other} is ${given[at]}: they do not mean the same`)
    }
  }
}

/** The engine's own `Math.exp` and `Math.log` are not ours to the last bit. */
const CLOSE = 1e-12

function agrees(value: unknown, other: unknown): boolean {
  if (typeof value !== 'number' || typeof other !== 'number') return isDeepStrictEqual(value, other)
  return value === other || Math.abs(value - other) <= CLOSE * Math.abs(value)
}

export function medianOf(found: Measurements, what: string): number {
  return median(found.get(what) ?? [])
}

/** Round by round, then the median: what else the machine does moves both. */
export function ratioOf(found: Measurements, what: string, other: string): number {
  const others = found.get(other) ?? []
  return median((found.get(what) ?? []).map((value, round) => value / (others[round] ?? Number.NaN)))
}

async function answers(worker: Workerd, what: string): Promise<readonly unknown[]> {
  return JSON.parse(await ask(worker, { what })) as readonly unknown[]
}

/** How many take so long. */
async function timesWithin(worker: Workerd, what: string, ms: number): Promise<number> {
  for (let times = STEP; ; times *= 4) {
    const nanoseconds = await perTime(worker, what, times)
    if (nanoseconds * times >= (ms * 1e6) / 4) return stepsOf((ms * 1e6) / nanoseconds)
  }
}

function stepsOf(times: number): number {
  return Math.max(1, Math.round(times / STEP)) * STEP
}

/** A request that evaluates so many less one that evaluates none: a Worker has no clock of its own while it computes. */
async function perTime(worker: Workerd, what: string, times: number): Promise<number> {
  const timed = async (count: number): Promise<number> => {
    const started = performance.now()
    await ask(worker, { what, times: String(count) })
    return performance.now() - started
  }
  const none = await timed(0)
  return (((await timed(times)) - none) / times) * 1e6
}

async function ask({ port }: Workerd, asked: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/?${new URLSearchParams(asked)}`)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${asked['what']}: ${response.status} ${text}`)
  return text
}
