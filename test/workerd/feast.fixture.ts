/** A deployment as a Feast user would have it, and what Feast's Python client does with an answer. */
import { type StoredRow, writeBlock } from '../../core/block.ts'
import { EMPTY_HEAD, type Head } from '../../core/head.ts'
import { partitionOf } from '../../core/partition.ts'
import { blockKey, HEAD_KEY, planKey, registryKey, revisionKey } from '../../core/storage.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { canonicalJson } from '../../registry/hash.ts'
import { type Definitions, EMPTY_REGISTRY } from '../../registry/objects.ts'
import { packRegistry } from '../../registry/pack.ts'
import { nextHead } from '../../registry/publish.ts'
import type { FeastFeaturesAnswer } from '../../registry/wire/feast.ts'
import { bindings, type Guarded } from './guarded.fixture.ts'

/** Little-endian float32, base64. */
export function vectorOf(...items: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(items.length * 4))
  for (const [at, item] of items.entries()) bytes.setFloat32(at * 4, item, true)
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)))
}

export function micros(instant: string): number {
  return Date.parse(instant) * 1000
}

export const RUN = '1-aaaa'
export const BLOCKS = 3

type ViewDefinition = Definitions['views'][number]

function view(
  name: string,
  entity: string,
  features: Readonly<Record<string, string>>,
  more: Partial<ViewDefinition> = {},
): ViewDefinition {
  return {
    name,
    entity,
    sources: ['all'],
    timestamp: 'event_timestamp',
    online: 'kv',
    features: Object.entries(features).map(([feature, type]) => ({ name: feature, type, visibility: 'server' })),
    ...more,
  }
}

function input(name: string, as: string, keys: Readonly<Record<string, string>>, ...features: readonly string[]) {
  return { view: name, as, keys, features: features.map((feature) => ({ feature, name: feature })) }
}

export const EVERY_TYPE = {
  a_bool: 'bool',
  an_int32: 'int32',
  an_int64: 'int64',
  a_float32: 'float32',
  a_float64: 'float64',
  a_string: 'string',
  a_timestamp: 'timestamp',
  a_date: 'date',
  a_uuid: 'uuid',
  some_bytes: 'bytes',
  a_json: 'json',
  ints: 'list(int64)',
  instants: 'list(timestamp)',
  floats: 'list(float64)',
  a_vector: 'vector(3)',
} as const

export const DRIVERS: Definitions = {
  entities: [
    { name: 'driver', join_keys: [{ name: 'driver_id', type: 'int64' }] },
    { name: 'customer', join_keys: [{ name: 'customer_id', type: 'string' }] },
    {
      name: 'route',
      join_keys: [
        { name: 'origin', type: 'string' },
        { name: 'destination', type: 'string' },
      ],
    },
    { name: 'session', join_keys: [{ name: 'started_at', type: 'timestamp' }] },
    { name: 'flag', join_keys: [{ name: 'flagged', type: 'bool' }] },
    { name: 'everything', join_keys: [] },
  ],
  sources: [{ name: 'all', format: 'parquet', path: 'file:///all.parquet', timestamp: 'at' }],
  views: [
    view('driver_stats', 'driver', { conv_rate: 'float64', acc_rate: 'float32', trips: 'int64' }, { ttl: '2h' }),
    view('customer_stats', 'customer', { trips: 'int64', name: 'string' }),
    view('route_stats', 'route', { flights: 'int32' }),
    view('session_stats', 'session', { clicks: 'int32' }),
    view('flag_stats', 'flag', { count: 'int32' }),
    view('global_fv', 'everything', { fx: 'float64' }),
    view('typed', 'driver', EVERY_TYPE),
  ],
  services: [
    { name: 'fs1', inputs: [input('driver_stats', 'driver_stats', {}, 'conv_rate', 'trips')] },
    { name: 'fs2', inputs: [input('driver_stats', 'drv', { driver_id: 'origin_driver' }, 'trips')] },
    {
      name: 'both',
      inputs: [
        input('driver_stats', 'driver_stats', {}, 'conv_rate'),
        input('customer_stats', 'customer_stats', {}, 'trips', 'name'),
      ],
    },
  ],
}

export const SEEN = '2026-11-22T18:15:45Z'
const seen = micros(SEEN)

