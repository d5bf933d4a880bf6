/** Numbers that are the same in every run: mulberry32. */
export type Random = () => number

/** @returns numbers from 0 to 1, as `Math.random` does */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function randomInteger(random: Random, below: number): number {
  return Math.floor(random() * below)
}
