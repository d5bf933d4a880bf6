/** What the sync service promises, in a time that the tests move: what runs when, what is tried again, who is told. */
import { describe, expect, it } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { DAY, HOUR, MINUTE, Scene, SECOND, START, viewOf } from './watch.fixture.ts'

const INVALID = new ShorelineError('INVALID', 'view stock: a check does not hold.')
const DOWN = new ShorelineError('UNAVAILABLE', 'The lake cannot be reached.')
const BUSY = new ShorelineError('CONFLICT', 'View stock@1 is being materialized by other/1/a.', { holder: 'other/1/a' })

/** Online, and run when its schedule said so last. */
function up(scene: Scene, ...names: readonly string[]): Scene {
  for (const name of names) {
    scene.online.add(`${name}@1`)
    scene.lastRuns.set(`${name}@1`, { startedAt: START - 10 * SECOND, state: 'published' })
  }
  return scene
}

const hourly = viewOf('sales', { schedule: '0 * * * *' })
const often = viewOf('stock', { schedule: '*/5 * * * *' })
const unscheduled = viewOf('stock')

describe('a schedule', () => {
  it('is kept: never early, each view with its own delay', async () => {
    const views = [hourly, often]
    const scene = await up(new Scene(views, { jitterMs: MINUTE }), 'sales', 'stock')
      .start()
      .pass(2 * HOUR)
    const [sales = [], stock = []] = ['sales', 'stock'].map((name) => scene.timesOf(name))
    expect([sales.length, stock.length]).toEqual([2, 24])
    const delays = [sales.map((at) => at % HOUR), stock.map((at) => at % (5 * MINUTE))].map((all) => new Set(all))
    expect(delays.map(({ size }) => size)).toEqual([1, 1])
    for (const delay of delays.flatMap((all) => [...all])) expect(delay).toBeLessThan(MINUTE)
    expect(delays[0]).not.toEqual(delays[1])
  })

  it('that was missed for days is made up for once', async () => {
    const scene = up(new Scene([often]), 'stock')
    scene.lastRuns.set('stock@1', { startedAt: START - 3 * DAY, state: 'published' })
    await scene.start().pass(11 * MINUTE)
    expect(scene.timesOf('stock')).toEqual([0, 5 * MINUTE, 10 * MINUTE])
  })

  it('never starts a view that still runs, and what was missed meanwhile is made up for once', async () => {
    const scene = up(new Scene([often], { parallel: 4 }), 'stock').runs((_, run) => (run === 2 ? 12 * 60 : 1))
    await scene.start().pass(26 * MINUTE)
    expect(scene.timesOf('stock').map((at) => at / MINUTE)).toEqual([0, 5, 17, 20, 25])
    expect(scene.most).toBe(1)
  })

  it('is that of the registry as it is now', async () => {
    const scene = await up(new Scene([often]), 'stock')
      .start()
      .pass(6 * MINUTE)
    scene.define(hourly)
    up(scene, 'sales')
    await scene.pass(54 * MINUTE)
    expect(scene.timesOf('stock')).toEqual([0, 5 * MINUTE])
    expect(scene.timesOf('sales')).toEqual([6 * MINUTE + 10 * SECOND, HOUR])
    scene.define({ ...hourly, schedule: '*/30 * * * *' })
    await scene.pass(HOUR)
    expect(scene.timesOf('sales').map((at) => at / MINUTE)).toEqual([6 + 1 / 6, 60, 90, 120])
  })

  it('runs one view at a time, or as many as is said, and those that are due longest first', async () => {
    const views = ['a', 'b', 'c', 'd'].map((name) => viewOf(name, { schedule: '*/10 * * * *' }))
    const one = up(new Scene(views), 'a', 'b', 'c', 'd').runs(() => 60)
    await one.start().pass(9 * MINUTE)
    expect([one.most, one.started.map(({ at }) => at / MINUTE)]).toEqual([1, [0, 1, 2, 3]])
    const two = up(new Scene(views, { parallel: 2 }), 'a', 'b', 'c', 'd').runs(() => 60)
    await two.start().pass(9 * MINUTE)
    expect([two.most, two.started.map(({ at }) => at / MINUTE)]).toEqual([2, [0, 0, 1, 1]])
  })
})

