/**
 * Random histories: the lake is edited in every way there is, synced in every way there is, syncs are cut off anywhere, views
 * are rolled back and resumed. After every step every row of every view that is served, and every row that is not, is what
 * plain TypeScript makes of the lake's rows.
 */
import { describe, expect, it } from 'vitest'
import { History, type Seen } from './lake-history.fixture.ts'

const STEPS = Number(process.env['SHORELINE_RUNS'] ?? 30)
/** Deployments side by side: each waits for the one write of its head in a second that KV takes. */
const BESIDE = 3
const STEPS_EACH = Math.min(100, Math.ceil(STEPS / BESIDE))
const SEEDS = Array.from({ length: Math.ceil(STEPS / STEPS_EACH) }, (_, index) => index + 1)

const seen: Seen = new Map()

describe(`${SEEDS.length} random histories of ${STEPS_EACH} steps`, { concurrent: true }, () => {
  it.each(SEEDS)('leave online exactly what the lake says: seed %i', async (seed) => {
    const history = await History.begin(seed, seen)
    try {
      await history.run(STEPS_EACH)
    } finally {
      await history.end()
    }
  })
})

const ALWAYS = [
  'an overlay',
  'an overlay for an overlay',
  'a base for an overlay',
  'tombstones',
  'reads what was added',
  'killed',
  'rolls back',
  'held',
]
const IN_MANY = ['resumes', 'finishes', 'a window', 'refused', 'published by the dead']

describe('in these histories', () => {
  it.each(STEPS < 1000 ? ALWAYS : [...ALWAYS, ...IN_MANY])('there are some of: %s', (what) => {
    expect(seen.get(what) ?? 0).toBeGreaterThan(0)
  })
})
