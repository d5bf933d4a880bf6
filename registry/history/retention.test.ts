/** What may be reclaimed, case by case; the histories of test/workerd/gc.test.ts put the cases together. */
import { describe, expect, it } from 'vitest'
import { type KnownRun, type Named, type Pointed, type Retention, reclaimable } from './retention.ts'

const VIEW = 'users@1'

function run(snapshot: number, more: Partial<KnownRun> = {}): KnownRun {
  return { id: `run ${snapshot}`, view: VIEW, snapshot, open: false, base: null, same: null, marked: false, ...more }
}

function snapshot(number: number, base = number, overlay: number | null = null): Pointed {
  return { view: VIEW, snapshot: number, base: `run ${base}`, overlay: overlay === null ? null : `run ${overlay}` }
}

function named(one: Pointed, last: number): Named {
  return { ...one, last }
}

const RETENTION: Retention = { keep: 2, since: () => 100, isRegistered: () => true, isLeased: () => false }
const BASES = [1, 2, 3, 4].map((number) => snapshot(number))

function decide(
  runs: readonly KnownRun[],
  snapshots: readonly Pointed[],
  more: { named?: readonly Named[]; online?: readonly Pointed[]; retention?: Partial<Retention> } = {},
) {
  const online = more.online ?? snapshots.slice(-1)
  const found = reclaimable({ online, snapshots, runs, named: more.named ?? [] }, { ...RETENTION, ...more.retention })
  return { runs: found.runs, snapshots: found.snapshots.map((one) => one.snapshot), revived: found.revived }
}

const RUNS = [1, 2, 3, 4].map((number) => run(number))

describe('a snapshot stays', () => {
  it('while it is one of the newest of its view', () => {
    expect(decide(RUNS, BASES)).toEqual({ runs: ['run 1', 'run 2'], snapshots: [1, 2], revived: [] })
    expect(decide(RUNS, BASES, { retention: { keep: 4 } }).runs).toEqual([])
  })

  it('while it is online, however old', () => {
    expect(decide(RUNS, BASES, { online: [snapshot(1)] }).runs).toEqual(['run 2'])
  })

  it('when it was online within the retention, to the revision', () => {
    const heads = [named(snapshot(1), 99), named(snapshot(2), 100)]
    expect(decide(RUNS, BASES, { named: heads })).toMatchObject({ runs: ['run 1'], snapshots: [1] })
    expect(decide(RUNS, BASES, { named: heads, retention: { since: () => 101 } }).runs).toEqual(['run 1', 'run 2'])
  })

  it('with everything it is made of: the base below, the overlay that it names again, its own Parquet', () => {
    const again = [snapshot(1), snapshot(2, 1, 2), snapshot(3, 1, 2)]
    expect(decide(RUNS.slice(0, 3), again, { retention: { keep: 1 } })).toEqual({
      runs: [],
      snapshots: [],
      revived: [],
    })
    const rebased = [...again, snapshot(4)]
    expect(decide(RUNS, rebased, { retention: { keep: 1 } })).toMatchObject({
      runs: ['run 1', 'run 2', 'run 3'],
      snapshots: [1, 2, 3],
    })
  })
})

describe('a run', () => {
  it('that is under way stays, with the base and the overlay that it lies on', () => {
    const open = run(5, { open: true, base: 'run 1', same: 'run 2' })
    expect(decide([...RUNS, open], BASES)).toEqual({ runs: [], snapshots: [], revived: [] })
  })

  it('that failed goes, and an overlay on a base that goes, goes with it', () => {
    const failed = run(5)
    const overlay = run(6, { base: 'run 1' })
    expect(decide([...RUNS, failed, overlay], BASES).runs).toEqual(['run 1', 'run 2', 'run 5', 'run 6'])
  })

  it('that is marked and needed again is revived', () => {
    const marked = RUNS.map((one) => ({ ...one, marked: one.snapshot < 3 }))
    const back = { online: [snapshot(1)] }
    expect(decide(marked, BASES.slice(2), back)).toEqual({ runs: [], snapshots: [], revived: ['run 1'] })
  })
})

describe('a retired version', () => {
  const retired = { isRegistered: () => false }

  it('keeps what was online within the retention, and nothing for its number', () => {
    const heads = [named(snapshot(3), 50), named(snapshot(4), 120)]
    const decided = decide(RUNS, BASES, { named: heads, online: [], retention: retired })
    expect(decided.runs).toEqual(['run 1', 'run 2', 'run 3'])
  })

  it('loses a run that nobody finishes, unless somebody is at it', () => {
    const open = run(5, { open: true })
    expect(decide([open], [], { online: [], retention: retired }).runs).toEqual(['run 5'])
    expect(decide([open], [], { online: [], retention: { ...retired, isLeased: () => true } }).runs).toEqual([])
  })
})

it('views do not count for one another', () => {
  const other = { ...snapshot(9), view: 'orders@1' }
  const runs = [...RUNS, { ...run(9), view: 'orders@1' }]
  expect(decide(runs, [...BASES, other], { online: [] }).runs).toEqual(['run 1', 'run 2'])
})
