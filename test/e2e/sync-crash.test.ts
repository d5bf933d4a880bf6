/**
 * A sync that is killed at any instant, with readers running. The lake is edited between kills, and every value of a row says
 * which edition of the lake it is of, so that an answer that mixes two editions, within a row, between rows or between two views
 * that are published together, or that lacks a row, is found.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import type { RunsAnswer } from '../../registry/wire/history.ts'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { query } from './flights-oracle.fixture.ts'
import { type Asked, type FaultyProxy, type Harm, startProxy, UNHARMED } from './proxy.fixture.ts'
import { type Random, seeded } from './random.fixture.ts'
import { expectSameRows } from './same-rows.fixture.ts'
import { type WarmCommand, warmCommand } from './warm.fixture.ts'

const KILLS = Number(process.env['SHORELINE_RUNS'] ?? 8)

const READERS = 4
const ROWS_ASKED = 12
/** So many, of so much text, that the blocks of a base go up in several requests. */
const MEMBERS = 9000
const REPEATED = 120
/** In the lake in every third edition only: tombstones in the others. */
const GUESTS = 60
const FILES = 4

const member = entity('member', { joinKeys: { member_id: t.string() } })
const facts = parquetSource('facts', { path: 'r2://offline/facts/*.parquet', timestamp: 'at' })
const wide = featureView('wide', {
  entity: member,
  source: facts,
  features: { edition: t.int64(), half: t.float64(), text: t.string() },
})
const narrow = featureView('narrow', {
  entity: member,
  source: facts,
  online: 'd1',
  sql: 'select member_id, "at" as event_timestamp, edition as other, -edition as minus from facts',
  features: { other: t.int64(), minus: t.int64() },
})
const DEFINITIONS = collect({ both: featureService('both', { features: [wide, narrow] }) })

function isGuestIn(guest: number, edition: number): boolean {
  return guest % 3 === edition % 3
}

/** SQL: the rows of one of the files, of the edition. */
function rowsOf(edition: number, file: number): string {
  const made = `timestamp '2026-01-01' + interval ${edition} minute as "at", ${edition}::bigint as edition, ${edition + 0.5}::double as half`
  const text = (key: string): string => `${key} || ' ' || repeat('${edition}.', ${REPEATED}) as text`
  return `select 'm' || i as member_id, ${made}, ${text("'m' || i")} from range(${MEMBERS}) as m(i) where i % ${FILES} = ${file}
    union all select 'g' || i as member_id, ${made}, ${text("'g' || i")} from range(${GUESTS}) as g(i) where i % ${FILES} = ${file} and i % 3 = ${edition % 3}`
}

let deployment: Deployment
let proxy: FaultyProxy
/** What to do when a request comes, before it is passed on. */
let watch: (asked: Asked) => Harm = () => UNHARMED

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  proxy = await startProxy(deployment.url, (asked) => watch(asked))
  const applied = await deployment.fetch('/v1/registry/apply', {
    method: 'POST',
    body: JSON.stringify({ definitions: DEFINITIONS }),
  })
  expect(applied.status).toBe(200)
})

afterAll(async () => {
  await proxy.stop()
  await deployment.stop()
})

/** Every file of the lake is replaced. */
async function edit(edition: number): Promise<void> {
  const lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  await mkdir(join(deployment.lake, 'facts'), { recursive: true })
  for (let at = 0; at < FILES; at++) {
    const file = fileOf(at)
    await writeParquet(file, rowsOf(edition, at))
    await lake.put(`facts/${at}.parquet`, { file })
  }
}

function fileOf(at: number): string {
  return join(deployment.lake, `facts/${at}.parquet`)
}

interface Answer {
  readonly rows: readonly {
    readonly edition: number | null
    readonly half: number | null
    readonly text: string | null
    readonly other: number | null
    readonly minus: number | null
  }[]
  readonly degraded: boolean
}

/** @param revision that the answer is to be of, or of a later one */
async function ask(keys: readonly string[], revision?: number): Promise<Answer> {
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service: 'both', rows: keys.map((key) => ({ member_id: key })) }),
    ...(revision === undefined ? {} : { headers: { 'x-shoreline-min-revision': String(revision) } }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
  return JSON.parse(text) as Answer
}

