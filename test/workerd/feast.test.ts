/** Feast's contract for reading: the examples of its own server, and where ours is better on purpose. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Head } from '../../core/head.ts'
import { blockKey, HEAD_KEY } from '../../core/storage.ts'
import type { FeastFeaturesAnswer } from '../../registry/wire/feast.ts'
import { BLOCKS, client, DRIVERS, EVERY_TYPE, publish, ROWS, RUN, SEEN } from './feast.fixture.ts'
import { bindings, guarded } from './guarded.fixture.ts'

const PATH = '/get-online-features'
const EPOCH = '1970-01-01T00:00:00Z'
const NOW = '2026-11-22T19:00:00Z'
const open = guarded({ AUTH: 'off', CLOCK: NOW })

beforeAll(async () => {
  await publish(DRIVERS, ROWS)
})

function ask(body: unknown, path = PATH) {
  return open.call(path, { method: 'POST', body })
}

async function textOf(body: unknown): Promise<string> {
  const { status, text } = await ask(body)
  if (status !== 200) throw new Error(text)
  return text
}

async function post(body: unknown): Promise<FeastFeaturesAnswer> {
  return JSON.parse(await textOf(body)) as FeastFeaturesAnswer
}

async function names(body: unknown): Promise<readonly string[]> {
  return (await post(body)).metadata.feature_names
}

/** The values by name, in the order of the answer. */
async function values(body: unknown): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { metadata, results } = await post(body)
  return Object.fromEntries(metadata.feature_names.map((name, at) => [name, results[at]?.values ?? []]))
}

/** The exception that a client raises, and what it says. */
async function refused(body: unknown, path = PATH): Promise<readonly [number, string, string]> {
  const { status, json } = await ask(body, path)
  const { module, class: exception, message } = JSON.parse(json as string)
  expect(module).toBe('feast.errors')
  return [status, exception, message]
}

