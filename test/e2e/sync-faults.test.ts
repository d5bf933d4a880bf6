/**
 * A sync whose requests go wrong one time in twenty, those to the control plane and those to the lake alike: refused, too many,
 * connections that break before or after the work was done, answers that break off or are cut. It finishes all the same, and
 * nothing is lost or done twice.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import type { ViewObject } from '../../registry/objects.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import type { RunDescription, RunsAnswer } from '../../registry/wire/history.ts'
import { r2Access } from '../../sync/config.ts'
import { controlOf } from '../../sync/control.ts'
import type { Lake } from '../../sync/lake/lake.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { materializeTogether, type Workplace } from '../../sync/materialize/materialize.ts'
import { SILENT } from '../../sync/progress.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { query } from './flights-oracle.fixture.ts'
import { type Asked, type FaultyProxy, type Harm, startProxy, UNHARMED } from './proxy.fixture.ts'
import { seeded } from './random.fixture.ts'
import { expectSameRows } from './same-rows.fixture.ts'

const SYNCS = Number(process.env['SHORELINE_RUNS'] ?? 6)
const RATE = 0.05
const ACCOUNTS = 3000
const FILES = 5

const HARMS: readonly Harm[] = [
  { kind: 'refuse', status: 500 },
  { kind: 'refuse', status: 503, headers: { 'retry-after': '0' } },
  { kind: 'refuse', status: 429 },
  { kind: 'refuse', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'refuse-after', status: 500 },
  { kind: 'drop' },
  { kind: 'drop-answer' },
  { kind: 'break-off' },
  { kind: 'cut' },
]

/** Those after which the work is done, and whoever asked does not know it. */
const LOST: readonly Harm[] = [
  { kind: 'drop-answer' },
  { kind: 'break-off' },
  { kind: 'refuse-after', status: 500 },
  { kind: 'cut' },
]

const account = entity('account', { joinKeys: { account: t.string() } })
const payments = parquetSource('payments', { path: 'r2://offline/payments/*.parquet', timestamp: 'at' })
const newest = featureView('newest', {
  entity: account,
  source: payments,
  features: { amount: t.float64(), note: t.string() },
})
const totals = featureView('totals', {
  entity: account,
  source: payments,
  online: 'd1',
  sql: 'select account, max("at") as event_timestamp, count(*) as payments, sum(amount) as total from payments group by account',
  features: { payments: t.int64(), total: t.float64() },
})
const DEFINITIONS = collect({ both: featureService('both', { features: [newest, totals] }) })

let deployment: Deployment
let proxy: FaultyProxy
let lake: Lake
let work: Workplace
let views: readonly ViewObject[]
/** The revision before the first sync. */
let first: number
let edition = 0
let harmOf: (asked: Asked) => Harm = () => UNHARMED

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  proxy = await startProxy(deployment.url, (asked) => harmOf(asked))
  lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  await mkdir(join(deployment.lake, 'payments'), { recursive: true })
  const control = controlOf({ url: deployment.url })
  first = (await control.apply(DEFINITIONS)).revision
  views = (await control.registry()).views
  work = {
    control: controlOf({ url: proxy.url }),
    lake: { r2: r2Access(proxy.url, {}) },
    bucket: 'r2://offline',
    folder: join(deployment.folder, '.shoreline'),
    memory: '1GB',
    progress: SILENT,
  }
})

afterAll(async () => {
  await proxy.stop()
  await deployment.stop()
})

function fileOf(at: number): string {
  return join(deployment.lake, `payments/${at}.parquet`)
}

/** One of the files is written anew: some accounts are new in it, some have another amount, some are gone. */
async function edit(file: number, edition: number): Promise<void> {
  await writeParquet(
    fileOf(file),
    `select 'a' || i as account, timestamp '2026-01-01' + interval ${edition} minute + interval ${file} second as "at",
      (i * 7919 + ${edition} * 31) % 1000 / 8 as amount, 'edition ${edition}: ' || repeat(chr((97 + i % 26)::integer), 40) as note
    from range(${ACCOUNTS}) as t(i) where (i + ${file}) % ${FILES} < 2 and (i * 31 + ${edition}) % 11 > 0`,
  )
  await lake.put(`payments/${file}.parquet`, { file: fileOf(file) })
}

interface Options {
  readonly full?: boolean
  readonly together?: boolean
}

/** How many revisions syncs have made. */
let flips = 0

