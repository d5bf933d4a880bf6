/**
 * Readers while everything moves: 64 clients ask for rows of two views without a pause, and meanwhile the views are published,
 * one by one, at the same time and together, rolled back and let go again. Every value says which snapshot it is of, so that an
 * answer that mixes two, or names a revision that it is not of, is found.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import type { Head } from '../../core/head.ts'
import { partitionOf } from '../../core/partition.ts'
import { revisionKey } from '../../core/storage.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import type { StartRunAnswer } from '../../registry/wire/control.ts'
import { type Deployment, deploy } from './deployment.fixture.ts'

const CLIENTS = 64
const ROWS_ASKED = 20
const USERS = Array.from({ length: 300 }, (_, at) => `u${at}`)
const BLOCKS = 12
/** Flips that nobody can miss: each waits until the one before it is published. */
const STEPS = 8
const EVENT = Date.UTC(2026, 1, 28) * 1000

type View = 'clicks' | 'orders' | 'visits' | 'carts'
type Pair = readonly [View, View]

/** Two services, each of two views. */
const PAIRS: readonly Pair[] = [
  ['clicks', 'orders'],
  ['visits', 'carts'],
]

const user = entity('user', { joinKeys: { user_id: t.string() } })
const source = parquetSource('users', { path: 'file:///users/*.parquet', timestamp: 'at' })
const clicks = featureView('clicks', { entity: user, source, features: { clicks: t.int64(), clicks_of: t.string() } })
const orders = featureView('orders', { entity: user, source, features: { orders: t.int64(), orders_of: t.string() } })
const visits = featureView('visits', { entity: user, source, features: { visits: t.int64(), visits_of: t.string() } })
const carts = featureView('carts', { entity: user, source, features: { carts: t.int64(), carts_of: t.string() } })
const DEFINITIONS = collect({
  one: featureService('clicks_and_orders', { features: [clicks, orders] }),
  other: featureService('visits_and_carts', { features: [visits, carts] }),
})

function serviceOf(pair: Pair): string {
  return pair.join('_and_')
}

let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  await post('/v1/registry/apply', { definitions: DEFINITIONS })
  await publish(...PAIRS.flat())
})

afterAll(() => deployment.stop())

async function post<T>(path: string, body: unknown): Promise<T> {
  return send<T>('POST', path, JSON.stringify(body))
}

async function send<T>(method: string, path: string, body: string): Promise<T> {
  const response = await deployment.fetch(path, { method, body })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
  return JSON.parse(text) as T
}

/** A run as a sync makes it, whose values are those of its snapshot. @returns its id */
async function upload(view: View): Promise<string> {
  const started = await post<StartRunAnswer>('/v1/runs', { view, sources: [], full: true })
  if (!('run' in started)) throw new Error(`${view} is unchanged`)
  const { run, snapshot } = started
  await post(`/v1/runs/${run}/computed`, {
    rows: USERS.length,
    blocks: BLOCKS,
    watermark: EVENT,
    next_event: null,
    parts: [],
  })
  const blocks = Array.from({ length: BLOCKS }, (_, block) => {
    const rows = USERS.flatMap((key, at) =>
      partitionOf(key, BLOCKS) === block ? [[key, EVENT, encoded(snapshot, at), `snapshot ${snapshot} of ${key}`]] : [],
    )
    return writeBlock({ view: `${view}@1`, run, block, blocks: BLOCKS }, JSON.stringify(rows))
  })
  await send('PUT', `/v1/runs/${run}/blocks/0`, blocks.join('\n'))
  return run
}

function encoded(snapshot: number, user: number): string {
  return String(snapshot * 1000 + user)
}

/** In one flip. */
async function publish(...views: readonly View[]): Promise<void> {
  const runs = await Promise.all(views.map(upload))
  expect(await post('/v1/publish', { runs })).toMatchObject({ held: [] })
}

async function rollback(...views: readonly View[]): Promise<void> {
  await post('/v1/rollback', { views })
}

async function resume(...views: readonly View[]): Promise<void> {
  await post('/v1/resume', { views })
}

/** One after another; what is in one step runs at the same time. Ten publishes, two of them of both views, and two rollbacks. */
function stepsOf([one, other]: Pair): readonly (readonly (() => Promise<void>)[])[] {
  return [
    [() => publish(one), () => publish(other)],
    [() => publish(one, other)],
    [() => rollback(one), () => publish(other)],
    [() => resume(one), () => publish(other)],
    [() => publish(one, other)],
    [() => rollback(other), () => publish(one)],
    [() => resume(other), () => publish(one)],
    [() => publish(one), () => publish(other)],
  ]
}