describe('an answer', () => {
  it('has a column per join key and feature, with values, statuses and instants of every row', async () => {
    const body = { features: ['driver_stats:conv_rate', 'driver_stats:trips'], entities: { driver_id: [1001, 9999] } }
    expect(await post(body)).toEqual({
      metadata: { feature_names: ['driver_id', 'conv_rate', 'trips'] },
      results: [
        { values: [1001, 9999], statuses: ['PRESENT', 'PRESENT'], event_timestamps: [EPOCH, EPOCH] },
        { values: [0.5, null], statuses: ['PRESENT', 'NOT_FOUND'], event_timestamps: [SEEN, EPOCH] },
        { values: [10, null], statuses: ['PRESENT', 'NOT_FOUND'], event_timestamps: [SEEN, EPOCH] },
      ],
    })
  })

  it('says of a service the same, and full names where they are asked for', async () => {
    const entities = { driver_id: [1001, 1002] }
    expect(await values({ feature_service: 'fs1', entities, full_feature_names: true })).toEqual({
      driver_id: [1001, 1002],
      driver_stats__conv_rate: [0.5, 2],
      driver_stats__trips: [10, 20],
    })
    expect(await names({ feature_service: 'fs1@1', entities })).toEqual(['driver_id', 'conv_rate', 'trips'])
  })

  it('is of the service where features are named as well', async () => {
    const entities = { driver_id: [1001] }
    const body = { feature_service: 'fs1', features: ['customer_stats:name'], entities }
    expect(await names(body)).toEqual(['driver_id', 'conv_rate', 'trips'])
    expect(await names({ feature_service: null, features: ['driver_stats:trips'], entities })).toEqual([
      'driver_id',
      'trips',
    ])
  })

  it('uses the role and the join key that a service gives a view', async () => {
    const body = { feature_service: 'fs2', entities: { origin_driver: [1001, 1002] }, full_feature_names: true }
    expect(await values(body)).toEqual({ origin_driver: [1001, 1002], drv__trips: [10, 20] })
  })

  it('has the one row of a view without entities for every row of any column', async () => {
    expect(await post({ features: ['global_fv:fx'], entities: { whatever: [1, 'x'] } })).toEqual({
      metadata: { feature_names: ['fx'] },
      results: [{ values: [1.2, 1.2], statuses: ['PRESENT', 'PRESENT'], event_timestamps: [SEEN, SEEN] }],
    })
  })

  it('keeps duplicates and the order of rows', async () => {
    const body = { features: ['driver_stats:trips'], entities: { driver_id: [1002, 1001, 1002] } }
    expect(await values(body)).toEqual({ driver_id: [1002, 1001, 1002], trips: [20, 10, 20] })
  })

  it('has join keys in the order of the request, then features in its order, each once', async () => {
    const features = ['customer_stats:name', 'driver_stats:trips', 'global_fv:fx', 'driver_stats:acc_rate']
    const entities = { customer_id: ['5'], driver_id: [1001] }
    for (const one of [
      features,
      [...features].reverse(),
      [...features, 'driver_stats:trips', 'driver_stats@latest:trips'],
    ])
      expect(await names({ features: one, entities })).toEqual([
        'customer_id',
        'driver_id',
        ...new Set(one.map((reference) => reference.slice(reference.indexOf(':') + 1))),
      ])
    expect(await names({ features, entities: { driver_id: [1001], customer_id: ['5'] } })).toEqual([
      ...['driver_id', 'customer_id', 'name', 'trips', 'fx', 'acc_rate'],
    ])
    expect(await values({ features, entities })).toMatchObject({ name: ['five'], trips: [10], fx: [1.2] })
  })

  it('tags a version that was asked for in full names', async () => {
    const features = ['driver_stats@v1:trips', 'driver_stats@1:conv_rate', 'driver_stats:trips']
    const entities = { driver_id: [1001] }
    expect(await values({ features, entities, full_feature_names: true })).toEqual({
      driver_id: [1001],
      'driver_stats@v1__trips': [10],
      'driver_stats@v1__conv_rate': [0.5],
      driver_stats__trips: [10],
    })
  })

  it('of no row has no value', async () => {
    expect(await post({ features: ['driver_stats:trips'], entities: { driver_id: [] } })).toEqual({
      metadata: { feature_names: ['driver_id', 'trips'] },
      results: [
        { values: [], statuses: [], event_timestamps: [] },
        { values: [], statuses: [], event_timestamps: [] },
      ],
    })
  })

  it('says which revision it is of, and takes the request id over', async () => {
    const body = { features: ['driver_stats:trips'], entities: { driver_id: [1001] } }
    const { headers } = await open.call(PATH, { method: 'POST', body, headers: { 'x-request-id': 'from-feast' } })
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('x-request-id')).toBe('from-feast')
    expect(headers.get('x-shoreline-revision')).toBe('1')
    expect(headers.has('x-shoreline-degraded')).toBe(false)
    const pinned = await open.call(PATH, { method: 'POST', body, headers: { 'x-shoreline-revision': '9' } })
    expect([pinned.status, JSON.parse(pinned.json as string).message]).toEqual([
      ...[409, expect.stringContaining('Revision 9 cannot be answered')],
    ])
  })

  it('from an earlier revision, because blocks of the newest are missing, says so', async () => {
    const head = JSON.parse((await bindings.KV.get(HEAD_KEY)) ?? '') as Head
    const base = { store: 'kv' as const, run: '2-bbbb', blocks: BLOCKS }
    const views = { ...head.views, 'flag_stats@1': { snapshot: 2, base, watermark: 0 } }
    await bindings.KV.put(HEAD_KEY, JSON.stringify({ ...head, revision: 2, views }))
    const body = { features: ['flag_stats:count'], entities: { flagged: [true] } }
    const { headers, json } = await guarded({ AUTH: 'off', CLOCK: NOW }).call(PATH, { method: 'POST', body })
    await bindings.KV.put(HEAD_KEY, JSON.stringify(head))
    expect([headers.get('x-shoreline-revision'), headers.get('x-shoreline-degraded')]).toEqual(['1', 'true'])
    expect((json as FeastFeaturesAnswer).results[1]?.values).toEqual([4])
  })
})

