/** JSON, Arrow and RPC say the same values and statuses: for rows, features and options made at random. */
import { exports } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { convert } from '../../client/convert.ts'
import type { StoredRow } from '../../core/block.ts'
import { type Parsed, parseExact } from '../../core/json.ts'
import { parseType } from '../../core/types.ts'
import type { Definitions } from '../../registry/objects.ts'
import type { FeatureStatus, Issue, ViewUsed } from '../../registry/wire/features.ts'
import type { FeaturesService } from '../../worker/index.ts'
import { ARROW, type ReadTable, readArrow } from './arrow.fixture.ts'
import { DRIVERS, EVERY_TYPE, micros, publish } from './feast.fixture.ts'
import { guarded } from './guarded.fixture.ts'
import { NESTED, NESTED_TYPES, STORED } from './stored-values.fixture.ts'

/** That of vitest.config.ts, which the entrypoint reads. */
const NOW = '2001-07-01T06:00:00Z'
const open = guarded({ AUTH: 'off', CLOCK: NOW })
const rpc = (exports as unknown as { readonly Features: FeaturesService }).Features

const KNOWN = 120
const TYPES: Readonly<Record<string, string>> = { ...EVERY_TYPE, ...NESTED_TYPES, count: 'int64', note: 'string' }

const features = (types: Readonly<Record<string, string>>): Definitions['views'][number]['features'] =>
  Object.entries(types).map(([name, type]) => ({ name, type, visibility: 'server' }))
const view = (name: string, entity: string, types: Readonly<Record<string, string>>) => ({
  ...{ name, entity, sources: ['all'], timestamp: 'event_timestamp', online: 'kv' as const },
  features: features(types),
})
const DEFINITIONS: Definitions = {
  entities: DRIVERS.entities,
  sources: DRIVERS.sources,
  views: [
    view('typed', 'driver', EVERY_TYPE),
    { ...view('nested', 'driver', NESTED_TYPES), ttl: '5h' },
    view('customers', 'customer', { count: 'int64', note: 'string' }),
  ],
  services: [],
}

function rowsOf(stored: Readonly<Record<string, (typeof STORED)['a_bool']>>, seed: number): readonly StoredRow[] {
  const row = fc.tuple(
    fc.integer({ min: micros('2001-07-01T00:00:00Z'), max: micros(NOW) }),
    ...Object.values(stored).map((one) => fc.option(one, { freq: 4 })),
  )
  return fc.sample(row, { seed, numRuns: KNOWN }).map(([at, ...values], id) => [String(id), at, ...values])
}

beforeAll(async () => {
  await publish(DEFINITIONS, {
    'typed@1': rowsOf(STORED, 1),
    'nested@1': rowsOf(NESTED, 2),
    'customers@1': rowsOf({ count: STORED.an_int64, note: STORED.a_string }, 3),
  })
})

const references = [
  ...Object.keys(EVERY_TYPE).map((name) => `typed:${name}`),
  ...Object.keys(NESTED_TYPES).map((name) => `nested:${name}`),
  ...['customers:count', 'customers:note'],
]
const id = fc.integer({ min: 0, max: KNOWN + 20 })
const asked = fc.record({
  features: fc
    .subarray(references, { minLength: 1 })
    .chain((names) => fc.shuffledSubarray(names, { minLength: names.length })),
  ids: fc.array(fc.record({ driver_id: id, customer_id: id.map(String) }), { minLength: 1, maxLength: 30 }),
  shares: fc.boolean(),
  format: fc.constantFrom('rows' as const, 'columns' as const),
  full_names: fc.boolean(),
  metadata: fc.constantFrom('none' as const, 'issues' as const, 'full' as const),
  max_age: fc.constantFrom(undefined, '3h'),
})

interface Said {
  readonly service: string | null
  readonly revision: number
  readonly degraded: boolean
  readonly shared?: Readonly<Record<string, Parsed>>
  readonly rows?: readonly Readonly<Record<string, Parsed>>[]
  readonly columns?: Readonly<Record<string, readonly Parsed[]>>
  readonly statuses?: readonly Readonly<Record<string, FeatureStatus>>[]
  readonly issues?: readonly Issue[]
  readonly views?: readonly ViewUsed[]
}

async function ask(body: object, accept?: string) {
  const answer = await open.call('/v1/features', { method: 'POST', body, ...(accept ? { headers: { accept } } : {}) })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer
}

/** Of a feature, whether its name is the full one or not. */
const typeOf = (name: string) => parseType(TYPES[name.split('__').at(-1) ?? ''] ?? '')

