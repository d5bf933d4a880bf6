/** `npm start` as its README promises it, on the real data: the command, the answer, the second start, the end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Expected, expectedAirports, expectedRoutes } from './flights-oracle.fixture.ts'
import { freePort, ROOT, type Running, run, shoreline } from './process.fixture.ts'

const START = join(ROOT, 'examples/flights/start.ts')
const CLOCK = Date.parse('2001-07-01T06:00:00Z')
const DAY = 86_400_000

let folder: string
let port: number
let url: string
let started: Running

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-start-'))
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  started = run(START, [], { PORT: String(port), SHORELINE_FOLDER: folder })
  await started.line(/^Ready on /)
})

afterAll(async () => {
  started.child.kill('SIGINT')
  await started.ended
  await rm(folder, { recursive: true, force: true })
})

interface Answer {
  readonly rows: readonly Expected[]
  readonly issues: readonly {
    readonly view?: string
    readonly feature?: string
    readonly status: string
    readonly rows: readonly number[]
  }[]
  readonly views: readonly { readonly event_timestamps?: readonly (string | null)[] }[]
}

async function ask(service: string, rows: readonly object[], metadata = 'full'): Promise<Answer> {
  const response = await fetch(`${url}/v1/features`, {
    method: 'POST',
    body: JSON.stringify({ service, rows, metadata }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

async function askAll(
  service: string,
  rows: readonly object[],
): Promise<readonly { readonly row: Expected; readonly at: readonly (string | null)[] }[]> {
  const all: { row: Expected; at: readonly (string | null)[] }[] = []
  for (let from = 0; from < rows.length; from += 500) {
    const { rows: answered, views } = await ask(service, rows.slice(from, from + 500))
    answered.forEach((row, index) => {
      all.push({ row, at: views.map((view) => view.event_timestamps?.[index] ?? null) })
    })
  }
  return all
}

/** The expected features, all null when the window ended longer ago than the view's ttl. */
function withinTtl(expected: Expected, names: readonly string[], ttlDays: number): Expected {
  const expired = CLOCK - Date.parse(String(expected['day_end'])) > ttlDays * DAY
  return Object.fromEntries(names.map((name) => [name, expired ? null : (expected[name] ?? null)]))
}

const AIRPORT_FEATURES = [
  'flights_1d',
  'avg_delay_1d',
  'p90_delay_1d',
  'late_share_1d',
  'flights_7d',
  'avg_delay_7d',
  'p90_delay_7d',
  'late_share_7d',
]
const ROUTE_FEATURES = ['flights_30d', 'avg_delay_30d', 'distance']
/** Answers carry the shortest text of a float32; DuckDB's comes widened. */
const FLOAT32 = ['late_share_1d', 'late_share_7d', 'destination_late_share_7d']

function widened(row: Expected): Expected {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && FLOAT32.includes(name) ? Math.fround(value) : value,
    ]),
  )
}

function picked(row: Expected, names: readonly string[]): Expected {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
}

