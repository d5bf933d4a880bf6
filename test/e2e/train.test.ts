/**
 * Online equals offline: what the Worker serves at an instant, after a sync as of it, is what a training set says of the entity at
 * that instant. And the way of a training set: registered, listed, made again; a file in quarantine is in neither.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Parsed } from '../../core/json.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { TrainingManifest } from '../../registry/training.ts'
import type { TrainingSetSummary } from '../../registry/training-description.ts'
import type { Reproduced } from '../../sync/training/reproduce.ts'
import { writeParquet } from './deployment.fixture.ts'
import { query } from './flights-oracle.fixture.ts'
import { seeded } from './random.fixture.ts'
import { type Answer, type Place, settle, USERS } from './train.fixture.ts'

/** How many instants; 20 in the long run. */
const INSTANTS = Number(process.env['SHORELINE_RUNS'] ?? 2)
const MINUTE = 60_000_000
const START = Date.parse('2026-03-01T00:00:00Z') * 1000
/** The instants are spread over a day. */
const SPAN = 20 * 60 * MINUTE

let place: Place
/** Of each instant what was served. */
const served: { readonly at: number; readonly friends: readonly number[]; readonly answer: Answer }[] = []

beforeAll(async () => {
  place = await settle(eventsSql(), scoresSql(0, 'i / 2'))
}, 60_000)
afterAll(() => place.stop())

function instantAt(number: number): number {
  return START + 4 * 60 * MINUTE + Math.floor((SPAN / INSTANTS) * number)
}

function text(instant: number): string {
  return new Date(instant / 1000).toISOString()
}

/** Of most users some events, of which some came hours later, some twice, and some lie exactly at a ttl. */
function eventsSql(): string {
  const random = seeded(7)
  const rows: string[] = []
  for (let user = 0; user < USERS; user++)
    for (let left = random.below(7); left > 0; left--) {
      const instant = instantAt(random.below(INSTANTS))
      const happened = random.chance(0.3)
        ? instant - random.pick([0, 3, 5, 6]) * 60 * MINUTE - random.pick([0, 0, 1, -1])
        : START + random.below(SPAN / MINUTE + 240) * MINUTE
      const made = random.pick(['null', happened, happened + MINUTE, happened + 180 * MINUTE].map(String))
      const x = random.pick(["'-0'", "'nan'", "'0.1'", "'-2.5'", "'1e300'", 'null'])
      const n = random.pick(['9007199254740993', '-9223372036854775807', '5', 'null'])
      const s = random.pick(["'a'", "'ä | \"'", "''", 'null'])
      const flag = random.pick(['true', 'false', 'null'])
      const pair = random.pick(["['1', '-0']", "['0.1', '3']", 'null'])
      const list = random.pick(['[1, null, 9007199254740993]', '[]', 'null'])
      const level = random.pick(['1', '2', 'null'])
      rows.push(
        `('u${user}', ${happened}, ${made}, ${x}, ${n}, ${s}, ${happened + 1}, ${flag}, ${pair}, ${list}, ${level}, 'batch')`,
      )
    }
  return `select user_id, make_timestamp(happened::bigint) as happened, make_timestamp(made::bigint) as made, x::double as x, n::bigint as n, s::varchar as s,
    make_timestamp(seen::bigint) as seen, flag::boolean as flag, pair::float[2] as pair, list::bigint[] as list, level::bigint as level, mood
    from (values ${rows.join(', ')}) as t(user_id, happened, made, x, n, s, seen, flag, pair, list, level, mood)`
}

