import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filterBlocks } from './filter.ts'
import { blocksFor, chooseRun, chooseSizes, monthWrites, type RunCounts } from './run-choice.ts'

const HOUR = 3_600_000
/** Runs of the last hours that each changed a share of a million rows; the first one was the whole. */
function history(share: number, rows = 1_000_000): RunCounts['history'] {
  return Array.from({ length: 12 }, (_, run) => ({ at: -run * HOUR, rows, changed: run === 11 ? rows : share * rows }))
}

const COUNTS: RunCounts = {
  store: 'kv',
  rows: 1_000_000,
  rowBytes: 100,
  online: { changed: 1000, differing: 1000, overlayBlocks: 0 },
  history: [],
  runsPerMonth: null,
}

describe('a run', () => {
  it('is an overlay of what differs, while that is cheaper than a base', () => {
    expect(chooseRun(COUNTS)).toMatchObject({ kind: 'overlay', blocks: 2, filters: 1, blockBytes: 65_536 })
    expect(chooseRun(COUNTS).reason).toBe(
      'an overlay of 1000 rows takes 3 blocks, 0 were written on this base before, and a base takes 24415',
    )
  })

  it('is a base once the overlays of the last one have cost as much', () => {
    const online = { changed: 1000, differing: 90_000, overlayBlocks: 24_415 - 141 }
    expect(chooseRun({ ...COUNTS, online }).kind).toBe('base')
    expect(chooseRun({ ...COUNTS, online: { ...online, overlayBlocks: 24_415 - 142 } }).kind).toBe('overlay')
  })

  it('is a base where nothing is online, and when it is asked for', () => {
    expect(chooseRun({ ...COUNTS, online: null })).toMatchObject({ kind: 'base', blocks: 24_415, filters: 0 })
    expect(chooseRun({ ...COUNTS, full: true })).toMatchObject({ kind: 'base', reason: '--full was given' })
  })

  it('writes no block when no row changed', () => {
    const online = { changed: 0, differing: 5000, overlayBlocks: 99_999 }
    expect(chooseRun({ ...COUNTS, online })).toMatchObject({ kind: 'overlay', blocks: 0, filters: 0 })
  })

  it('of no rows is one empty block', () => {
    expect(chooseRun({ ...COUNTS, rows: 0, online: null })).toMatchObject({ kind: 'base', blocks: 1 })
  })
})

describe('the sizes of blocks', () => {
  it('are the default until it is known how often the view is materialized', () => {
    expect(chooseSizes(COUNTS).base).toBe(4096)
  })

  it('are larger for what is written often, as the schedule or the last runs say', () => {
    expect(chooseSizes({ ...COUNTS, runsPerMonth: 720 })).toEqual({ base: 16_384, overlay: 65_536 })
    expect(chooseSizes({ ...COUNTS, history: history(0.01) })).toEqual({ base: 16_384, overlay: 65_536 })
  })
})

describe('a month of hourly runs', () => {
  it.each([
    [0.001, 0.15],
    [0.01, 0.05],
    [0.2, 0.01],
  ])(
    'that each change a share of %d of the rows writes at most %d keys per changed row of 100 bytes',
    (share, most) => {
      for (const rows of [1_000_000, 10_000_000]) {
        const sizes = chooseSizes({ ...COUNTS, rows, runsPerMonth: 720, history: history(share, rows) })
        const writes = monthWrites({ rows, rowBytes: 100, sizes, runs: 720, share })
        expect(writes / (720 * share * rows)).toBeLessThanOrEqual(most)
      }
    },
  )

  it('never costs more than twice the best fixed rhythm of bases', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 3_000_000 }),
        fc.integer({ min: 20, max: 400 }),
        fc.double({ min: 0.0005, max: 0.5, noNaN: true }),
        (rows, rowBytes, share) => {
          const sizes = { base: 16_384, overlay: 65_536 }
          const runs = 720
          const base = blocksFor(rows, rowBytes, sizes.base)
          // By brute force: a base every k runs, overlays between.
          let best = Number.POSITIVE_INFINITY
          for (let every = 1; every <= runs; every++) {
            let writes = 0
            for (let run = 0; run < runs; run++) {
              const since = run % every
              const differing = Math.round(rows * (1 - (1 - share) ** since))
              const overlay = blocksFor(differing, rowBytes, sizes.overlay) + filterBlocks(differing)
              writes += since === 0 ? base : overlay
            }
            best = Math.min(best, writes)
          }
          // The runs after the last base have not paid for themselves yet: one base more.
          expect(monthWrites({ rows, rowBytes, sizes, runs, share })).toBeLessThanOrEqual(2 * best + base)
        },
      ),
      { seed: 7, numRuns: 25 },
    )
  })
})