async function sync(which: readonly ViewObject[], { full = false, together = false }: Options = {}): Promise<void> {
  const all = together ? [which] : which.map((view) => [view])
  for (const some of all) {
    const reports = await materializeTogether(work, some, { full })
    if (reports.some(({ mode }) => mode !== 'unchanged')) flips++
  }
}

async function online(): Promise<readonly string[]> {
  const rows: string[] = []
  for (let at = 0; at < ACCOUNTS; at += 1000) {
    const keys = Array.from({ length: 1000 }, (_, index) => `a${at + index}`)
    const body = JSON.stringify({ service: 'both', rows: keys.map((key) => ({ account: key })) })
    const headers = { 'x-shoreline-min-revision': String(await revision()) }
    const response = await deployment.fetch('/v1/features', { method: 'POST', body, headers })
    const answer = (await response.json()) as { rows: Record<string, string | number | null>[]; degraded: boolean }
    expect(answer.degraded).toBe(false)
    for (const [index, { amount, note, payments, total }] of answer.rows.entries())
      if (payments !== null) rows.push([keys[index], amount, note, payments, total].join(' '))
  }
  return rows.sort()
}

/** What plain DuckDB finds in the lake's files. */
async function expected(): Promise<readonly string[]> {
  const files = Array.from({ length: FILES }, (_, at) => `'${fileOf(at)}'`)
  const rows = await query(`
    select account, arg_max(amount, "at") as amount, arg_max(note, "at") as note, count(*)::integer as payments, sum(amount) as total
    from read_parquet([${files.join(', ')}]) group by account`)
  return rows.map((row) => ['account', 'amount', 'note', 'payments', 'total'].map((name) => row[name]).join(' ')).sort()
}

async function json<T>(path: string): Promise<T> {
  const response = await deployment.fetch(path)
  return JSON.parse(await response.text()) as T
}

async function revision(): Promise<number> {
  return (await json<HeadAnswer>('/v1/head')).revision
}

/** What is online is DuckDB's answer, and every run was published once and holds its own parts. */
async function expectWhole(): Promise<void> {
  expectSameRows(await online(), await expected())
  expect(await revision()).toBe(first + flips)
  const { runs } = await json<RunsAnswer>('/v1/runs?limit=500')
  expect(runs.filter(({ state }) => state !== 'published')).toEqual([])
  const numbers = runs.map((run) => `${run.view} ${run.snapshot}`)
  expect(new Set(numbers).size).toBe(numbers.length)
  const described = await Promise.all(runs.map(({ run }) => json<RunDescription>(`/v1/runs/${run}`)))
  const kept = await lake.list('_shoreline/snapshots/')
  expect(kept.map(({ key }) => key).sort()).toEqual([...new Set(described.flatMap(({ parts }) => parts))].sort())
}

describe('a sync whose requests all go wrong once', () => {
  it.each<Options>([{ together: true }, { full: true }])(
    'finishes, and nothing is lost or done twice: %o',
    async (options) => {
      for (let file = 0; file < FILES; file++) await edit(file, ++edition)
      const asked = new Set<string>()
      let harmed = 0
      harmOf = ({ method, path }) => {
        const request = `${method} ${path}`
        if (asked.has(request)) return UNHARMED
        asked.add(request)
        return LOST[harmed++ % LOST.length] ?? UNHARMED
      }
      await sync(views, options)
      harmOf = () => UNHARMED
      expect(harmed).toBeGreaterThan(15)
      await expectWhole()
    },
  )
})

describe('syncs whose requests go wrong one time in twenty', () => {
  it(`finish, all ${SYNCS}, and nothing is lost or done twice`, async () => {
    const random = seeded(5)
    const harms: Harm[] = []
    harmOf = () => {
      if (!random.chance(RATE)) return UNHARMED
      const harm = HARMS[harms.length % HARMS.length] ?? UNHARMED
      harms.push(harm)
      return harm
    }
    const other = seeded(55)
    for (let count = 0; count < SYNCS; count++) {
      if (other.chance(0.8)) await edit(other.below(FILES), ++edition)
      const together = other.chance(0.4)
      await sync(together ? views : [other.pick(views)], { together, full: other.chance(0.2) })
    }
    await sync(views)
    harmOf = () => UNHARMED
    await expectWhole()
    expect(harms.length).toBeGreaterThan(SYNCS / 4)
  })
})