describe('npm start', () => {
  it('ends with a curl that can be pasted, its answer, and the address it serves on', async () => {
    const lines = started.stdout().trimEnd().split('\n')
    expect(lines.at(-1)).toBe(`Ready on ${url}`)
    const curl = lines.find((line) => line.startsWith('curl '))
    const body = /-d '(.*)'$/.exec(curl ?? '')?.[1]
    const printed = lines[lines.indexOf(curl ?? '') + 1]
    const answer = await fetch(`${url}/v1/features`, { method: 'POST', body: body ?? '' })
    expect(await answer.text()).toBe(printed)
  })

  it('serves the page of the example beside the routes, with a token that reads its service', async () => {
    const line = started
      .stdout()
      .split('\n')
      .find((one) => one.endsWith('/example/'))
    expect(line).toBe(`A page that computes by itself: ${url}/example/`)
    const page = await fetch(`${url}/example/`)
    expect(await page.text()).toContain('<script type="module" src="main.js"></script>')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const asked = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }
    const { token } = (await (await fetch(`${url}/example/token`, asked)).json()) as { readonly token: string }
    expect(JSON.parse(atob(token.split('.')[1] ?? ''))).toMatchObject({ services: ['departure'] })
  })

  it('says how long each phase took', () => {
    for (const phase of [
      'migrate the local database',
      'build the page',
      'start the Worker',
      'put the flights into R2',
      'apply the definitions',
      'airport_delays@1: compute',
      'route_delays@1: publish',
    ])
      expect(started.stderr()).toMatch(new RegExp(`^${phase} +[0-9.]+ s`, 'm'))
  })

  it('serves for every airport what plain DuckDB computes from the file', async () => {
    const expected = await expectedAirports()
    expect(expected).toHaveLength(229)
    const answers = await askAll(
      'airport_board',
      expected.map(({ airport }) => ({ airport })),
    )
    expected.forEach((want, index) => {
      const { row = {}, at = [] } = answers[index] ?? {}
      expect({ airport: want['airport'], at, ...widened(row) }).toEqual({
        airport: want['airport'],
        at: [want['day_end']],
        ...withinTtl(want, AIRPORT_FEATURES, 14),
      })
    })
  })

  it('serves for every route the route and both airports, as plain DuckDB computes them', async () => {
    const airports = new Map((await expectedAirports()).map((row) => [row['airport'], row]))
    const routes = await expectedRoutes()
    expect(routes.length).toBeGreaterThan(3000)
    const answers = await askAll(
      'flight_delay',
      routes.map(({ origin, destination }) => ({ origin, destination })),
    )
    routes.forEach((route, index) => {
      const { row = {}, at = [] } = answers[index] ?? {}
      const origin = airports.get(route['origin']) ?? {}
      const destination = airports.get(route['destination'])
      const known = destination ? withinTtl(destination, AIRPORT_FEATURES, 14) : {}
      expect({ route: [route['origin'], route['destination']], at, ...widened(row) }).toEqual({
        route: [route['origin'], route['destination']],
        at: [origin['day_end'] ?? null, destination?.['day_end'] ?? null, route['day_end']],
        ...withinTtl(origin, AIRPORT_FEATURES, 14),
        destination_flights_1d: known['flights_1d'] ?? null,
        destination_avg_delay_7d: known['avg_delay_7d'] ?? null,
        destination_late_share_7d: known['late_share_7d'] ?? null,
        ...withinTtl(
          picked({ ...route, day_end: route['day_end'] ?? null }, [...ROUTE_FEATURES, 'day_end']),
          ROUTE_FEATURES,
          30,
        ),
      })
    })
  })

  it('computes the risk of a flight when it is asked for: in SQL, in TypeScript and in WebAssembly', async () => {
    const asked = { origin: 'SFO', destination: 'JFK', scheduled_at: '2001-07-01T17:30:00Z', connection_minutes: 40 }
    const { rows, issues } = await ask('flight_risk', [
      asked,
      { ...asked, origin: 'ZZZ', scheduled_at: null, connection_minutes: null },
    ])
    const airports = new Map((await expectedAirports()).map((row) => [row['airport'], row]))
    const route = (await expectedRoutes()).find((row) => row['origin'] === 'SFO' && row['destination'] === 'JFK')
    const number = (row: Expected | undefined, name: string): number => Number(row?.[name])
    const origin = airports.get('SFO')
    const share = 0.75 * number(origin, 'late_share_7d') + 0.25 * number(airports.get('JFK'), 'late_share_7d')
    const scale = (number(origin, 'p90_delay_7d') - number(origin, 'avg_delay_7d')) / Math.log(9)
    const flights = number(origin, 'flights_1d')
    expect(rows).toEqual([
      {
        risk: expect.closeTo(share ** (0.8 + 0.1 * Math.sqrt(number(route, 'distance') / 1000)), 6),
        evening: true,
        outlook: `${Math.floor(flights / 10)} of ${flights} flights were late`,
        missed: expect.closeTo(1 / (1 + Math.exp((40 - number(origin, 'avg_delay_7d')) / scale)), 9),
      },
      { risk: null, evening: null, outlook: null, missed: null },
    ])
    expect(issues.filter((issue) => issue.status === 'INVALID')).toEqual([])
  })

  it('tells an airport without departures from one whose last departures are past the ttl', async () => {
    const expected = await expectedAirports()
    const closed = expected.find((row) => CLOCK - Date.parse(String(row['day_end'])) > 14 * DAY)
    const { issues } = await ask('airport_board', [{ airport: closed?.['airport'] }, { airport: 'ZZZ' }])
    expect(issues).toEqual([
      { view: 'airport_delays', status: 'OUTSIDE_MAX_AGE', rows: [0] },
      { view: 'airport_delays', status: 'NOT_FOUND', rows: [1] },
    ])
  })

  it('answers a second start on the same folder in one sentence, and leaves the first alone', async () => {
    const second = await run(START, [], { PORT: String(await freePort()), SHORELINE_FOLDER: folder }).ended
    expect(second.code).toBe(1)
    expect(second.stderr.trim().split('\n').at(-1)).toMatch(
      /^Shoreline runs here already, at http:\/\/127\.0\.0\.1:[0-9]+ \(process [0-9]+\)\. Stop it first, or use that one\.$/,
    )
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  it('syncs nothing again when nothing changed', async () => {
    const synced = await shoreline(['sync', '--json', '--url', url], { SHORELINE_FOLDER: folder })
    expect(synced.stderr).toBe('')
    const { views } = JSON.parse(synced.stdout) as {
      readonly views: readonly { readonly mode: string; readonly kv_writes: number }[]
    }
    expect(views.map(({ mode, kv_writes }) => ({ mode, kv_writes }))).toEqual([
      { mode: 'unchanged', kv_writes: 0 },
      { mode: 'unchanged', kv_writes: 0 },
    ])
  })

  it('stops all that it started on Ctrl-C, and starts again without doing any work twice', async () => {
    started.child.kill('SIGINT')
    await started.ended
    await expect(fetch(`${url}/health`)).rejects.toThrow()
    started = run(START, [], { PORT: String(port), SHORELINE_FOLDER: folder })
    await started.line(/^Ready on /)
    for (const phase of ['migrate the local database', 'put the flights into R2', 'apply the definitions'])
      expect(started.stderr()).toMatch(new RegExp(`^${phase} +[0-9.]+ s +nothing to do$`, 'm'))
    expect(started.stderr()).not.toContain('compute')
  })

  it('ends what a killed start left behind', async () => {
    started.child.kill('SIGKILL')
    await started.ended
    started = run(START, [], { PORT: String(port), SHORELINE_FOLDER: folder })
    await started.line(/^Ready on /)
    expect((await ask('airport_board', [{ airport: 'SFO' }])).issues).toEqual([])
  })

  it('killed in any phase, goes on from there at the next start', async () => {
    const other = await mkdtemp(join(tmpdir(), 'shoreline-killed-'))
    const env = { PORT: String(await freePort()), SHORELINE_FOLDER: other }
    const phases = [/^start the Worker/, /^put the flights/, /^airport_delays@1: compute/]
    for (const phase of phases) {
      const killed = run(START, [], env)
      await killed.line(phase)
      killed.child.kill('SIGKILL')
      await killed.ended
    }
    const whole = run(START, [], env)
    await whole.line(/^Ready on /)
    expect(whole.stdout()).toContain('"flights_1d":343')
    whole.child.kill('SIGINT')
    await whole.ended
    await rm(other, { recursive: true, force: true })
  })

  it('names a port that is taken and how to choose another', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()))
    const address = taken.address()
    const at = typeof address === 'object' && address ? address.port : 0
    const other = await mkdtemp(join(tmpdir(), 'shoreline-port-'))
    const refused = await run(START, [], { PORT: String(at), SHORELINE_FOLDER: other }).ended
    taken.close()
    await rm(other, { recursive: true, force: true })
    expect(refused.code).toBe(1)
    expect(refused.stderr.trim()).toBe(
      `Port ${at} is taken. Stop what uses it, or choose another: PORT=${at + 1} npm start.`,
    )
  })
})