/** @returns the edition that all of the answer is of @throws when it is not of one */
function editionOf(keys: readonly string[], answer: Answer): number {
  const [first] = answer.rows
  const edition = Number(first?.edition)
  const whole = keys.map((key) => {
    const there = key.startsWith('m') || isGuestIn(Number(key.slice(1)), edition)
    if (!there) return { edition: null, half: null, text: null, other: null, minus: null }
    return {
      edition,
      half: edition + 0.5,
      text: `${key} ${`${edition}.`.repeat(REPEATED)}`,
      other: edition,
      minus: -edition,
    }
  })
  if (answer.degraded || first?.edition === null || JSON.stringify(answer.rows) !== JSON.stringify(whole)) {
    const wrong = answer.rows.findIndex((row, at) => JSON.stringify(row) !== JSON.stringify(whole[at]))
    throw new Error(
      `not of edition ${edition}, degraded ${answer.degraded}: ${keys[wrong]} ${JSON.stringify(answer.rows[wrong])}`,
    )
  }
  return edition
}

/** Asks until it is told to stop. @returns the editions that it saw, in its order @throws at a wrong answer */
async function read(seed: number, stopped: () => boolean): Promise<readonly number[]> {
  const random = seeded(seed)
  const seen: number[] = []
  while (!stopped()) {
    // The first is there in every edition.
    const keys = Array.from({ length: ROWS_ASKED }, (_, at) =>
      at > 0 && random.chance(0.2) ? `g${random.below(GUESTS)}` : `m${random.below(MEMBERS)}`,
    )
    const edition = editionOf(keys, await ask(keys))
    const last = seen.at(-1)
    if (last !== undefined && edition < last) throw new Error(`edition ${edition} after ${last}`)
    if (edition !== last) seen.push(edition)
  }
  return seen
}

let spare: WarmCommand | undefined

/** A process that has started, and another that starts meanwhile. */
function nextCommand(): WarmCommand {
  const command = spare ?? warmCommand(deployment.folder)
  spare = warmCommand(deployment.folder)
  return command
}

function args(random: Random): readonly string[] {
  return ['sync', '--together', '--json', '--url', proxy.url, ...(random.chance(0.25) ? ['--full'] : [])]
}

interface Usual {
  readonly ms: number
  readonly requests: number
}

/** One sync that is not killed. */
async function syncWhole(random: Random): Promise<Usual> {
  const command = nextCommand()
  await command.ready
  const [began, before] = [performance.now(), proxy.requests.length]
  const { code, stderr } = await command.run(...args(random))
  if (code !== 0) throw new Error(`the sync ended with ${code}: ${stderr}`)
  return { ms: performance.now() - began, requests: proxy.requests.length - before }
}

/** How each sync in turn is killed: at an instant, or as it asks for something, which is then done or not. */
const WAYS = [
  'by time',
  'after upload',
  'after a request',
  'by time',
  'before publish',
  'by time',
  'after publish',
  'by time',
  'before a request',
] as const

/** Of the ways that wait for a certain request. */
const AWAITED: Partial<Record<(typeof WAYS)[number], RegExp>> = {
  'after upload': /\/blocks\//,
  'before publish': /\/publish$/,
  'after publish': /\/publish$/,
}

interface Kill {
  readonly way: (typeof WAYS)[number]
  /** What it had asked for last. */
  readonly phase: string
}

/** @returns null when the sync was done before */
async function syncKilled(random: Random, way: Kill['way'], usual: Usual): Promise<Kill | null> {
  const command = nextCommand()
  await command.ready
  const { child } = command
  const kill = (): void => void child.kill('SIGKILL')
  const before = proxy.requests.length
  const number = before + random.below(usual.requests)
  const instant = random.next() * usual.ms
  const timer = way === 'by time' ? setTimeout(kill, instant) : undefined
  watch = (asked) => {
    const isIt = AWAITED[way]?.test(asked.path) ?? asked.number === number
    if (way === 'by time' || !isIt) return UNHARMED
    if (way.startsWith('after')) return { kind: 'drop-answer', first: kill }
    kill()
    return { kind: 'drop' }
  }
  const { code, stderr } = await command.run(...args(random))
  clearTimeout(timer)
  watch = () => UNHARMED
  // Nothing that a dead sync asked for is done later than what comes next.
  await proxy.idle()
  if (code === 0) return null
  if (code !== null) throw new Error(`the sync ended with ${code}: ${stderr}`)
  return { way, phase: phaseOf(proxy.requests.slice(before).at(-1)) }
}