function scoresSql(minutes: number, score: string): string {
  return `select 'u' || i as user_id, make_timestamp(${START}) + to_minutes(${minutes}) as happened, (${score})::double as score from range(${USERS}) as t(i)`
}

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await place.cli('--quiet', ...args)
  if (code !== 0) throw new Error(`shoreline ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** At the first instant: some features of some users, nulls among them, and removals. */
async function push(): Promise<number> {
  const random = seeded(11)
  const rows = Array.from({ length: 200 }, () => {
    const row = {
      user_id: `u${random.below(USERS)}`,
      event_timestamp: text(instantAt(0) - random.pick([0, 1, 60, 360, 361]) * MINUTE),
    }
    if (random.chance(0.15)) return { ...row, deleted: true }
    return {
      ...row,
      ...(random.chance(0.7) ? { level: random.pick([7, null, 9]) } : { mood: 'pushed' }),
      ...(random.chance(0.3) ? { mood: random.pick(['pushed', 'again', null]) } : {}),
    }
  })
  const response = await place.post('/v1/push/pushes', { rows })
  expect(response.status).toBe(200)
  return rows.length
}

describe('online and in training', () => {
  it(`are the same: values, statuses and event timestamps of ${USERS} entities at ${INSTANTS} instants`, async () => {
    const random = seeded(3)
    let pushed = 0
    for (let number = 0; number < INSTANTS; number++) {
      const at = instantAt(number)
      await place.at(text(at))
      if (number === 0) pushed = await push()
      await done('sync', '--as-of', text(at))
      const friends = Array.from({ length: USERS }, () => random.below(USERS + 20))
      const rows = friends.map((friend, user) => ({ user_id: `u${user}`, friend_id: `u${friend}`, amount: user / 4 }))
      served.push({ at, friends, answer: await place.ask({ service: 'everything', rows, metadata: 'full' }) })
      // A queue on this machine forgets what it has when it ends.
      if (number === 0) await expect.poll(() => inLake(), { timeout: 60_000, interval: 250 }).toBe(pushed)
    }
    await writeParquet(join(place.folder, 'spine.parquet'), spineSql())
    const manifest = await place.json<TrainingManifest>(
      ...[
        'train',
        'everything',
        '--spine',
        join(place.folder, 'spine.parquet'),
        '--out',
        join(place.folder, 'set.parquet'),
      ],
      ...['--as-known', '--statuses'],
    )
    expect(manifest).toMatchObject({ name: 'everything', version: 1, rows: USERS * INSTANTS })
    expect(differences(manifest, await trained(manifest))).toEqual([])
  }, 600_000)

  it('are compared where there is something to compare', () => {
    const statuses = new Map<string, number>()
    for (const { answer } of served)
      for (const row of answer.statuses)
        for (const [name, status] of Object.entries(row)) {
          const id = `${['told', 'total', 'product', 'exact'].includes(name) ? 'computed' : 'stored'} ${status}`
          statuses.set(id, (statuses.get(id) ?? 0) + 1)
        }
    for (const status of ['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE'])
      expect(statuses.get(`stored ${status}`) ?? 0, status).toBeGreaterThan(20)
    for (const status of ['PRESENT', 'NULL_VALUE', 'INVALID'])
      expect(statuses.get(`computed ${status}`) ?? 0, status).toBeGreaterThan(5)
    const moods = served.flatMap(({ answer }) => answer.rows.map(({ mood }) => mood))
    expect(moods.filter((mood) => mood === 'pushed').length).toBeGreaterThan(10)
  })
})

async function inLake(): Promise<number> {
  const files = await place.pushedFiles()
  if (files === 0) return 0
  const [row] = await query(`select count(distinct pushed)::integer as rows from '${place.folder}/pushed/*.parquet'`)
  return Number(row?.['rows'])
}

/** The rows that were asked for, each at the instant at which it was. */
function spineSql(): string {
  const rows = served.flatMap(({ at, friends }) =>
    friends.map((friend, user) => `('u${user}', 'u${friend}', ${user / 4}::double, make_timestamp(${at}::bigint))`),
  )
  return `select * from (values ${rows.join(', ')}) as t(user_id, friend_id, amount, event_timestamp)`
}

type Told = Readonly<Record<string, unknown>>

/** As text, so that nothing is lost on the way; instants in microseconds. */
async function trained({ columns }: TrainingManifest): Promise<readonly Told[]> {
  const selected = columns.map(({ name, type }) => {
    const value =
      type === 'timestamp'
        ? `epoch_us("${name}")`
        : /list|vector/.test(type)
          ? `to_json("${name}"::varchar[])`
          : `"${name}"`
    return `${value}::varchar as "${name}"`
  })
  return query(
    `select ${selected.join(', ')} from read_parquet('${place.folder}/set.parquet', file_row_number = true) order by file_row_number`,
  )
}

function differences({ columns }: TrainingManifest, rows: readonly Told[]): readonly string[] {
  const found: string[] = []
  for (const [instant, { at, answer }] of served.entries())
    for (let user = 0; user < USERS; user++) {
      const row = rows[instant * USERS + user] ?? {}
      const say = (what: string, online: unknown, offline: unknown): void => {
        if (found.length < 10)
          found.push(`u${user} at ${text(at)}: ${what} is ${String(online)} online and ${String(offline)} in training`)
      }
      for (const { name, type, is, from } of columns) {
        if (is === 'feature') {
          const online = answer.rows[user]?.[name] ?? null
          const offline = row[name] ?? null
          if (!isSame(type, online, offline === null ? null : String(offline))) say(name, online, offline)
        }
        if (is === 'status') {
          // What fails in the Worker is a null in training, and nothing tells it from one.
          const online = answer.statuses[user]?.[from]?.replace('INVALID', 'NULL_VALUE')
          if (online !== row[name]) say(name, online, row[name])
        }
        if (is === 'event_timestamp') {
          const role = name.slice(0, -'__event_timestamp'.length)
          const stamp = answer.views.find((view) => view.as === role)?.event_timestamps[user] ?? null
          const online = stamp === null ? null : String(parseTimestamp(stamp))
          if (online !== row[name]) say(name, online, row[name])
        }
      }
    }
  return found
}

function isSame(type: string, online: Parsed, offline: string | null): boolean {
  if (online === null || offline === null) return online === offline
  if (type === 'float64') return isSameNumber(online, offline)
  if (type === 'timestamp') return String(parseTimestamp(String(online))) === offline
  if (!/list|vector/.test(type)) return String(online) === offline
  const items: unknown = JSON.parse(offline)
  if (!Array.isArray(items) || !Array.isArray(online) || items.length !== online.length) return false
  return online.every((item, at) =>
    item === null || items[at] === null
      ? item === items[at]
      : type.startsWith('vector')
        ? isSameNumber(item, String(items[at]))
        : String(item) === items[at],
  )
}

function isSameNumber(online: Parsed, offline: string): boolean {
  return Object.is(
    Number(String(Object.is(online, -0) ? '-0' : online)),
    Number(offline.replace('nan', 'NaN').replace('inf', 'Infinity')),
  )
}

describe('a training set', () => {
  const SET = 'everything@1'

  it('is registered and listed, with what it was made of', async () => {
    const { training_sets: sets } = await place.json<{ training_sets: TrainingSetSummary[] }>('training-sets')
    expect(sets).toMatchObject([{ name: 'everything', version: 1, rows: USERS * INSTANTS, service: 'everything@1' }])
    expect(await done('training-sets')).toMatch(/^everything@1 +everything@1 +/m)
    expect(await place.json('training-sets', SET)).toMatchObject({ name: 'everything', version: 1, quarantined: 0 })
  })

  it('is made again to the same bytes from what is kept in the lake, and not registered twice', async () => {
    expect(await place.json('train', '--reproduce', SET)).toMatchObject({ training_set: SET, same: true, changes: [] })
    const again = await place.json<TrainingManifest & { existing: boolean }>(
      ...[
        'train',
        'everything',
        '--spine',
        join(place.folder, 'spine.parquet'),
        '--out',
        join(place.folder, 'again.parquet'),
      ],
      ...['--as-known', '--statuses'],
    )
    expect(again).toMatchObject({ version: 1, existing: true })
  })

  it('is told wrong with exit code 1, and what is not the same any more with 3', async () => {
    const first = `(select * from (${eventsSql()}) limit 1)`
    const late = `select * replace ('late' as s, make_timestamp(${instantAt(0) - 1}) as happened, null::timestamp as made) from ${first}`
    await writeParquet(join(place.folder, 'data/events/late.parquet'), late)
    const { code, stdout } = await place.cli('--quiet', 'train', '--reproduce', SET)
    expect(stdout).toMatch(/^ {2}source events: file:\S+\/late\.parquet is new\.$/m)
    expect(code).toBe(3)
    expect((await place.cli('--quiet', 'train', 'everything')).code).toBe(1)
  })
})

describe('a file that was put into quarantine', () => {
  it('is left out online and in training', async () => {
    const now = text(served.at(-1)?.at ?? 0)
    const rows = Array.from({ length: USERS }, (_, user) => ({ user_id: `u${user}` }))
    const online = async (): Promise<readonly unknown[]> =>
      (await place.ask({ service: 'scored', rows })).rows.map(({ score }) => score)
    const right = await online()
    await writeParquet(join(place.folder, 'data/scores/bad.parquet'), scoresSql(60, '1e9'))
    await done('sync', 'score', '--as-of', now)
    expect(new Set(await online())).toEqual(new Set([1e9]))
    await writeParquet(
      join(place.folder, 'now.parquet'),
      `select 'u' || i as user_id, timestamp '${now.replace('T', ' ').replace('Z', '')}' as event_timestamp from range(${USERS}) as t(i)`,
    )
    const train = (): Promise<TrainingManifest> =>
      place.json(
        'train',
        'scored',
        '--spine',
        join(place.folder, 'now.parquet'),
        '--out',
        join(place.folder, 'scored.parquet'),
      )
    const offline = async (): Promise<readonly unknown[]> =>
      (
        await query(
          `select score from read_parquet('${place.folder}/scored.parquet', file_row_number = true) order by file_row_number`,
        )
      ).map(({ score }) => score)
    expect((await train()).quarantined).toEqual([])
    expect(new Set(await offline())).toEqual(new Set([1e9]))
    await done('rollback', 'score', '--quarantine')
    expect(await online()).toEqual(right)
    const { quarantined, version, sources } = await train()
    expect(await offline()).toEqual(right)
    expect(version).toBe(2)
    expect(quarantined.map(({ uri }) => uri)).toEqual([`file://${place.folder}/data/scores/bad.parquet`])
    expect(sources['scores']?.map(({ uri }) => uri)).toEqual([`file://${place.folder}/data/scores/a.parquet`])
    const found = await place.json<Reproduced>('train', '--reproduce', 'scored@1')
    expect(found.same).toBe(false)
    expect(found.changes).toEqual([
      expect.stringMatching(/^file:\S+\/bad\.parquet \(ETag [0-9a-f]{32}\) is in quarantine now\.$/),
    ])
  })
})
