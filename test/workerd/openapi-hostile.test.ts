/**
 * Whatever is sent: no 5xx, no hang, every refusal in the documented form, and of what is stored nothing but the rows that were
 * asked for, to whoever may read them. What is right is said here by a table of the rows, not by the server's own code.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { parseExact } from '../../core/json.ts'
import type { Definitions } from '../../registry/objects.ts'
import { ADMIN_KEY, type Answer, type Call, definitions, guarded, migrate } from './guarded.fixture.ts'
import { bodyText, damaged, fromSchema, oddText, oddValue } from './hostile.fixture.ts'
import { type Document, Judge, type Route } from './openapi.fixture.ts'
import { putOnline, withCarts } from './published.fixture.ts'

/** Cases in all. */
const RUNS = Number(Reflect.get(env, 'SHORELINE_RUNS') || 2000)
const SEED = 20_261_125
const HANG_MS = 10_000
const LONG_RUN_MS = 3_600_000

/** Airport -> risk, margin, flights, cost; every value is nobody else's. */
const AIRPORTS = ['SFO', 'JFK', 'SFO ', '__proto__', 'constructor', '💡', 'a|b\\', '%00', '7'].map(
  (airport, at) => [airport, { risk: at + 0.5, margin: at + 100.25, flights: at + 1000, cost: at + 10_000.5 }] as const,
)
const USERS = [7, 8, -1, 0].map((user, at) => [String(user), { visits: at + 70_000 }] as const)

const DEFINED = withCarts(definitions())
const reader = guarded()
/** Publishing goes as far as D1, so that what is read stays what it was. */
const writer = guarded({
  HEAD_WRITER: {
    idFromName: () => 'head',
    get: () => ({
      arm: async () => undefined,
      publish: async (revision: number) => revision,
      prepare: async () => undefined,
    }),
  },
})
let document: Document
let judge: Judge
const callers = { admin: ADMIN_KEY, visits: '', token: '', sync: '', wrong: `sl_${'a'.repeat(12)}_${'b'.repeat(43)}` }
type Caller = keyof typeof callers

beforeAll(async () => {
  await migrate()
  await putOnline(reader, DEFINED, {
    airport_delays: AIRPORTS.map(([airport, { risk, margin, flights }]) => [airport, 0, risk, margin, String(flights)]),
    airport_costs: AIRPORTS.map(([airport, { cost }]) => [airport, 0, cost]),
    user_stats: USERS.map(([user, { visits }]) => [user, 0, String(visits)]),
  })
  document = (await reader.call('/openapi.json')).json as Document
  judge = new Judge(document)
  callers.visits = (await reader.key(['features:read:visits'])).key
  callers.sync = (await reader.key(['sync:write', 'registry:write', 'push:write'])).key
  callers.token = await reader.token({
    services: ['delays', 'visits'],
    entities: { origin: ['SFO'], destination: '*', user_id: [7] },
    ttl: '15m',
  })
})