function phaseOf(request: string | undefined): string {
  if (request === undefined) return 'started'
  for (const [phase, pattern] of PHASES) if (pattern.test(request)) return phase
  return request
}

const PHASES = [
  ['list', /registry$|quarantine$|list-type/],
  ['start', /POST \S*\/runs$/],
  ['read', /(GET|HEAD) \S*\/offline\//],
  ['keep', /PUT \S*\/_shoreline\//],
  ['computed', /\/computed$/],
  ['upload', /\/blocks\//],
  ['publish', /\/publish$/],
  ['report', /\/report$|\/lineage/],
] as const

describe('a sync that is killed', () => {
  it(`at ${KILLS} instants leaves readers whole answers, and the next one finishes`, async () => {
    const random = seeded(6)
    let edition = 1
    await edit(edition)
    let usual = await syncWhole(random)
    let done = false
    const reading = Promise.all(Array.from({ length: READERS }, (_, reader) => read(reader + 1, () => done)))
    const kills: Kill[] = []
    const working = async (): Promise<void> => {
      let isOpen = false
      while (kills.length < KILLS) {
        // Without an edit the next sync goes on where the killed one was.
        if (!isOpen || random.chance(0.5)) await edit(++edition)
        const kill = await syncKilled(random, WAYS[kills.length % WAYS.length] ?? 'by time', usual)
        if (kill) kills.push(kill)
        isOpen = kill !== null
        if (random.chance(0.15)) {
          await edit(++edition)
          usual = await syncWhole(random)
          isOpen = false
        }
      }
      await edit(++edition)
      await syncWhole(random)
    }
    // Reading ends before the work only when an answer was wrong.
    await Promise.race([working(), reading]).finally(() => {
      done = true
      spare?.child.kill('SIGKILL')
    })
    const seen = await reading

    expectSameRows(await online(), await expected())
    expect(Math.max(...seen.map((own) => own.length))).toBeGreaterThan(2)
    const phases = new Set(kills.map(({ phase }) => phase))
    // In so many, every phase has been hit.
    expect([...phases]).toEqual(expect.arrayContaining(KILLS < 100 ? ['publish'] : PHASES.map(([phase]) => phase)))
    const { runs } = JSON.parse(await (await deployment.fetch('/v1/runs?limit=500')).text()) as RunsAnswer
    const open = runs.filter(({ state }) => !['published', 'superseded'].includes(state))
    expect(open).toEqual([])
    const published = runs.filter(({ state }) => state === 'published').map((run) => `${run.view} ${run.snapshot}`)
    expect(new Set(published).size).toBe(published.length)
  })
})

/** Every row that is served. */
async function online(): Promise<readonly string[]> {
  const keys = [
    ...Array.from({ length: MEMBERS }, (_, at) => `m${at}`),
    ...Array.from({ length: GUESTS }, (_, at) => `g${at}`),
  ]
  const { revision } = JSON.parse(await (await deployment.fetch('/v1/head')).text()) as HeadAnswer
  const rows: string[] = []
  for (let at = 0; at < keys.length; at += 1000) {
    const some = keys.slice(at, at + 1000)
    const answer = await ask(some, revision)
    for (const [index, { edition, half, text, other, minus }] of answer.rows.entries())
      if (edition !== null) rows.push([some[index], edition, half, text, other, minus].join(' '))
  }
  return rows.sort()
}

/** The newest row of every key, as plain DuckDB finds it in the lake's files. */
async function expected(): Promise<readonly string[]> {
  const files = Array.from({ length: FILES }, (_, at) => `'${fileOf(at)}'`)
  const rows = await query(
    `select concat_ws(' ', member_id, edition, half, text, edition, -edition) as row from read_parquet([${files.join(', ')}]) qualify row_number() over (partition by member_id order by "at" desc) = 1`,
  )
  return rows.map(({ row }) => String(row)).sort()
}