describe('a status', () => {
  it('tells what is there, null, too old and unknown apart', async () => {
    const features = ['driver_stats:acc_rate', 'driver_stats:trips']
    const { results } = await post({ features, entities: { driver_id: [1001, 1002, 1003, 7] } })
    const times = [SEEN, SEEN, '2026-11-22T16:59:59Z', EPOCH]
    expect(results.slice(1)).toEqual([
      {
        values: [Math.fround(0.9), null, null, null],
        statuses: ['PRESENT', 'NULL_VALUE', 'OUTSIDE_MAX_AGE', 'NOT_FOUND'],
        event_timestamps: times,
      },
      {
        values: [10, 20, null, null],
        statuses: ['PRESENT', 'PRESENT', 'OUTSIDE_MAX_AGE', 'NOT_FOUND'],
        event_timestamps: times,
      },
    ])
  })

  it('of a null key is NOT_FOUND, and the other rows are answered', async () => {
    expect(
      (await post({ features: ['driver_stats:trips'], entities: { driver_id: [1001, null, 1002] } })).results,
    ).toEqual([
      { values: [1001, null, 1002], statuses: Array(3).fill('PRESENT'), event_timestamps: Array(3).fill(EPOCH) },
      {
        values: [10, null, 20],
        statuses: ['PRESENT', 'NOT_FOUND', 'PRESENT'],
        event_timestamps: [SEEN, EPOCH, SEEN],
      },
    ])
  })

  it('of a key that is null in part is NOT_FOUND, in its view alone', async () => {
    const entities = { origin: ['SFO', 'SFO', null], destination: ['JFK', null, 'JFK'], driver_id: [null, 1001, 1002] }
    const { results } = await post({ features: ['route_stats:flights', 'driver_stats:trips'], entities })
    expect(results.slice(3).map((one) => [one.values, one.statuses])).toEqual([
      [
        [7, null, null],
        ['PRESENT', 'NOT_FOUND', 'NOT_FOUND'],
      ],
      [
        [null, 10, 20],
        ['NOT_FOUND', 'PRESENT', 'PRESENT'],
      ],
    ])
    expect(results[3]?.event_timestamps[0]).toBe('2026-11-22T18:15:45.123456Z')
  })
})