describe('a view of which nothing is online', () => {
  it('is run at once, with a schedule and without, and then no more than its schedule says', async () => {
    const scene = await new Scene([viewOf('sales', { schedule: '0 3 * * *' })]).start().pass(MINUTE)
    expect(scene.runLines).toMatchObject([{ view: 'sales@1', why: 'new', outcome: 'published' }])
    scene.define(viewOf('sales', { schedule: '0 3 * * *' }), unscheduled)
    await scene.pass(14 * HOUR)
    expect(scene.timesOf('stock')).toEqual([MINUTE + 10 * SECOND])
    expect(scene.timesOf('sales')).toEqual([0])
    await scene.pass(2 * HOUR)
    expect(scene.timesOf('sales')).toEqual([0, 15 * HOUR])
  })

  it('is a new version, too', async () => {
    const scene = await up(new Scene([hourly]), 'sales')
      .start()
      .pass(MINUTE)
    scene.define({ ...hourly, version: 2 })
    await scene.pass(MINUTE)
    expect(scene.started.map(({ view }) => view)).toEqual(['sales@1', 'sales@2'])
  })

  it('and that cannot be made is tried again each hour, and as soon as its definition changes', async () => {
    const scene = await new Scene([unscheduled])
      .runs(() => INVALID)
      .start()
      .pass(2 * HOUR + MINUTE)
    expect(scene.timesOf('stock')).toEqual([0, HOUR, 2 * HOUR])
    scene.runs(() => 1).define({ ...unscheduled, checks: [] })
    await scene.pass(MINUTE)
    expect(scene.runLines.at(-1)).toMatchObject({ outcome: 'published', why: 'retry' })
    await scene.pass(DAY)
    expect(scene.started).toHaveLength(4)
  })
})

describe('what fails', () => {
  it('and may pass is tried again, ever more rarely, and never keeps a schedule from its time', async () => {
    const daily = viewOf('stock', { schedule: '0 12 * * *' })
    const scene = up(new Scene([daily]), 'stock').runs((_, run) => (run < 10 ? DOWN : 1))
    await scene.start().pass(23 * HOUR)
    const waits = scene.timesOf('stock').map((at, i, all) => (at - (all[i - 1] ?? 0)) / MINUTE)
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(scene.runLines.at(-1)).toMatchObject({ outcome: 'published', why: 'retry' })
    const five = up(new Scene([often]), 'stock').runs(() => DOWN)
    await five.start().pass(HOUR)
    expect(five.timesOf('stock').filter((at) => at % (5 * MINUTE) === 0)).toHaveLength(13)
  })

  it('because of the data waits for its schedule', async () => {
    const scene = await up(new Scene([hourly]), 'sales')
      .runs(() => INVALID)
      .start()
      .pass(3 * HOUR)
    expect(scene.timesOf('sales')).toEqual([0, HOUR, 2 * HOUR, 3 * HOUR])
    expect(scene.runLines[0]).toMatchObject({ level: 'error', code: 'INVALID', error: INVALID.message })
  })

  it('because another sync has the view is no failure: it is looked at again a minute later', async () => {
    const scene = up(new Scene([hourly]), 'sales').runs((_, run) => (run < 3 ? BUSY : 1))
    await scene.start().pass(30 * MINUTE)
    expect(scene.runLines.map(({ outcome, level }) => [outcome, level])).toEqual([
      ['busy', 'info'],
      ['busy', 'info'],
      ['published', 'info'],
    ])
    expect(scene.timesOf('sales')).toEqual([0, MINUTE, 2 * MINUTE])
    expect([scene.messages, scene.watch.health().status]).toEqual([[], 'ok'])
  })

  it('stays a failure until it works, whoever has the view meanwhile', async () => {
    const scene = up(new Scene([hourly]), 'sales').runs((_, run) => (run === 1 ? INVALID : BUSY))
    await scene.start().pass(HOUR + MINUTE)
    expect(scene.runLines.at(-1)).toMatchObject({ outcome: 'busy' })
    expect(scene.watch.health()).toMatchObject({ status: 'failing', problems: [`sales@1: ${INVALID.message}`] })
  })

  it('was left open by a sync that was killed, and is finished at once', async () => {
    const scene = up(new Scene([hourly]), 'sales')
    scene.lastRuns.set('sales@1', { startedAt: START + SECOND, state: 'computed' })
    await scene.start().pass(MINUTE)
    expect(scene.runLines).toMatchObject([{ why: 'resume', outcome: 'published' }])
  })
})

