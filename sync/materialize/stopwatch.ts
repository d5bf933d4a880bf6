/** Seconds per phase, for reports. */
export interface Stopwatch {
  /** The time since the last lap belongs to this phase. */
  lap(phase: string): void
  /** Seconds per phase, to the millisecond. */
  laps(): Readonly<Record<string, number>>
}

export function stopwatch(): Stopwatch {
  const laps = new Map<string, number>()
  let last = performance.now()
  return {
    lap(phase) {
      const now = performance.now()
      laps.set(phase, (laps.get(phase) ?? 0) + now - last)
      last = now
    },
    laps: () => Object.fromEntries([...laps].map(([phase, ms]) => [phase, Math.round(ms) / 1000])),
  }
}
