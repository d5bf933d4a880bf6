import { describe, expect, it } from 'vitest'
import { Counters } from './counters.ts'
import { type Cell, cellKey } from './definitions.ts'
import { doorOf } from './doors.ts'
import { renderMetrics } from './render.ts'
import { REPORT_EVERY_MS, Reporter, type Summing } from './reporter.ts'
import { localSums, Sums } from './sums.ts'

/** The lines that are no comment, of these metrics alone. */
function lines(cells: readonly Cell[], metric: string): readonly string[] {
  return renderMetrics(cells)
    .split('\n')
    .filter((line) => line.startsWith(metric))
}

describe('counters', () => {
  it('are taken once', () => {
    const counters = new Counters()
    counters.answered('features', 200, 3)
    counters.answered('features', 503, 0)
    counters.view('users@1').present += 7
    counters.pushed('carts', 5, 2)
    expect(new Map(counters.take())).toEqual(
      new Map<string, number>([
        [cellKey('shoreline_requests_total', 'features', 200), 1],
        [cellKey('shoreline_requests_total', 'features', 503), 1],
        [cellKey('shoreline_request_seconds', 'features', 0), 1],
        [cellKey('shoreline_request_seconds', 'features', 2), 1],
        [cellKey('shoreline_request_seconds', 'features', 'sum'), 3],
        [cellKey('shoreline_feature_statuses_total', 'users@1', 'PRESENT'), 7],
        [cellKey('shoreline_pushes_total', 'carts'), 1],
        [cellKey('shoreline_pushed_rows_total', 'carts'), 5],
        [cellKey('shoreline_superseded_rows_total', 'carts'), 2],
        [cellKey('shoreline_unavailable_total'), 1],
      ]),
    )
    expect(counters.take()).toEqual([])
  })

  it('go on in the same tally after they were taken', () => {
    const counters = new Counters()
    const tally = counters.view('users@1')
    tally.count('NOT_FOUND', 3)
    counters.take()
    tally.count('NOT_FOUND', 2)
    expect(counters.take()).toEqual([[cellKey('shoreline_feature_statuses_total', 'users@1', 'NOT_FOUND'), 2]])
  })

  it('count views beyond a thousand together', () => {
    const counters = new Counters()
    for (let at = 0; at < 1500; at++) counters.view(`v${at}@1`).count('PRESENT')
    const cells = new Map(counters.take())
    expect(cells.size).toBe(1001)
    expect(cells.get(cellKey('shoreline_feature_statuses_total', 'other', 'PRESENT'))).toBe(500)
  })
})

describe('sums', () => {
  it('add a batch once, however often it comes', () => {
    const sums = new Sums()
    const batch: readonly Cell[] = [[cellKey('shoreline_degraded_total'), 2]]
    expect([sums.add('a', batch), sums.add('a', batch), sums.add('b', batch)]).toEqual([true, false, true])
    expect(sums.cells()).toEqual([[cellKey('shoreline_degraded_total'), 4]])
  })

  it('go on from what was stored', () => {
    const sums = new Sums(JSON.parse(JSON.stringify([[cellKey('shoreline_degraded_total'), 40]])) as Cell[])
    sums.add('a', [[cellKey('shoreline_degraded_total'), 2]])
    expect(sums.cells()).toEqual([[cellKey('shoreline_degraded_total'), 42]])
  })

  it('keep the views that they have when there are too many, and count the others together', () => {
    const sums = new Sums()
    const cell = (view: number): Cell => [cellKey('shoreline_feature_statuses_total', `v${view}@1`, 'PRESENT'), 1]
    for (let view = 0; view < 12_000; view++) sums.add(String(view), [cell(view)])
    sums.add('again', [cell(1)])
    const cells = new Map(sums.cells())
    expect(cells.size).toBe(10_001)
    expect(cells.get(cellKey('shoreline_feature_statuses_total', 'v1@1', 'PRESENT'))).toBe(2)
    expect(cells.get(cellKey('shoreline_feature_statuses_total', 'other', 'PRESENT'))).toBe(2000)
  })
})