describe('a value', () => {
  const features = Object.keys(EVERY_TYPE).map((name) => `typed:${name}`)

  it.each<[number, keyof typeof EVERY_TYPE, string, string]>([
    [1001, 'a_bool', 'true', 'PRESENT'],
    [1001, 'an_int32', '-5', 'PRESENT'],
    [1001, 'an_int64', '-9223372036854775808', 'PRESENT'],
    [1001, 'a_float32', '0.10000000149011612', 'PRESENT'],
    [1001, 'a_float64', '1e+300', 'PRESENT'],
    [1001, 'a_string', '"SFO"', 'PRESENT'],
    [1001, 'a_timestamp', '1795371345', 'PRESENT'],
    [1001, 'a_date', '"2026-11-22"', 'PRESENT'],
    [1001, 'a_uuid', '"0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e"', 'PRESENT'],
    [1001, 'some_bytes', '"YQ=="', 'PRESENT'],
    [1001, 'a_json', '"{\\"a\\":1}"', 'PRESENT'],
    [1001, 'ints', '[1,9007199254740993]', 'PRESENT'],
    [1001, 'instants', '[0,null]', 'PRESENT'],
    [1001, 'floats', '[2.0,0.5]', 'PRESENT'],
    [1001, 'a_vector', '[1.0,-2.5,0.10000000149011612]', 'PRESENT'],
    [1002, 'a_bool', 'null', 'NULL_VALUE'],
    [1002, 'a_float32', 'null', 'NULL_VALUE'],
    [1002, 'a_float64', 'null', 'NULL_VALUE'],
    [1002, 'a_timestamp', '0', 'PRESENT'],
    [1002, 'a_json', '"null"', 'PRESENT'],
    [1002, 'ints', '[]', 'PRESENT'],
    [1002, 'instants', 'null', 'NULL_VALUE'],
    [1002, 'floats', '[null]', 'PRESENT'],
    [1002, 'a_vector', '[0.0,null,1.0]', 'PRESENT'],
    [1003, 'a_float32', '3.0', 'PRESENT'],
    [1003, 'a_float64', '0.0', 'PRESENT'],
    [1003, 'a_string', '""', 'PRESENT'],
  ])('of %i, %s, is written %s: %s', async (driver, feature, text, status) => {
    const body = { features: [`typed:${feature}`], entities: { driver_id: [driver] } }
    expect(await textOf(body)).toContain(`{"values":[${text}],"statuses":["${status}"],"event_timestamps":["${SEEN}"]}`)
  })

  it('that is infinite or no number does not spoil the others', async () => {
    const { metadata, results } = await post({ features, entities: { driver_id: [1001, 1002, 1003] } })
    expect(metadata.feature_names).toEqual(['driver_id', ...Object.keys(EVERY_TYPE)])
    for (const { values: all, statuses } of results)
      for (const [row, value] of all.entries()) expect(statuses[row] === 'PRESENT').toBe(value !== null)
  })
})

describe('a join key', () => {
  it('of 64 bits is exact, in and out', async () => {
    const body = '{"features":["driver_stats:trips"],"entities":{"driver_id":[9007199254740993,9007199254740992]}}'
    const text = await textOf(body)
    expect(text).toContain('{"values":[9007199254740993,9007199254740992],')
    expect(text).toContain('{"values":[9007199254740993,null],"statuses":["PRESENT","NOT_FOUND"]')
  })

  it.each<[string, string, string, string]>([
    ['driver_stats:conv_rate', 'driver_id', '["1001", 1001, 1001.0, " 1001 ", "+1001"]', '1001'],
    ['customer_stats:trips', 'customer_id', '["5", 5, 5.0]', '"5"'],
    [
      'session_stats:clicks',
      'started_at',
      '[1795341600, "1795341600", "2026-11-22T10:00:00Z", "2026-11-22 10:00:00"]',
      '1795341600',
    ],
    ['flag_stats:count', 'flagged', '[true, "True", "true", 1]', 'true'],
  ])('of %s, %s, may be any of %s and is echoed as %s', async (feature, column, sent, echoed) => {
    const text = await textOf(`{"features":["${feature}"],"entities":{"${column}":${sent}}}`)
    const rows = (JSON.parse(sent) as unknown[]).length
    expect(text).toContain(`{"values":[${Array(rows).fill(echoed).join(',')}],"statuses":["PRESENT"`)
    expect((JSON.parse(text) as FeastFeaturesAnswer).results[1]?.statuses).toEqual(Array(rows).fill('PRESENT'))
  })

  it('with characters that keys and JSON escape is echoed as it is', async () => {
    const body = { features: ['customer_stats:name'], entities: { customer_id: ['a"\\b', 'a|b'] } }
    expect(await values(body)).toEqual({ customer_id: ['a"\\b', 'a|b'], name: ['quote " and \\', null] })
  })

  it('of the registry that nothing needs is echoed with its type, and what is no join key is ignored', async () => {
    const entities = { nothing: [{}], customer_id: [5], driver_id: ['1001'], flagged: ['False'] }
    const body = JSON.stringify({ features: ['driver_stats:trips'], entities }).replace('nothing', '__proto__')
    expect(await values(body)).toEqual({ customer_id: ['5'], driver_id: [1001], flagged: [false], trips: [10] })
  })

  it('may be called by its entity, as older clients do', async () => {
    const features = ['driver_stats:trips']
    expect(await values({ features, entities: { driver: [1001] } })).toEqual({ driver_id: [1001], trips: [10] })
    for (const entities of [
      { driver: [1002], driver_id: [1001] },
      { driver_id: [1001], driver: [1002] },
    ])
      expect(await values({ features, entities })).toEqual({ driver_id: [1001], trips: [10] })
  })

  it.each<[string, string]>([
    ['{"driver_id":[1001,"x"]}', 'entities.driver_id[1]: "x" is not right; send an integer.'],
    ['{"driver_id":[1001.5]}', 'entities.driver_id[0]: 1001.5 is not right; send an integer.'],
    ['{"driver_id":[true]}', 'entities.driver_id[0]: true is not right; send an integer.'],
    [
      '{"driver_id":[9223372036854775808]}',
      'entities.driver_id[0]: 9223372036854775808 is not right; send an integer from',
    ],
    ['{"driver_id":[1e300]}', 'entities.driver_id[0]: 1e+300 is not right; send the digits of an integer'],
    ['{"driver":["x"]}', 'entities.driver[0]: "x" is not right'],
    [
      '{"driver_id":[1],"started_at":[1e15]}',
      'entities.started_at[0]: 1000000000000000 is not right; send an RFC 3339',
    ],
    ['{"driver_id":[1],"customer_id":[[1]]}', 'entities.customer_id[0]: [1] is not right; send a string.'],
    [`{"driver_id":[1],"customer_id":["\\u0000"]}`, 'entities.customer_id[0]'],
    [
      '{"customer_id":[1]}',
      'Missing join key values for keys: driver_id (int64). The columns of entities are customer_id.',
    ],
  ])('in %s is refused', async (entities, message) => {
    const [status, exception, said] = await refused(`{"features":["driver_stats:trips"],"entities":${entities}}`)
    expect([status, exception, said]).toEqual([422, 'FeastError', expect.stringContaining(message)])
  })
})