async function ask(from: typeof reader, path: string, call: Call): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${path} does not answer`)), HANG_MS)
  })
  try {
    return await Promise.race([from.call(path, call), late])
  } finally {
    clearTimeout(timer)
  }
}

/** What only our own log should say. */
const INTERNALS = /\.ts:\d|D1_|SQLITE|TypeError|Cannot read|is not a function|\[object /

/** Every answer: whole, no fault of ours, and in the documented form. @param name the route, where the address surely has one */
function expectDocumented(answer: Answer, name?: string): void {
  expect(answer.status, answer.text).toBeLessThan(500)
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w.:-]{1,128}$/)
  if (answer.status >= 400) expect(answer.text).not.toMatch(INTERNALS)
  if (name !== undefined) expect(judge.problems(name, answer)).toEqual([])
  else if (answer.status >= 400 && !isFeast(answer))
    expect(answer.json).toMatchObject({ error: { code: expect.any(String) } })
}

function isFeast({ json }: Answer): boolean {
  return typeof json === 'string' || (typeof json === 'object' && json !== null && 'detail' in json)
}

/** What the server reads: a byte order mark is no part of a text. */
function parsed(body: string): unknown {
  return parseExact(body.replace(/^\ufeff/, ''))
}

// ---- what is right

type Value = number | null
type Json = Readonly<Record<string, unknown>>

/** Which fields of a row a feature follows from. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  delays: { risk: 'origin', margin: 'origin', flights: 'origin', cost: 'destination' },
  visits: { visits: 'user_id' },
  internal: { cost: 'airport' },
  '': { risk: 'airport', margin: 'airport', flights: 'airport', cost: 'airport', visits: 'user_id' },
}
const TABLE: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...AIRPORTS.map(([airport, values]) => [`airport ${airport}`, values] as const),
  ...USERS.map(([user, values]) => [`user ${user}`, values] as const),
])
const PUBLIC = new Set(['risk', 'flights', 'visits'])

/** @param expired the request asked for nothing as old as all of this is */
function rightValue(service: string, feature: string, row: Json, expired: boolean): Value {
  const field = FIELDS[service.split('@')[0] ?? '']?.[feature]
  if (field === undefined) throw new Error(`${service} has no feature ${feature}`)
  const sent = Object.hasOwn(row, field) ? row[field] : undefined
  const key = field === 'user_id' ? `user ${BigInt(String(sent))}` : `airport ${String(sent)}`
  const value = TABLE.get(key)?.[feature]
  return typeof value === 'number' && !expired ? value : null
}

/** `origin_delays__risk` and `airport_delays@1__risk` are risk. */
function bare(name: string): string {
  return name.split('__').at(-1) ?? ''
}

/** The answer has as many rows as were asked for, each with the values of its own keys, and none that the caller may not see. */
function expectOwnRows(body: Json, answer: Json, caller: Caller): void {
  const service = typeof body['service'] === 'string' ? body['service'] : ''
  const rows = body['rows'] as readonly Json[]
  const shared = { ...(body['shared'] as Json | undefined) }
  const expired = body['max_age'] !== undefined
  const whole = rows.map((row) => ({ ...shared, ...row }))
  const seen = new Set<string>()
  const check = (row: Json, values: Json): void => {
    for (const [name, value] of Object.entries(values)) {
      seen.add(bare(name))
      expect([name, value]).toEqual([name, rightValue(service, bare(name), row, expired)])
    }
  }
  if (answer['shared'] !== undefined) for (const row of whole) check(row, answer['shared'] as Json)
  if (answer['columns'] === undefined) {
    expect(answer['rows']).toHaveLength(rows.length)
    for (const [at, values] of (answer['rows'] as readonly Json[]).entries()) check(whole[at] ?? {}, values)
  } else
    for (const [name, values] of Object.entries(answer['columns'] as Readonly<Record<string, readonly Value[]>>)) {
      expect(values).toHaveLength(rows.length)
      for (const [at, value] of values.entries()) check(whole[at] ?? {}, { [name]: value })
    }
  expectAllowed(service, seen, whole, caller)
}

function expectAllowed(service: string, features: ReadonlySet<string>, rows: readonly Json[], caller: Caller): void {
  const name = service.split('@')[0] ?? ''
  if (caller === 'wrong' || caller === 'sync') throw new Error(`${caller} has read features`)
  if (caller === 'visits') expect(name).toBe('visits')
  if (caller !== 'token') return
  expect(['delays', 'visits']).toContain(name)
  expect([...features].filter((feature) => !PUBLIC.has(feature))).toEqual([])
  for (const row of rows) {
    if (name === 'delays') expect(row['origin']).toBe('SFO')
    else expect(BigInt(String(row['user_id']))).toBe(7n)
  }
}

// ---- reading

const someone: fc.Arbitrary<Caller> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('admin' as const) },
  { weight: 3, arbitrary: fc.constantFrom('visits' as const, 'token' as const) },
  { weight: 1, arbitrary: fc.constantFrom('sync' as const, 'wrong' as const) },
)
const airport = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('SFO', ...AIRPORTS.map(([one]) => one)) },
  { weight: 1, arbitrary: oddText },
)
const user = fc.oneof(fc.constantFrom<unknown>(7, '7', 8, -1, '0'), fc.nat(20), oddText)
const options = fc.record(
  {
    format: fc.constantFrom('rows', 'columns'),
    full_names: fc.boolean(),
    metadata: fc.constantFrom('none', 'issues', 'full'),
    strict: fc.boolean(),
    max_age: fc.constantFrom('1h', '30d'),
  },
  { requiredKeys: [] },
)
const few = { minLength: 1, maxLength: 6 }
const target = fc.oneof(
  fc.record({
    service: fc.constantFrom('delays', 'delays@1'),
    rows: fc.array(fc.record({ origin: airport, destination: airport }), few),
  }),
  fc.record({
    service: fc.constant('delays'),
    shared: fc.record({ origin: airport }),
    rows: fc.array(fc.record({ destination: airport }), few),
  }),
  fc.record({ service: fc.constantFrom('visits', 'visits@1'), rows: fc.array(fc.record({ user_id: user }), few) }),
  fc.record({
    service: fc.constantFrom('internal', 'internal', 'internals'),
    rows: fc.array(fc.record({ airport }), few),
  }),
  fc.record({
    features: fc.uniqueArray(fc.constantFrom('airport_delays:risk', 'airport_costs:cost', 'airport_delays@1:flights'), {
      minLength: 1,
    }),
    rows: fc.array(fc.record({ airport }), few),
  }),
)
const goodRead: fc.Arbitrary<Json> = fc.tuple(target, options).map(([one, other]) => ({ ...one, ...other }))
/** Most are as they should be, so that answers are checked and not only refusals. */
const read = fc.oneof(
  { weight: 2, arbitrary: goodRead.map((body) => JSON.stringify(body)) },
  { weight: 3, arbitrary: bodyText(goodRead.chain((body) => damaged(body))) },
)

describe('reading features', () => {
  const counts = new Map<number, number>()

  it('by POST', { timeout: LONG_RUN_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(read, someone, async (body, caller) => {
        const answer = await ask(reader, '/v1/features', { method: 'POST', key: callers[caller], body })
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
        expectDocumented(answer, 'POST /v1/features')
        if (caller === 'wrong') expect(answer.status).toBe(401)
        if (answer.status === 200) expectOwnRows(parsed(body) as Json, answer.json as Json, caller)
      }),
      { seed: SEED, numRuns: Math.ceil(RUNS * 0.35) },
    )
    expect([200, 400, 401, 403, 404, 422].filter((status) => (counts.get(status) ?? 0) < RUNS / 200)).toEqual([])
  })

  it('by GET', { timeout: LONG_RUN_MS }, async () => {
    const pairs = fc.oneof(
      fc.tuple(airport, airport).map(([origin, destination]) => [
        ['origin', origin],
        ['destination', destination],
      ]),
      user.map((one) => [['user_id', String(one)]]),
      fc.array(fc.tuple(fc.constantFrom('origin', 'destination', 'user_id', '__proto__', 'x'), oddText), {
        maxLength: 4,
      }),
    )
    const service = fc.constantFrom('delays', 'visits', 'delays@1', 'internal', 'delays@2', '__proto__', 'nobody', '💡')
    await fc.assert(
      fc.asyncProperty(service, pairs, someone, async (name, query, caller) => {
        const search = query.map((pair) => pair.map((text) => encodeURIComponent(text?.toWellFormed() ?? '')).join('='))
        const path = `/v1/services/${encodeURIComponent(name)}/features?${search.join('&')}`
        const answer = await ask(reader, path, { key: callers[caller] })
        expectDocumented(answer, 'GET /v1/services/:service/features')
        if (answer.status !== 200) return
        const row = Object.fromEntries(new URL(path, 'https://x.example').searchParams)
        expectOwnRows({ service: name, rows: [row] }, answer.json as Json, caller)
      }),
      { seed: SEED, numRuns: Math.ceil(RUNS * 0.15) },
    )
  })

  it("in Feast's way", { timeout: LONG_RUN_MS }, async () => {
    const column = (value: fc.Arbitrary<unknown>) =>
      fc.array(fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }), {
        minLength: 3,
        maxLength: 3,
      })
    const good = fc.oneof(
      fc.record({
        feature_service: fc.constant('delays'),
        entities: fc.record({ origin: column(airport), destination: column(airport) }),
      }),
      fc.record({
        features: fc.constantFrom(['airport_delays:risk'], ['airport_costs:cost', 'airport_delays:flights']),
        entities: fc.record({ airport: column(airport) }),
        full_feature_names: fc.boolean(),
      }),
    )
    const body = fc.oneof(
      good.map((one) => JSON.stringify(one)),
      bodyText(good.chain((one) => damaged(one))),
    )
    let served = 0
    await fc.assert(
      fc.asyncProperty(body, someone, async (text, caller) => {
        const answer = await ask(reader, '/get-online-features', { method: 'POST', key: callers[caller], body: text })
        expectDocumented(answer, 'POST /get-online-features')
        if (answer.status !== 200) return
        served++
        expect(caller).toBe('admin')
        const sent = parsed(text) as {
          feature_service?: string | null
          entities: Record<string, readonly unknown[]>
        }
        const { metadata, results } = answer.json as {
          metadata: { feature_names: readonly string[] }
          results: readonly { values: readonly unknown[] }[]
        }
        const count = Object.values(sent.entities)[0]?.length ?? 0
        for (const [position, name] of metadata.feature_names.entries()) {
          const { values = [] } = results[position] ?? {}
          expect(values).toHaveLength(count)
          if (Object.hasOwn(sent.entities, name)) continue
          for (const [at, value] of values.entries()) {
            const row = Object.fromEntries(Object.entries(sent.entities).map(([key, column]) => [key, column[at]]))
            expect([name, value]).toEqual([name, rightValue(sent.feature_service || '', bare(name), row, false)])
          }
        }
      }),
      { seed: SEED, numRuns: Math.ceil(RUNS * 0.1) },
    )
    expect(served).toBeGreaterThan(RUNS / 100)
  })
})

// ---- everything

const PLACES = [
  'delays',
  'airport_delays',
  'user_stats@1',
  'all',
  'airport',
  '1-nobody',
  '0',
  '12',
  'nobody',
  'a@1',
  '%',
  '💡',
]
const place = fc.oneof(fc.constantFrom(...PLACES, '__proto__', 'x'.repeat(400)), oddText)
const EVENT = '2026-11-25T11:00:00Z'

/** In a path or a body: the id of a run whose rows are computed and not uploaded. */
const OPEN_RUN = '0-the-open-run'
let openRun = ''

/** What was asked before may have closed it, or taken its view away. */
async function reopenRun(): Promise<string> {
  if (openRun !== '') return openRun
  const post = async (path: string, body: object) => writer.call(path, { method: 'POST', key: ADMIN_KEY, body })
  const start = () => post('/v1/runs', { view: 'user_stats@1', sources: [], full: true })
  let started = await start()
  if (started.status !== 200) {
    await post('/v1/registry/apply', { definitions: DEFINED, yes: true })
    started = await start()
  }
  openRun = String((started.json as Json)['run'])
  await post(`/v1/runs/${openRun}/computed`, { rows: 1, blocks: 1, watermark: 0, next_event: null, parts: [] })
  return openRun
}

/** What is right here and now, for damage: the document's examples are of another deployment. */
function goodBodies(): Readonly<Record<string, readonly unknown[]>> {
  const columns = { user_id: [7, 8], total: [1.5, null], labels: [['a'], []], event_timestamp: [EVENT, EVENT] }
  const views = { views: ['user_stats', 'airport_delays@1'] }
  const facts = {
    sources: { all: { columns: [{ name: 'airport', type: 'VARCHAR' }] } },
    views: { airport_delays: { columns: { risk: ['all.airport'] }, rows: ['all.airport'] } },
  }
  return {
    'POST /v1/push/:source': [
      { rows: [{ user_id: 7, total: 9.5, labels: ['new'], details: { a: [1, {}] }, event_timestamp: EVENT }] },
      { rows: [{ user_id: 7, event_timestamp: EVENT, created_timestamp: EVENT, deleted: true }] },
    ],
    'POST /push': [{ push_source_name: 'carts', df: columns, to: 'online' }],
    'POST /write-to-online-store': [{ feature_view_name: 'cart', df: columns }],
    'POST /v1/features': [{ service: 'cart', rows: [{ user_id: 7 }], metadata: 'full' }],
    'POST /get-online-features': [{ feature_service: 'cart', entities: { user_id: [7, null] } }],
    'POST /v1/registry/plan': [{ definitions: DEFINED }],
    'POST /v1/registry/apply': [
      { definitions: DEFINED, facts, yes: true, by: 'ada' },
      { definitions: { ...DEFINED, views: DEFINED.views.map(shorter) }, yes: true },
    ],
    'POST /v1/registry/retire': [{ objects: ['internal@1'], by: 'ada' }, { objects: ['airport_costs@1', 'delays'] }],
    'POST /v1/runs': [{ view: 'user_stats', sources: [{ uri: 'file:///all.parquet', etag: 'b', size: 1 }] }],
    'POST /v1/runs/:run/computed': [{ rows: 1, blocks: 1, watermark: 0, next_event: null, parts: ['a'] }],
    'PUT /v1/runs/:run/blocks/:first': [['7', 0, '70'], [['7', 0, '70']], [[['7', 0, '70']]]],
    'POST /v1/publish': [{ runs: [OPEN_RUN] }],
    'POST /v1/rollback': [views, { views: ['user_stats'], to: 1 }],
    'POST /v1/resume': [views],
    'POST /v1/tokens': [{ services: ['delays'], entities: { origin: ['SFO'], destination: '*' }, ttl: '1m' }],
  }
}

type Pair = readonly [string, string]

const GOOD_PLACES: Readonly<Record<string, readonly Pair[]>> = {
  'GET /v1/services/:service/features': [['delays', '']],
  'GET /v1/services/:service/plan': [['visits', '']],
  'POST /v1/push/:source': ['carts', 'clicks'].map((source) => [source, '']),
  'GET /v1/registry/entities/:object': [['airport', '']],
  'GET /v1/registry/sources/:object': [['carts', '']],
  'GET /v1/registry/views/:object': [['cart@1', '']],
  'GET /v1/registry/services/:object': [['delays', '']],
  'GET /v1/views/:view/snapshots': [['user_stats', '']],
  'POST /v1/runs/:run/computed': [[OPEN_RUN, '']],
  'PUT /v1/runs/:run/blocks/:first': ['0', '0', '1'].map((first) => [OPEN_RUN, first]),
  'POST /v1/runs/:run/fail': [[OPEN_RUN, '']],
}
const GOOD_QUERIES: Readonly<Record<string, readonly (readonly Pair[])[]>> = {
  'GET /v1/services/:service/features': [
    [
      ['origin', 'SFO'],
      ['destination', 'JFK'],
    ],
  ],
  'GET /v1/registry/lineage': [[['of', 'delays']], [['direction', 'upstream']]],
  'GET /v1/registry/search': [[['q', 'risk']]],
}

/** Makes new versions of what reads costs. */
function shorter(view: Definitions['views'][number]): Definitions['views'][number] {
  return view.name === 'airport_costs' ? { ...view, ttl: '1h' } : view
}

/** Rows as the block of the open run, most of the time with the right checksum. */
function asBlock(rows: unknown): string {
  return writeBlock({ view: 'user_stats@1', run: OPEN_RUN, block: 0, blocks: 1 }, JSON.stringify(rows))
}
const headers = fc.dictionary(
  fc.constantFrom(
    'x-request-id',
    'x-shoreline-revision',
    'x-shoreline-min-revision',
    'if-none-match',
    'content-type',
    'origin',
  ),
  fc.constantFrom(
    '',
    '1',
    '0',
    '-1',
    '99999999999999999999',
    '*',
    'W/"a", "b"',
    'a b',
    'text/html',

    '"',
    'x'.repeat(300),
  ),
  { maxKeys: 2 },
)

function isPlainPlace(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..'
}

describe('every operation', () => {
  it('with bodies, paths, queries and headers of all kinds', { timeout: LONG_RUN_MS }, async () => {
    const good = goodBodies()
    const succeeded = new Set<string>()
    const near = (route: Route, example: unknown): fc.Arbitrary<string> => {
      const rights = fc.constantFrom(...(good[route.name] ?? [example ?? {}]))
      const almost = fc.oneof({ weight: 1, arbitrary: rights }, { weight: 2, arbitrary: rights.chain(damaged) })
      return route.name.startsWith('PUT ') ? almost.map(asBlock) : bodyText(almost)
    }
    const wanted = (route: Route) => {
      const content = Object.values(route.operation.requestBody?.content ?? {})[0]
      const body = content
        ? fc.oneof(
            { weight: 2, arbitrary: bodyText(fromSchema(content.schema, document)) },
            { weight: 5, arbitrary: near(route, content.example) },
            { weight: 1, arbitrary: bodyText(oddValue) },
          )
        : fc.constant(undefined)
      const names = route.operation.parameters.flatMap((one) => ('in' in one && one.in === 'query' ? [one.name] : []))
      const odd: fc.Arbitrary<readonly Pair[]> = fc.array(
        fc.tuple(fc.constantFrom(...names, 'x', '__proto__'), oddText),
        { maxLength: 3 },
      )
      const query = fc.oneof(odd, fc.constantFrom<readonly Pair[]>(...(GOOD_QUERIES[route.name] ?? [[]])))
      return fc.record({
        route: fc.constant(route),
        body,
        query,
        places: fc.oneof(fc.constantFrom(...(GOOD_PLACES[route.name] ?? [['', '']])), fc.tuple(place, place)),
      })
    }
    const requests = fc.oneof(...judge.routes.map(wanted))
    const mostlyAdmin = fc.oneof(
      { weight: 3, arbitrary: fc.constant('admin' as const) },
      { weight: 1, arbitrary: someone },
    )
    await fc.assert(
      fc.asyncProperty(requests, headers, mostlyAdmin, async ({ route, body, query, places }, extra, caller) => {
        let at = 0
        const path = route.path.replaceAll(/\{[a-z]+\}/g, () => encodeURIComponent((places[at++] ?? '').toWellFormed()))
        const search = query
          .map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('='))
          .join('&')
        const here = `${path}${search === '' ? '' : `?${search}`}`
        const run = here.includes(OPEN_RUN) || body?.includes(OPEN_RUN) ? await reopenRun() : ''
        const answer = await ask(writer, here.replaceAll(OPEN_RUN, run), {
          method: route.method,
          key: callers[caller],
          headers: extra,
          ...(body === undefined ? {} : { body: body.replaceAll(OPEN_RUN, run) }),
        })
        if (answer.status < 300 && route.method === 'POST' && !route.name.endsWith('/computed')) openRun = ''
        if (answer.status < 300) succeeded.add(route.name)
        expectDocumented(answer, places.slice(0, at).every(isPlainPlace) ? route.name : undefined)
      }),
      { seed: SEED, numRuns: Math.ceil(RUNS * 0.35) },
    )
    expect(succeeded.size).toBeGreaterThan(judge.routes.length / 2)
  })

  it('at addresses and with methods that there are not', { timeout: LONG_RUN_MS }, async () => {
    const address = fc.oneof(
      fc.constantFrom(...judge.routes.map(({ path }) => path)),
      fc.constantFrom(
        '/%',
        '/%E0%A4%A',
        '/v1/views/%/snapshots',
        '//',
        '/v1/../v1/head',
        '/v1/features/',
        '/V1/HEAD',
        '/docs/x',
      ),
      oddText.map((text) => `/${text.toWellFormed().replaceAll(/[?#\s]/g, '')}`),
    )
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND')
    await fc.assert(
      fc.asyncProperty(address, method, headers, someone, async (path, verb, extra, caller) => {
        const answer = await ask(writer, path, { method: verb, key: callers[caller], headers: extra })
        if (verb === 'HEAD') expect([answer.status < 500, answer.text]).toEqual([true, ''])
        else expectDocumented(answer)
      }),
      { seed: SEED, numRuns: Math.ceil(RUNS * 0.05) },
    )
  })
})