export const ROWS: Readonly<Record<string, readonly StoredRow[]>> = {
  'driver_stats@1': [
    ['1001', seen, 0.5, 0.9, '10'],
    ['1002', seen, 2, null, '20'],
    ['1003', micros('2026-11-22T16:59:59Z'), 0.25, 0.1, '30'],
    ['9007199254740993', seen, 0.75, 0.1, '9007199254740993'],
  ],
  'customer_stats@1': [
    ['5', seen, '50', 'five'],
    ['a"\\b', seen, '51', 'quote " and \\'],
  ],
  'route_stats@1': [['SFO|JFK', micros('2026-11-22T18:15:45.123Z') + 456, 7]],
  'session_stats@1': [[String(micros('2026-11-22T10:00:00Z')), seen, 3]],
  'flag_stats@1': [['true', seen, 4]],
  'global_fv@1': [['', seen, 1.2]],
  'typed@1': [
    [
      '1001',
      seen,
      true,
      -5,
      '-9223372036854775808',
      0.1,
      1e300,
      'SFO',
      micros('2026-11-22T18:15:45Z') + 999_999,
      '2026-11-22',
      '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e',
      'YQ==',
      '{"a":1}',
      ['1', '9007199254740993'],
      [0, null],
      [2, 0.5],
      vectorOf(1, -2.5, 0.1),
    ],
    [
      '1002',
      seen,
      null,
      null,
      null,
      'Infinity',
      'NaN',
      null,
      -1,
      null,
      null,
      null,
      'null',
      [],
      null,
      ['-Infinity'],
      vectorOf(0, Number.NaN, 1),
    ],
    ['1003', seen, false, 0, '0', 3, 0, '', 0, '1969-12-31', null, '', '"x"', [null], [], [], vectorOf(0, 0, 0)],
  ],
}

/** Puts blocks, plans, the registry, the revision and the head into KV. */
export async function publish(
  definitions: Definitions,
  rows: Readonly<Record<string, readonly StoredRow[]>>,
): Promise<Head> {
  const { KV } = bindings
  const { snapshot, plans } = await applyDefinitions(EMPTY_REGISTRY, definitions)
  const run = { store: 'kv' as const, run: RUN, blocks: BLOCKS }
  const views = Object.fromEntries(Object.keys(rows).map((name) => [name, { snapshot: 1, base: run, watermark: 0 }]))
  const head = nextHead(EMPTY_HEAD, snapshot, views)
  for (const [name, all] of Object.entries(rows))
    for (let block = 0; block < BLOCKS; block++) {
      const own = all.filter(([key]) => partitionOf(key, BLOCKS) === block)
      const text = writeBlock({ view: name, run: RUN, block, blocks: BLOCKS }, JSON.stringify(own))
      await KV.put(blockKey(name, RUN, block), text)
    }
  for (const [hash, plan] of plans) await KV.put(planKey(hash), canonicalJson(plan))
  await KV.put(registryKey(snapshot.revision), packRegistry(snapshot))
  await KV.put(revisionKey(head.revision), JSON.stringify(head))
  await KV.put(HEAD_KEY, JSON.stringify(head))
  return head
}

/** One cell as the client has it. */
export interface Cell {
  readonly value: unknown
  readonly status: string
}

/** What Feast's client would raise. */
export class RaisedByClient extends Error {
  /** Of Feast's own exceptions, or the client's `RuntimeError`. */
  readonly exception: string

  constructor(exception: string, message: string) {
    super(message)
    this.exception = exception
  }
}

/**
 * `get_online_features` of the Python SDK 0.64 and later with a remote online store, from docs/feast-http.md: what it posts, what it
 * reads (`metadata.feature_names`, `results[].values`, `results[].statuses`), and what it raises.
 */
export async function client(
  deployment: Guarded,
  features: readonly string[] | string,
  entities: Readonly<Record<string, readonly unknown[]>>,
  { fullNames = false, key }: { readonly fullNames?: boolean; readonly key?: string } = {},
): Promise<ReadonlyMap<string, readonly Cell[]>> {
  const { status, text } = await deployment.call('/get-online-features', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'python-requests/2.32.5' },
    body: {
      entities,
      full_feature_names: fullNames,
      include_feature_view_version_metadata: false,
      ...(typeof features === 'string' ? { feature_service: features } : { features }),
    },
    ...(key === undefined ? {} : { key }),
  })
  if (status >= 400) throw raised(status, text)
  const { metadata, results } = JSON.parse(text) as FeastFeaturesAnswer
  return new Map(
    metadata.feature_names.map((name, at) => {
      const { values = [], statuses = [] } = results[at] ?? {}
      return [name, values.map((value, row) => ({ value, status: statuses[row] ?? 'INVALID' }))]
    }),
  )
}

function raised(status: number, text: string): RaisedByClient {
  const body: unknown = JSON.parse(text)
  if (typeof body === 'string') {
    const detail = JSON.parse(body) as { readonly module: string; readonly class: string; readonly message: string }
    if (detail.module === 'feast.errors') return new RaisedByClient(detail.class, detail.message)
  }
  return new RaisedByClient('RuntimeError', `Failed to get online features: ${status} ${text}`)
}