describe('the text', () => {
  it('cumulates buckets', () => {
    const counters = new Counters()
    for (const ms of [0, 1, 2, 60, 10_000, 99_999]) counters.answered('row', 200, ms)
    const text = lines(counters.take(), 'shoreline_request_seconds')
    expect(text.map((line) => line.replace('shoreline_request_seconds', '').replace('door="row"', ''))).toEqual([
      ...['_bucket{,le="0.001"} 2', '_bucket{,le="0.002"} 3', '_bucket{,le="0.005"} 3', '_bucket{,le="0.01"} 3'],
      ...['_bucket{,le="0.02"} 3', '_bucket{,le="0.05"} 3', '_bucket{,le="0.1"} 4', '_bucket{,le="0.2"} 4'],
      ...['_bucket{,le="0.5"} 4', '_bucket{,le="1"} 4', '_bucket{,le="2"} 4', '_bucket{,le="5"} 4'],
      ...['_bucket{,le="10"} 5', '_bucket{,le="+Inf"} 6', '_sum{} 110.062', '_count{} 6'],
    ])
  })

  it('says 0 of a counter without labels that nothing was added to, and nothing of a gauge that was not read', () => {
    expect(lines([], 'shoreline_degraded_total')).toEqual(['shoreline_degraded_total 0'])
    expect(lines([], 'shoreline_d1_up')).toEqual([])
  })

  it('is what Prometheus reads: help and type once each, labels escaped, a line end last', () => {
    const text = renderMetrics([[cellKey('shoreline_view_held', 'a"b\\c\nd'), 1]], ['a note'])
    expect(text).toContain('shoreline_view_held{view="a\\"b\\\\c\\nd"} 1\n')
    expect(text.startsWith('# a note\n# HELP shoreline_requests_total ')).toBe(true)
    expect(text.endsWith('\n')).toBe(true)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# .+|[a-z_0-9]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? [0-9.e+-]+)$/)
  })
})

describe('a reporter', () => {
  const background: Promise<unknown>[] = []
  const inBackground = (work: Promise<unknown>): void => void background.push(work)
  const settled = () => Promise.all(background.splice(0))
  const total = (cells: readonly Cell[]) =>
    cells.reduce((sum, [key, value]) => (key.includes('requests_total') ? sum + value : sum), 0)

  /** Sums that fail while they are told to, before or after they have added what came. */
  function sink() {
    const sums = new Sums()
    const calls: string[] = []
    let failing: 'before' | 'after' | null = null
    const summing: Summing = {
      async add(batch, cells) {
        calls.push(batch)
        if (failing === 'before') throw new Error('no connection')
        sums.add(batch, cells)
        if (failing === 'after') throw new Error('the answer was lost')
      },
      cells: async () => sums.cells(),
    }
    return { sums, calls, summing, fail: (how: typeof failing) => (failing = how) }
  }

  it('reports with the first request and then every ten seconds', async () => {
    let now = 1000
    const { sums, calls, summing } = sink()
    const reporter = new Reporter(new Counters(), () => now)
    for (let at = 0; at < 100; at++) {
      reporter.answered('features', 200, now, () => summing, inBackground)
      await settled()
      now += REPORT_EVERY_MS / 10
    }
    expect(calls).toHaveLength(10)
    expect(total(sums.cells())).toBe(91)
    expect(total(await reporter.cells(summing))).toBe(100)
  })

  it.each(['before', 'after'] as const)('counts once what failed %s it had come', async (how) => {
    let now = 0
    const { sums, calls, summing, fail } = sink()
    const reporter = new Reporter(new Counters(), () => now)
    fail(how)
    for (let at = 0; at < 5; at++) {
      reporter.answered('features', 200, now, () => summing, inBackground)
      await settled()
      now += REPORT_EVERY_MS
    }
    expect(new Set(calls).size).toBe(1)
    fail(null)
    expect(total(await reporter.cells(summing))).toBe(5)
    expect(total(sums.cells())).toBe(5)
  })

  it('without a place for all sums up its own', async () => {
    const own = localSums()
    const reporter = new Reporter(new Counters(), () => 0)
    for (let at = 1; at <= 3; at++) {
      reporter.answered('features', 200, 0, () => null, inBackground)
      expect(total(await reporter.cells(own))).toBe(at)
    }
    expect(background).toEqual([])
  })
})

describe('doors', () => {
  it.each([
    ['/v1/features?x=1', 'features'],
    ['/v1/services/delays/features?origin=SFO', 'row'],
    ['/v1/services/delays/plan', 'plan'],
    ['/v1/push/carts', 'push'],
    ['/get-online-features', 'feast'],
    ['/push', 'feast_push'],
    ['/write-to-online-store', 'feast_push'],
    ['/v1/registry', 'control'],
    ['/v1/made-up', 'control'],
    ['/metrics', 'metrics'],
    ['/health', 'other'],
    ['/.env', 'other'],
  ])('%s is %s', (path, door) => {
    expect(doorOf(`https://features.example.com${path}`)).toBe(door)
  })
})