async function write(pair: Pair): Promise<void> {
  for (const step of stepsOf(pair)) await Promise.all(step.map((action) => action()))
}

interface Seen {
  readonly revision: number
  /** By view, of the two that were read. */
  readonly snapshots: readonly (readonly [View, number])[]
}

interface Answer {
  readonly revision: number
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly columns?: Readonly<Record<string, readonly unknown[]>>
  readonly issues: readonly unknown[]
  readonly views: readonly { readonly view: string; readonly snapshot: number }[]
  readonly degraded: boolean
}

/** One of the clients: asks until it is told to stop. @returns what it saw, in its order */
async function read(client: number, stopped: () => boolean): Promise<readonly Seen[]> {
  const pair = PAIRS[client % PAIRS.length] ?? ['clicks', 'orders']
  const format = client % 8 < 2 ? 'columns' : 'rows'
  const random = seeded(client + 1)
  const seen: Seen[] = []
  while (!stopped()) {
    const users = Array.from({ length: ROWS_ASKED }, () => Math.floor(random() * USERS.length))
    const rows = users.map((at) => ({ user_id: USERS[at] }))
    seen.push(check(await post<Answer>('/v1/features', { service: serviceOf(pair), rows, format }), pair, users))
  }
  return seen
}

/** All of it is of one snapshot of each view, those that it names. @throws when it is not */
function check(answer: Answer, pair: Pair, users: readonly number[]): Seen {
  if (answer.degraded || answer.issues.length > 0) throw new Error(`not whole: ${JSON.stringify(answer)}`)
  const { revision, columns, rows, views } = answer
  const snapshots = pair.map((view): readonly [View, number] => {
    const snapshot = views.find((one) => one.view === `${view}@1`)?.snapshot ?? 0
    for (const [row, at] of users.entries()) {
      const [number, text] = [view, `${view}_of`].map((name) => columns?.[name]?.[row] ?? rows?.[row]?.[name])
      if (String(number) !== encoded(snapshot, at) || text !== `snapshot ${snapshot} of ${USERS[at]}`)
        throw new Error(`revision ${revision}, ${view} ${snapshot}, ${USERS[at]}: ${String(number)}, ${String(text)}`)
    }
    return [view, snapshot]
  })
  return { revision, snapshots }
}

/** What was online in a revision, as it is kept in KV. */
async function headOf(revision: number): Promise<Head> {
  const text = await deployment.kv.get(revisionKey(revision))
  if (text === null) throw new Error(`revision ${revision} is not kept`)
  return JSON.parse(text) as Head
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

describe('64 clients that read views in pairs while these are published and rolled back', () => {
  it('get answers of exactly one revision, none that fails, and never an earlier one after a later one', async () => {
    let done = false
    const reading = Promise.all(Array.from({ length: CLIENTS }, (_, client) => read(client, () => done)))
    const writing = Promise.all(PAIRS.map(write)).then(() => rollback('clicks', 'orders'))
    // Reading ends before the writing only when an answer was wrong.
    await Promise.race([writing, reading]).finally(() => {
      done = true
    })
    await writing
    const seen = await reading

    const revisions = new Set(seen.flatMap((own) => own.map(({ revision }) => revision)))
    const online = new Map<number, Head>()
    for (const revision of revisions) online.set(revision, await headOf(revision))
    const others = seen.flat().filter(({ revision, snapshots }) => {
      const views = online.get(revision)?.views
      return snapshots.some(([view, snapshot]) => views?.[`${view}@1`]?.snapshot !== snapshot)
    })
    expect(others).toEqual([])
    const back = seen.flatMap((own) => own.filter(({ revision }, at) => revision < (own[at - 1]?.revision ?? 0)))
    expect(back).toEqual([])

    // And it has been tried: apply, the first publish, 20 more, 5 rollbacks and 4 times resume.
    const newest = Math.max(...revisions)
    expect((await headOf(newest)).views['clicks@1']?.held).toBe(true)
    expect(newest).toBe(31)
    expect(revisions.size).toBeGreaterThanOrEqual(STEPS)
    expect(Math.min(...seen.map((own) => own.length))).toBeGreaterThanOrEqual(STEPS)
  })
})