describe('a refusal', () => {
  const entities = { driver_id: [1001] }

  it.each<[object, number, string, string]>([
    [{ features: ['nope:x'] }, 404, 'FeatureViewNotFoundException', 'There is no view nope.'],
    [{ features: ['DriverStats:x'] }, 404, 'FeatureViewNotFoundException', 'Feature view DriverStats does not exist'],
    [{ features: ['driver_stats@v9:trips'] }, 404, 'FeatureViewNotFoundException', 'has no version 9'],
    [{ features: ['driver_stats:nope'] }, 404, 'FeastObjectNotFoundException', 'has no feature nope'],
    [
      { feature_service: 'nope' },
      404,
      'FeatureServiceNotFoundException',
      'There is no service "nope". There are: both',
    ],
    [{ feature_service: 'fs1@7' }, 404, 'FeatureServiceNotFoundException', 'Service fs1 has no version 7'],
    [{ features: ['driver_stats'] }, 400, 'FeastError', 'Invalid feature reference "driver_stats".'],
    [{ features: ['driver_stats@x:trips'] }, 400, 'FeastError', 'Invalid feature reference'],
    [{ features: [] }, 400, 'FeastError', 'No features specified for retrieval.'],
    [{}, 400, 'FeastError', 'No features specified for retrieval.'],
    [
      { features: ['driver_stats:trips', 'customer_stats:trips'], entities: { driver_id: [1], customer_id: ['5'] } },
      422,
      'FeatureNameCollisionError',
      'Duplicate features named trips found. Ask with full_feature_names',
    ],
    [{ features: ['global_fv:fx'], entities: {} }, 400, 'FeastError', 'entities: it has no column.'],
    [
      { feature_service: 'both', entities: { driver_id: [1, 2], customer_id: ['5'] } },
      400,
      'FeastError',
      'All entity rows must have the same columns: entities.driver_id has 2 values and entities.customer_id 1.',
    ],
    [
      { feature_service: 'fs1', entities: { driver_id: Array(1001).fill(1) } },
      413,
      'FeastError',
      '1001 rows; at most 1000',
    ],
  ])('of %j is %i %s', async (body, status, exception, message) => {
    expect(await refused({ entities, ...body })).toEqual([status, exception, expect.stringContaining(message)])
  })

  it('of a key that is too long names its columns', async () => {
    const entities = { origin: ['x'.repeat(600)], destination: ['y'.repeat(600)] }
    expect(await refused({ features: ['route_stats:flights'], entities })).toEqual([
      ...[422, 'FeastError', expect.stringContaining('origin, destination: the key is 1201 bytes long')],
    ])
  })

  it('of rows times views beyond 5,000 says how many there are', async () => {
    const features = ['driver_stats', 'customer_stats', 'global_fv'].flatMap((name) => {
      const feature = name === 'global_fv' ? 'fx' : 'trips'
      return [`${name}:${feature}`, `${name}@1:${feature}`]
    })
    const many = { driver_id: Array(834).fill(1), customer_id: Array(834).fill('5') }
    expect(await refused({ features, entities: many, full_feature_names: true })).toEqual([
      ...[413, 'FeastError', expect.stringContaining('834 rows times 6 views of the list of features')],
    ])
    const fewer = { driver_id: Array(833).fill(1), customer_id: Array(833).fill('5') }
    expect(await names({ features, entities: fewer, full_feature_names: true })).toHaveLength(8)
  })

  it('is a JSON string that holds JSON, with the request id in its header', async () => {
    const body = { features: ['nope:x'], entities }
    const { text, headers } = await open.call(PATH, { method: 'POST', body, headers: { 'x-request-id': 'one' } })
    expect(text).toMatch(
      /^"\{\\"module\\": \\"feast\.errors\\", \\"class\\": \\"FeatureViewNotFoundException\\", \\"message\\": \\"/,
    )
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('x-request-id')).toBe('one')
  })

  it.each<[string, string, readonly unknown[], string]>([
    ['', 'missing', ['body'], 'Field required'],
    ['{', 'json_invalid', ['body'], 'JSON decode error'],
    ['[1]', 'dict_type', ['body'], 'Input should be a valid dictionary'],
    ['{}', 'missing', ['body', 'entities'], 'Field required'],
    ['{"entities":[1]}', 'dict_type', ['body', 'entities'], 'Input should be a valid dictionary'],
    ['{"entities":{"driver_id":1001}}', 'list_type', ['body', 'entities', 'driver_id'], 'Input should be a valid list'],
    ['{"entities":{},"features":"a:b"}', 'list_type', ['body', 'features'], 'Input should be a valid list'],
    ['{"entities":{},"features":["a:b",7]}', 'string_type', ['body', 'features', 1], 'Input should be a valid string'],
    [
      '{"entities":{},"feature_service":7}',
      'string_type',
      ['body', 'feature_service'],
      'Input should be a valid string',
    ],
    ['{"entities":{},"full_feature_names":9007199254740993}', 'bool_type', ['body', 'full_feature_names'], 'boolean'],
  ])('of the body %s is what FastAPI says: %s at %j', async (body, type, loc, msg) => {
    const { status, json } = await ask(body)
    expect(status).toBe(422)
    expect(json).toEqual({
      detail: [{ type, loc, msg: expect.stringContaining(msg), input: expect.toBeOneOf([expect.anything(), null]) }],
    })
  })

  it('of a method is 405', async () => {
    const { status, json } = await open.call(PATH)
    expect([status, json]).toEqual([405, { detail: 'Method Not Allowed' }])
  })

  it('does not come from what the content type says, nor from fields that nobody knows', async () => {
    const body = JSON.stringify({
      features: ['driver_stats:trips'],
      entities,
      include_feature_view_version_metadata: true,
      x: 1,
    })
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain;charset=UTF-8', ''])
      expect((await open.call(PATH, { method: 'POST', body, headers: { 'content-type': type } })).status, type).toBe(
        200,
      )
  })

  it.each<[string, string, string]>([
    ['/search', '{"features":["typed:a_vector"],"query":[1.0,2.0],"top_k":3}', 'no vector search'],
    ['/retrieve-online-documents', '{"features":["typed:a_vector"],"query":[1.0,2.0]}', 'no vector search'],
  ])('of %s says what to do instead, once the body is right', async (path, body, message) => {
    expect(await refused(body, path)).toEqual([422, 'FeastError', expect.stringContaining(message)])
    expect(await ask('{"feature_views":7,"features":7}', path)).toMatchObject({
      status: 422,
      json: { detail: expect.any(Array) },
    })
  })

  it('never is a 5xx for what a caller sends', async () => {
    const reference = fc.oneof(fc.constantFrom('driver_stats:trips', 'global_fv:fx', 'typed:a_json'), fc.string())
    const column = fc.oneof(fc.constantFrom('driver_id', 'customer_id', 'started_at', 'flagged'), fc.string())
    const body = fc.record(
      {
        entities: fc.oneof(fc.dictionary(column, fc.array(fc.jsonValue(), { maxLength: 3 })), fc.jsonValue()),
        features: fc.oneof(fc.array(reference), fc.jsonValue()),
        feature_service: fc.oneof(fc.constantFrom('fs1', 'fs2@1', ''), fc.jsonValue()),
        full_feature_names: fc.oneof(fc.boolean(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.jsonValue()), async (sent) => {
        const { status, text } = await ask(JSON.stringify(sent))
        expect(status, text).toBeLessThan(500)
      }),
      { seed: 21, numRuns: 300 },
    )
  })

  it('of blocks that cannot be read is 503, not NOT_FOUND', async () => {
    const addresses = Array.from({ length: BLOCKS }, (_, block) => blockKey('flag_stats@1', RUN, block))
    const texts = await Promise.all(addresses.map((address) => bindings.KV.get(address)))
    await Promise.all(addresses.map((address) => bindings.KV.delete(address)))
    const cold = guarded({ AUTH: 'off', CLOCK: NOW })
    const body = { features: ['flag_stats:count'], entities: { flagged: [true] } }
    const { status, json, headers } = await cold.call(PATH, { method: 'POST', body })
    expect([status, headers.get('retry-after'), JSON.parse(json as string)]).toEqual([
      503,
      '5',
      expect.objectContaining({ class: 'FeastError' }),
    ])
    await Promise.all(addresses.map((address, at) => bindings.KV.put(address, texts[at] ?? '')))
    expect((await cold.call(PATH, { method: 'POST', body })).status).toBe(200)
  })
})

describe("Feast's client", () => {
  it('gets what it asks for by name', async () => {
    const cells = await client(open, ['driver_stats:trips', 'driver_stats:conv_rate'], { driver_id: [1001, 7] })
    expect(cells.get('trips')).toEqual([
      { value: 10, status: 'PRESENT' },
      { value: null, status: 'NOT_FOUND' },
    ])
    const full = await client(open, 'both', { driver_id: [1002], customer_id: [5] }, { fullNames: true })
    expect(Object.fromEntries(full)).toMatchObject({
      driver_stats__conv_rate: [{ value: 2 }],
      customer_stats__trips: [{ value: 50 }],
    })
  })

  it('raises exceptions of its own', async () => {
    await expect(client(open, ['nope:x'], { driver_id: [1] })).rejects.toMatchObject({
      exception: 'FeatureViewNotFoundException',
      message: expect.stringContaining('There is no view nope'),
    })
    await expect(client(open, 'nope', { driver_id: [1] })).rejects.toMatchObject({
      exception: 'FeatureServiceNotFoundException',
    })
  })
})