describe('the webhook', () => {
  it('is told once that a view fails, again after a day, and once that it works', async () => {
    const scene = up(new Scene([hourly, viewOf('fine', { schedule: '0 * * * *' })]), 'sales', 'fine')
    scene.runs((view) => (view === 'sales@1' ? INVALID : 1))
    await scene.start().pass(23 * HOUR + 50 * MINUTE)
    expect(scene.messages).toEqual([
      {
        text: `Shoreline: the sync of sales@1 failed, and what was online stays so. ${INVALID.message}`,
        event: 'run_failed',
        view: 'sales@1',
        error: INVALID.message,
        deployment: 'https://features.example.com',
        service: 'one',
        time: '2026-03-01T12:00:00.000Z',
      },
    ])
    await scene.pass(HOUR)
    expect(scene.messages).toHaveLength(2)
    scene.runs(() => 1)
    await scene.pass(5 * HOUR)
    expect(scene.messages.slice(2)).toMatchObject([
      { event: 'run_recovered', error: null, text: 'Shoreline: the sync of sales@1 works again (published).' },
    ])
  })

  it('that does not answer ends nothing, and is told with the next failing run', async () => {
    const scene = up(new Scene([hourly]), 'sales').runs(() => INVALID)
    scene.webhookFails = true
    await scene.start().pass(30 * MINUTE)
    expect(scene.troubles).toEqual(['The webhook answered 500.'])
    scene.webhookFails = false
    await scene.pass(4 * HOUR)
    expect(scene.messages.map(({ time }) => time.slice(11, 16))).toEqual(['12:00', '13:00'])
  })
})

describe('a request', () => {
  const bounds = { from: 1_000_000, to: null }

  it('is run with its bounds, said to be done once, and never taken twice', async () => {
    const scene = await up(new Scene([hourly, unscheduled]), 'sales', 'stock')
      .start()
      .pass(MINUTE)
    scene.requests = [{ id: 7, views: ['stock'], ...bounds }]
    await scene.runs(() => 25).pass(5 * MINUTE)
    expect(scene.started.slice(1)).toEqual([{ view: 'stock@1', at: MINUTE + 10 * SECOND, bounds: { from: 1_000_000 } }])
    expect(scene.runLines.at(-1)).toMatchObject({ why: 'request', request: 7, outcome: 'published' })
    expect(scene.beats.flatMap(({ done = [] }) => done)).toEqual([7])
  })

  it('of all views is done when all are, whatever becomes of them', async () => {
    const scene = await up(new Scene([hourly, often]), 'sales', 'stock')
      .start()
      .pass(MINUTE)
    scene.runs((view) => (view === 'sales@1' ? INVALID : 30)).requests = [{ id: 8, views: [], from: null, to: null }]
    await scene.pass(MINUTE)
    expect(scene.beats.flatMap(({ done = [] }) => done)).toEqual([8])
    const asked = scene.runLines.filter(({ request }) => request === 8)
    expect(asked.map(({ view, outcome }) => [view, outcome])).toEqual([
      ['sales@1', 'failed'],
      ['stock@1', 'published'],
    ])
  })

  it('waits for the view that runs, is tried again while that may help, and given up at last', async () => {
    const scene = await up(new Scene([unscheduled]), 'stock')
      .start()
      .pass(MINUTE)
    scene.runs((_, run) => (run === 1 ? BUSY : DOWN)).requests = [{ id: 9, views: ['stock'], ...bounds }]
    await scene.pass(6 * HOUR)
    expect(scene.started).toHaveLength(9)
    expect(scene.beats.flatMap(({ done = [] }) => done)).toEqual([9])
  })

  it('of a view that is gone is done, and said so', async () => {
    const scene = await up(new Scene([unscheduled]), 'stock')
      .start()
      .pass(MINUTE)
    scene.requests = [{ id: 10, views: ['gone'], ...bounds }]
    await scene.pass(MINUTE)
    expect(scene.troubles).toEqual(['Request 10 cannot be done: There is no view gone.'])
    expect(scene.beats.flatMap(({ done = [] }) => done)).toEqual([10])
  })
})

describe('the deployment', () => {
  it('hears of the service every ten seconds, however long a run takes', async () => {
    const scene = await new Scene([unscheduled])
      .runs(() => 3600)
      .start()
      .pass(10 * MINUTE)
    expect(scene.beatTimes).toEqual(Array.from({ length: 61 }, (_, i) => i * 10 * SECOND))
    expect(scene.beats[0]).toEqual({ name: 'one', started_at: '2026-03-01T12:00:00.000Z' })
  })

  it('may come later, and go: schedules are kept meanwhile', async () => {
    const scene = up(new Scene([often]), 'stock')
    scene.failure = DOWN
    await scene.start().pass(2 * MINUTE)
    expect([scene.started, scene.watch.health().status]).toEqual([[], 'unreachable'])
    scene.failure = null
    await scene.pass(MINUTE)
    expect([scene.started.length, scene.watch.health().status]).toEqual([1, 'ok'])
    scene.failure = DOWN
    await scene.pass(5 * MINUTE)
    expect([scene.started.length, scene.watch.health().status]).toEqual([2, 'unreachable'])
  })

  it('that refuses the service ends it at once, with the reason', async () => {
    const scene = new Scene([often])
    scene.failure = new ShorelineError('FORBIDDEN', 'This key may not: it needs sync:write.')
    await expect(scene.start().ended).rejects.toThrow('it needs sync:write')
  })

  it('without any definition is waited for', async () => {
    const scene = new Scene([unscheduled])
    scene.registry = 0
    await scene.start().pass(MINUTE)
    expect(scene.started).toEqual([])
    scene.registry = 1
    await scene.pass(MINUTE)
    expect(scene.started).toHaveLength(1)
  })
})