/** By feature, as TypeScript has the values. */
function columnsOf({ shared = {}, rows = [], columns }: Said, count: number): ReadonlyMap<string, readonly unknown[]> {
  const names = columns ? Object.keys(columns) : Object.keys(rows[0] ?? {})
  const own = names.map((name) => [name, columns?.[name] ?? rows.map((row) => row[name] ?? null)] as const)
  const same = Object.entries(shared).map(([name, value]) => [name, Array<Parsed>(count).fill(value)] as const)
  return new Map([...own, ...same].map(([name, values]) => [name, values.map((one) => convert(one, typeOf(name)))]))
}

function checkArrow(table: ReadTable, said: Said, columns: ReadonlyMap<string, readonly unknown[]>): void {
  const { metadata } = table
  const names = table.names.filter((name) => !name.endsWith('__status'))
  expect(new Set(names)).toEqual(new Set(columns.keys()))
  if (!said.shared) expect(names).toEqual([...columns.keys()])
  for (const name of names) expect(table.values(name, typeOf(name)), name).toEqual(columns.get(name))
  expect(table.names.length - names.length).toBe(said.statuses ? names.length : 0)
  for (const name of said.statuses ? names : [])
    expect(table.statuses(`${name}__status`)).toEqual(said.statuses?.map((row) => row[name]))
  expect([metadata.get('revision'), metadata.get('degraded')]).toEqual([String(said.revision), String(said.degraded)])
  expect(metadata.has('service')).toBe(said.service !== null)
  expect(JSON.parse(metadata.get('issues') ?? 'null')).toEqual(said.issues ?? null)
  expect(JSON.parse(metadata.get('views') ?? 'null')).toEqual(said.views ?? null)
}

it('the same values, statuses, issues and views', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async ({ ids, shares, max_age, ...options }) => {
      const wants = (name: string) => options.features.some((reference) => reference.startsWith(name))
      const keys = [
        ...(wants('typed') || wants('nested') ? ['driver_id' as const] : []),
        ...(wants('customers') ? ['customer_id' as const] : []),
      ]
      const [first] = ids
      const sharedKeys = shares ? keys.slice(0, 1) : []
      const pick = (row: (typeof ids)[number], from: readonly (keyof typeof row)[]) =>
        Object.fromEntries(from.map((key) => [key, row[key]]))
      const rows = ids.map((row) => pick(row, keys.slice(sharedKeys.length)))
      const body = {
        ...options,
        rows,
        ...(first && shares ? { shared: pick(first, sharedKeys) } : {}),
        ...(max_age === undefined ? {} : { max_age }),
      }
      const said = parseExact((await ask(body)).text) as unknown as Said
      const columns = columnsOf(said, rows.length)
      const arrow = await ask(body, ARROW)
      expect(arrow.headers.get('content-type')).toBe(ARROW)
      const table = readArrow(arrow.bytes)
      expect(table.rows).toBe(rows.length)
      checkArrow(table, said, columns)

      const answer = await rpc.getFeatures(body)
      if (!answer.ok) throw new Error(answer.error.message)
      const { shared, rows: answered, columns: listed, ...about } = answer
      const { shared: _, rows: __, columns: ___, ...meta } = said
      expect(about).toEqual({ ok: true, bookmark: null, ...meta })
      expect(shared === undefined).toBe(said.shared === undefined)
      for (const [name, values] of columns) {
        const common = shared && name in shared ? Array<unknown>(rows.length).fill(shared[name]) : undefined
        expect(common ?? listed?.[name] ?? answered?.map((row) => row[name]), name).toEqual(values)
      }
    }),
    { numRuns: 150, seed: 1 },
  )
})

it('columns have the types that docs/doors.md says', async () => {
  const body = { features: references, rows: [{ driver_id: 1, customer_id: '1' }] }
  const table = readArrow((await ask(body, ARROW)).bytes)
  expect(Object.fromEntries(table.names.map((name) => [name, table.typeOf(name)]))).toEqual({
    ...{ a_bool: 'Bool', an_int32: 'Int32', an_int64: 'Int64', a_float32: 'Float32', a_float64: 'Float64' },
    ...{ a_string: 'Utf8', a_uuid: 'Utf8', a_json: 'Utf8', some_bytes: 'Binary' },
    ...{ a_timestamp: 'Timestamp<MICROSECOND, UTC>', a_date: 'Date32<DAY>', ints: 'List<Int64>' },
    ...{
      instants: 'List<Timestamp<MICROSECOND, UTC>>',
      floats: 'List<Float64>',
      a_vector: 'FixedSizeList[3]<Float32>',
    },
    ...{ bools: 'List<Bool>', texts: 'List<Utf8>', blobs: 'List<Binary>', jsons: 'List<Utf8>' },
    ...{ nested: 'List<List<Float32>>', vectors: 'List<FixedSizeList[2]<Float32>>' },
    ...{ a_number: 'FixedSizeList[1]<Float32>', any_floats: 'FixedSizeList[2]<Float32>' },
    ...{ early_or_late: 'Timestamp<MICROSECOND, UTC>', count: 'Int64', note: 'Utf8' },
  })
})