describe('stopping', () => {
  it('waits for the phase that is under way, starts nothing more, and gives its requests back', async () => {
    const scene = await up(new Scene([hourly, unscheduled]), 'sales', 'stock')
      .start()
      .pass(MINUTE)
    scene.runs(() => 20).requests = [{ id: 3, views: ['stock', 'sales'], from: null, to: null }]
    await scene.pass(15 * SECOND)
    scene.askToStop()
    await scene.pass(20 * SECOND)
    await scene.ended
    expect(scene.runLines.at(-1)).toMatchObject({ outcome: 'interrupted', level: 'info' })
    expect(scene.beats.at(-1)).toEqual({ name: 'one', started_at: '2026-03-01T12:00:00.000Z', stopping: true })
    expect([scene.started.length, scene.messages]).toEqual([2, []])
    expect(scene.lines.slice(-3).map(({ event }) => event)).toEqual(['stopping', 'run', 'stopped'])
  })

  it('says what is done, and does not wait for ever', async () => {
    const scene = await up(new Scene([unscheduled]), 'stock')
      .start()
      .pass(MINUTE)
    scene.runs((_, run) => (run === 1 ? 1 : 3600)).requests = [
      { id: 4, views: ['stock'], from: null, to: null },
      { id: 5, views: ['stock'], from: 5, to: null },
    ]
    await scene.pass(12 * SECOND)
    scene.askToStop()
    await scene.pass(25 * SECOND)
    await scene.ended
    expect(scene.beats.at(-1)).toMatchObject({ stopping: true, done: [4] })
  })
})

describe('health', () => {
  it('is what each view did and does next, and failing while a last run failed', async () => {
    const scene = await up(new Scene([hourly, unscheduled]), 'sales', 'stock')
      .start()
      .pass(10 * MINUTE)
    expect(scene.watch.health()).toEqual({
      status: 'ok',
      problems: [],
      service: 'one',
      started_at: '2026-03-01T12:00:00.000Z',
      seen_at: '2026-03-01T12:10:00.000Z',
      waiting: 0,
      views: [
        {
          view: 'sales@1',
          last: { at: '2026-03-01T12:00:01.000Z', outcome: 'published', error: null },
          next: '2026-03-01T13:00:00.000Z',
          running: false,
        },
        { view: 'stock@1', last: null, next: null, running: false },
      ],
    })
    scene.runs(() => INVALID)
    await scene.pass(HOUR)
    expect(scene.watch.health()).toMatchObject({ status: 'failing', problems: [`sales@1: ${INVALID.message}`] })
    scene.runs(() => 1)
    await scene.pass(HOUR)
    expect(scene.watch.health().status).toBe('ok')
  })

  it('is stuck when the loop does not come round', async () => {
    const scene = await up(new Scene([hourly]), 'sales')
      .start()
      .pass(MINUTE)
    scene.hangs = true
    await scene.pass(2 * MINUTE + 10 * SECOND)
    expect(scene.watch.health()).toMatchObject({
      status: 'stuck',
      problems: [expect.stringContaining('The loop has not come round since'), expect.any(String)],
    })
  })
})

describe('what is done daily', () => {
  it('is done when nothing runs, once a day, and its failure ends nothing', async () => {
    const times: number[] = []
    const daily = async () => {
      times.push(scene.clock.now() - START)
      if (times.length === 2) throw DOWN
      return times.length === 1 ? 'pushed: 9 files became one' : null
    }
    const scene: Scene = up(new Scene([hourly], { daily }), 'sales').runs(() => 30)
    await scene.start().pass(DAY + MINUTE)
    expect(times.map((at) => at / SECOND)).toEqual([30, 30 + DAY / SECOND])
    expect(scene.lines.filter(({ event }) => event === 'daily')).toMatchObject([
      { message: 'pushed: 9 files became one' },
    ])
    expect(scene.troubles).toEqual([DOWN.message])
  })

  it('is not put off for ever by views that follow one another', async () => {
    const times: number[] = []
    const daily = async () => {
      times.push(scene.clock.now() - START)
      return null
    }
    const views = ['a', 'b'].map((name) => viewOf(name, { schedule: '* * * * *' }))
    const scene: Scene = up(new Scene(views, { daily }), 'a', 'b').runs(() => 90)
    await scene.start().pass(2 * HOUR)
    expect(times).toEqual([HOUR])
  })
})
