/** What on-demand views answer, through every door: a value that fails fails alone, and a browser sees what is public only. */
import { beforeAll, describe, expect, it } from 'vitest'
import { registryKey } from '../../core/storage.ts'
import { parseType } from '../../core/types.ts'
import type { Definitions, OnDemandDefinition } from '../../registry/objects.ts'
import { packRegistry } from '../../registry/pack.ts'
import type { FeaturesAnswer, PlanAnswer } from '../../registry/wire/features.ts'
import { provideCode } from '../../worker/index.ts'
import { ARROW, readArrow } from './arrow.fixture.ts'
import { bindings, definitions, guarded, migrate, publishGuarded } from './guarded.fixture.ts'

const RISK = '1'.repeat(64)
const DOUBLE = '2'.repeat(64)
const SCALE = '3'.repeat(64)

/** How often `compute` was called: each view is evaluated once a row, whoever asks for it. */
let calls = 0

const MODULES = {
  [RISK]: {
    compute: ({ risk, distance, label }: { risk: number | null; distance: number | null; label: string | null }) => {
      calls++
      if (label === 'throw') throw new Error('of its own')
      if (label === 'promise') return Promise.resolve({ score: 1, text: 'late' })
      if (label === 'wrong') return { score: '1', text: 'right' }
      if (label === 'extra') return { score: 1, text: 'right', more: 2 }
      if (label === 'lacks') return { score: 1 }
      return {
        score: risk === null || distance === null ? null : risk * distance,
        text: `${label} ${risk ?? 'unknown'}`,
      }
    },
  },
  [SCALE]: {
    compute: ({ distance, mean, most, carriers }: Scaling) => ({
      z: distance === null ? null : (distance - mean) / 0.3,
      most: most + 1n,
      carriers: [...carriers, typeof mean],
    }),
  },
  [DOUBLE]: { compute: ({ score }: { score: number | null }) => ({ twice: score === null ? null : 2 * score }) },
}

interface Scaling {
  readonly distance: number | null
  readonly mean: number
  readonly most: bigint
  readonly carriers: readonly string[]
}

const risk: OnDemandDefinition = {
  name: 'delay_risk',
  inputs: [
    {
      view: 'airport_delays',
      as: 'origin_delays',
      keys: { airport: 'origin' },
      features: [{ feature: 'risk', name: 'risk' }],
    },
    {
      request: [
        { name: 'distance', type: 'float64' },
        { name: 'label', type: 'string' },
      ],
    },
  ],
  features: [
    { name: 'score', type: 'float64', visibility: 'public' },
    { name: 'text', type: 'string', visibility: 'server' },
  ],
  form: { kind: 'typescript', code: RISK },
}
const double: OnDemandDefinition = {
  name: 'doubled',
  inputs: [{ view: 'delay_risk', as: 'delay_risk', keys: {}, features: [{ feature: 'score', name: 'score' }] }],
  features: [{ name: 'twice', type: 'float64', visibility: 'public' }],
  form: { kind: 'typescript', code: DOUBLE },
}

/** It takes what the others take, and needs none of it. */
const echo: OnDemandDefinition = {
  ...risk,
  name: 'echo',
  features: [{ name: 'same', type: 'float64', visibility: 'public' }],
  form: {
    kind: 'sql',
    sql: { same: 'risk' },
    bound: {
      same: {
        sql: 'risk',
        tree: { format: 1, packs: [], root: { column: 0, type: 'float64' } },
        reads: ['risk'],
      },
    },
    packs: [],
  },
}

const late = { set: 'late@3', column: 'distance' }
const constants = {
  statistics: [
    { name: 'mean', ...late, statistic: 'mean', type: 'float64', value: 700.1 },
    { name: 'most', ...late, statistic: 'max', type: 'int64', value: '9007199254740993' },
    { name: 'carriers', ...late, statistic: 'vocabulary', type: 'list(string)', value: ['WN', 'AA'] },
  ],
}
const distance = { request: [{ name: 'distance', type: 'float64' }] }

/** With statistics of a training set, as a function has them and as SQL does. */
const scaled: OnDemandDefinition = {
  name: 'scaled',
  inputs: [distance, constants],
  features: [
    { name: 'z', type: 'float64', visibility: 'public' },
    { name: 'most', type: 'int64', visibility: 'server' },
    { name: 'carriers', type: 'list(string)', visibility: 'server' },
  ],
  form: { kind: 'typescript', code: SCALE },
}
const difference = {
  call: 'subtract',
  type: 'float64',
  args: [
    { column: 0, type: 'float64' },
    { column: 1, type: 'float64' },
  ],
}
const less: OnDemandDefinition = {
  name: 'less',
  inputs: [distance, constants],
  features: [
    { name: 'less', type: 'float64', visibility: 'public' },
    { name: 'known', type: 'list(string)', visibility: 'public' },
  ],
  form: {
    kind: 'sql',
    sql: { less: 'distance - mean', known: 'carriers' },
    bound: {
      less: {
        sql: '(distance - mean)',
        tree: { format: 1, packs: [], root: difference },
        reads: ['distance', 'mean'],
      },
      known: {
        sql: 'carriers',
        tree: { format: 1, packs: [], root: { column: 3, type: 'list(string)' } },
        reads: ['carriers'],
      },
    },
    packs: [],
  },
}

function defined(): Definitions {
  const base = definitions()
  const input = (view: string, ...features: readonly string[]) => ({
    view,
    as: view,
    keys: {},
    features: features.map((feature) => ({ feature, name: feature })),
  })
  return {
    ...base,
    on_demand: [risk, double, echo, scaled, less],
    services: [
      ...base.services,
      {
        name: 'scored',
        inputs: [
          input('doubled', 'twice'),
          {
            view: 'airport_delays',
            as: 'origin_delays',
            keys: { airport: 'origin' },
            features: [{ feature: 'flights', name: 'flights' }],
          },
          input('delay_risk', 'score', 'text'),
        ],
      },
      { name: 'scaled', inputs: [input('scaled', 'z', 'most', 'carriers'), input('less', 'less', 'known')] },
      { name: 'echoed', inputs: [input('echo', 'same')] },
      { name: 'public_inputs', inputs: [input('doubled', 'twice')] },
    ],
  }
}

const open = guarded({ AUTH: 'off' })

async function ask(body: object): Promise<FeaturesAnswer> {
  const { status, json, text } = await open.call('/v1/features', { method: 'POST', body })
  if (status !== 200) throw new Error(text)
  return json as FeaturesAnswer
}

const ROW = { origin: 'SFO', distance: 10, label: 'x' }

beforeAll(async () => {
  await migrate()
  provideCode({ build: 'test', modules: MODULES })
  const { registry } = await publishGuarded(defined())
  await bindings.KV.put(registryKey(registry.revision), packRegistry(registry))
})

describe('on-demand features', () => {
  it('are answered in the order of the service, each view computed once a row', async () => {
    calls = 0
    const answer = await ask({ service: 'scored', rows: [ROW, { ...ROW, origin: 'JFK' }] })
    expect(JSON.stringify(answer.rows)).toBe(
      '[{"twice":10,"flights":12,"score":5,"text":"x 0.5"},{"twice":15,"flights":13,"score":7.5,"text":"x 0.75"}]',
    )
    expect(answer.issues).toEqual([])
    expect(answer.views).toMatchObject([{ view: 'airport_delays@1', as: 'origin_delays' }])
    expect(calls).toBe(2)
  })

  it('compute from null where a row is missing, which the answer says', async () => {
    const answer = await ask({ service: 'scored', rows: [{ ...ROW, origin: 'nowhere' }], metadata: 'full' })
    expect(answer.rows).toEqual([{ twice: null, flights: null, score: null, text: 'x unknown' }])
    expect(answer.issues).toEqual([
      { view: 'origin_delays', status: 'NOT_FOUND', rows: [0] },
      { feature: 'twice', status: 'NULL_VALUE', rows: [0] },
      { feature: 'score', status: 'NULL_VALUE', rows: [0] },
    ])
    expect(answer.statuses).toEqual([
      { flights: 'NOT_FOUND', twice: 'NULL_VALUE', score: 'NULL_VALUE', text: 'PRESENT' },
    ])
    expect(answer.input_statuses).toEqual([{ twice: 'NOT_FOUND', score: 'NOT_FOUND', text: 'NOT_FOUND' }])
  })

  it.each([
    ['throw', null, null, [{ view: 'delay_risk', status: 'INVALID', rows: [1] }]],
    ['promise', null, null, [{ view: 'delay_risk', status: 'INVALID', rows: [1] }]],
    ['wrong', null, 'right', [{ feature: 'score', status: 'INVALID', rows: [1] }]],
    ['lacks', 1, null, [{ feature: 'text', status: 'INVALID', rows: [1] }]],
    ['extra', 1, 'right', []],
  ])('that fail fail alone: a compute that answers with "%s"', async (label, score, text, issues) => {
    const answer = await ask({ service: 'scored', rows: [ROW, { ...ROW, label }] })
    expect(answer.rows?.[0]).toEqual({ twice: 10, flights: 12, score: 5, text: 'x 0.5' })
    expect(answer.rows?.[1]).toMatchObject({ flights: 12, score, text })
    expect(answer.rows?.[1]).not.toHaveProperty('more')
    expect(answer.issues?.filter((one) => one.feature !== 'twice')).toEqual(issues)
  })

  it('are counted with the status that each value has', async () => {
    await ask({ service: 'scored', rows: [{ ...ROW, label: 'throw' }] })
    const { text } = await open.call('/metrics')
    expect(text).toMatch(/shoreline_feature_statuses_total\{[^}]*view="delay_risk@1"[^}]*status="INVALID"[^}]*\} [1-9]/)
  })

  it('are the same in columns, with what rows share, and by full names', async () => {
    const columns = await ask({ service: 'scored', rows: [ROW, { ...ROW, distance: 20 }], format: 'columns' })
    expect(columns.columns).toEqual({ twice: [10, 20], flights: [12, 12], score: [5, 10], text: ['x 0.5', 'x 0.5'] })
    const shared = await ask({
      service: 'scored',
      shared: { origin: 'SFO', label: 'x' },
      rows: [{ distance: 1 }, { distance: 2 }],
    })
    expect(shared.shared).toEqual({ flights: 12 })
    expect(shared.rows).toEqual([
      { twice: 1, score: 0.5, text: 'x 0.5' },
      { twice: 2, score: 1, text: 'x 0.5' },
    ])
    const all = await ask({ service: 'scored', shared: ROW, rows: [{}, {}] })
    expect(all.shared).toEqual({ twice: 10, flights: 12, score: 5, text: 'x 0.5' })
    const full = await ask({ service: 'scored', rows: [ROW], full_names: true })
    expect(Object.keys(full.rows?.[0] ?? {})).toEqual([
      'doubled__twice',
      'origin_delays__flights',
      'delay_risk__score',
      'delay_risk__text',
    ])
  })

  it('are asked for one by one, without a service', async () => {
    const answer = await ask({ features: ['doubled:twice', 'airport_costs:cost'], rows: [{ ...ROW, airport: 'JFK' }] })
    expect(answer.rows).toEqual([{ twice: 10, cost: 992.5 }])
  })

  it('need every value of the request, and take null for one', async () => {
    const { distance: _, ...less } = ROW
    const missing = await open.call('/v1/features', { method: 'POST', body: { service: 'scored', rows: [less] } })
    expect([missing.status, missing.json]).toMatchObject([
      422,
      {
        error: {
          message:
            'rows[0]: the request-time value distance (float64) is missing. scored@1 needs origin, distance, label.',
        },
      },
    ])
    const wrong = await open.call('/v1/features', {
      method: 'POST',
      body: { service: 'scored', rows: [ROW, { ...ROW, distance: 'far' }] },
    })
    expect([wrong.status, wrong.json]).toMatchObject([422, { error: { details: { field: 'distance', row: 1 } } }])
    const unneeded = { service: 'echoed', rows: [{ ...ROW, label: 5 }] }
    const refused = await open.call('/v1/features', { method: 'POST', body: unneeded })
    expect([refused.status, refused.json]).toMatchObject([422, { error: { details: { field: 'label', row: 0 } } }])
    expect((await ask({ service: 'echoed', rows: [ROW] })).rows).toEqual([{ same: 0.5 }])
    const none = await ask({ service: 'scored', rows: [{ ...ROW, distance: null }] })
    expect(none.rows?.[0]).toMatchObject({ score: null, text: 'x 0.5' })
  })

  it('come for one row by GET, whose values are read by their types', async () => {
    const { status, json, headers } = await open.call('/v1/services/scored/features?origin=SFO&distance=1e1&label=x')
    expect(status).toBe(200)
    expect(json).toMatchObject({ rows: [{ twice: 10, flights: 12, score: 5, text: 'x 0.5' }] })
    expect(headers.get('etag')).toMatch(/^"/)
    expect(headers.get('server-timing')).toMatch(/^kv;desc="[0-9]+ keys", ondemand;desc="2 views"$/)
  })

  it('are columns of an Arrow table', async () => {
    const { bytes } = await open.call('/v1/features', {
      method: 'POST',
      headers: { accept: ARROW },
      body: { service: 'scored', rows: [ROW, { ...ROW, label: 'throw' }], metadata: 'full' },
    })
    const table = readArrow(bytes)
    expect(table.values('score', parseType('float64'))).toEqual([5, null])
    expect(table.statuses('score__status')).toEqual(['PRESENT', 'INVALID'])
    const { input_statuses: worst = '' } = Object.fromEntries(table.metadata)
    expect(JSON.parse(worst)).toMatchObject([{ score: 'PRESENT', twice: 'PRESENT' }, { twice: 'INVALID' }])
  })

  it('are answered in the form that Feast reads', async () => {
    const { status, json } = await open.call('/get-online-features', {
      method: 'POST',
      body: {
        feature_service: 'scored',
        entities: { origin: ['SFO', null, 'JFK'], distance: [10, 10, 2], label: ['x', 'x', 'throw'] },
      },
    })
    expect(status).toBe(200)
    const { metadata, results } = json as {
      readonly metadata: { readonly feature_names: readonly string[] }
      readonly results: readonly { readonly values: readonly unknown[]; readonly statuses: readonly string[] }[]
    }
    expect(metadata.feature_names).toEqual(['origin', 'twice', 'flights', 'score', 'text'])
    expect(results.map(({ values }) => values)).toEqual([
      ['SFO', null, 'JFK'],
      [10, null, null],
      [12, null, 13],
      [5, null, null],
      ['x 0.5', 'x unknown', null],
    ])
    expect(results[3]?.statuses).toEqual(['PRESENT', 'NULL_VALUE', 'INVALID'])
    expect(results[2]?.statuses).toEqual(['PRESENT', 'NOT_FOUND', 'PRESENT'])
  })
})

describe('statistics of a training set', () => {
  const Z = (5 - 700.1) / 0.3

  it('are what on-demand views compute with, and nothing that a caller sends', async () => {
    const answer = await ask({
      service: 'scaled',
      rows: [{ distance: 5 }, { distance: null }],
      metadata: 'full',
    })
    const same = { most: 9_007_199_254_740_994, carriers: ['WN', 'AA', 'number'], known: ['WN', 'AA'] }
    expect(answer.rows).toEqual([
      { ...same, z: Z, less: 5 - 700.1 },
      { ...same, z: null, less: null },
    ])
    // A constant is never missing.
    expect(answer.input_statuses?.[0]).toMatchObject({ z: 'PRESENT', less: 'PRESENT', known: 'PRESENT' })
    expect(answer.input_statuses?.[1]).toMatchObject({ z: 'NULL_VALUE', less: 'NULL_VALUE' })
    const sent = { service: 'scaled', rows: [{ distance: 5, mean: 1 }] }
    const refused = await open.call('/v1/features', { method: 'POST', body: sent })
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('mean')])
  })

  it('are shared by all rows, with what else they share', async () => {
    const answer = await ask({ service: 'scaled', shared: { distance: 5 }, rows: [{}, {}] })
    expect(answer.shared).toMatchObject({ z: Z, less: 5 - 700.1, known: ['WN', 'AA'] })
  })

  it('are in the plan, so that a browser computes with the same', async () => {
    const { json } = await open.call('/v1/services/scaled/plan')
    const { request, on_demand: onDemand } = json as PlanAnswer
    expect(request).toEqual([{ name: 'distance', type: 'float64' }])
    expect(onDemand?.entries[0]?.inputs).toEqual([
      { name: 'distance', type: 'float64', at: 0, from: { field: 'distance' } },
      { name: 'mean', type: 'float64', at: 1, from: { constant: 700.1 } },
      { name: 'most', type: 'int64', at: 2, from: { constant: '9007199254740993' } },
      { name: 'carriers', type: 'list(string)', at: 3, from: { constant: ['WN', 'AA'] } },
    ])
  })

  it('are there for a browser token as well', async () => {
    const token = guarded()
    const issued = await token.token({ services: ['scaled'], entities: {} })
    const { status, json } = await token.call('/v1/features', {
      method: 'POST',
      key: issued,
      body: { service: 'scaled', rows: [{ distance: 5 }] },
    })
    expect([status, json]).toMatchObject([200, { rows: [{ z: Z, less: 5 - 700.1, known: ['WN', 'AA'] }] }])
  })
})

describe('a client that computes itself', () => {
  it('gets what on-demand views read, and a plan that says how', async () => {
    const answer = await ask({ service: 'public_inputs', rows: [{ origin: 'SFO' }], compute: 'client' })
    expect(answer.rows).toEqual([{ origin_delays__risk: 0.5 }])
    const { json } = await open.call('/v1/services/public_inputs/plan')
    const plan = json as PlanAnswer
    expect(plan).toMatchObject({
      keys: [{ name: 'origin', type: 'string' }],
      request: [
        { name: 'distance', type: 'float64' },
        { name: 'label', type: 'string' },
      ],
      features: [{ name: 'twice', type: 'float64', view: 'doubled', visibility: 'public' }],
    })
    expect(plan.on_demand?.views).toEqual([
      { as: 'origin_delays', columns: [{ name: 'origin_delays__risk', type: 'float64' }] },
    ])
    expect(plan.on_demand?.entries.map((entry) => entry.view)).toEqual(['delay_risk@1', 'doubled@1'])
    // It may send what it has anyway.
    const more = await ask({ service: 'public_inputs', rows: [ROW], compute: 'client' })
    expect(more.rows).toEqual(answer.rows)
  })

  it('is refused where an input is not public', async () => {
    await publishGuarded({
      ...defined(),
      on_demand: [
        {
          ...double,
          name: 'margins',
          inputs: [
            {
              view: 'airport_delays',
              as: 'airport_delays',
              keys: {},
              features: [{ feature: 'margin', name: 'score' }],
            },
          ],
        },
      ],
      services: [
        {
          name: 'margins',
          inputs: [{ view: 'margins', as: 'margins', keys: {}, features: [{ feature: 'twice', name: 'twice' }] }],
        },
      ],
    })
    const { status, json } = await guarded({ AUTH: 'off' }).call('/v1/features', {
      method: 'POST',
      body: { service: 'margins', rows: [{ airport: 'SFO' }], compute: 'client' },
    })
    expect([status, json]).toMatchObject([422, { error: { details: { field: 'compute' } } }])
    // A page sees neither what the feature is computed from nor how.
    const guards = guarded()
    const key = await guards.token({ services: ['margins'], entities: { airport: ['SFO'] } })
    const body = { service: 'margins', rows: [{ airport: 'SFO' }], compute: 'client' }
    const asked = await guards.call('/v1/features', { method: 'POST', key, body })
    expect(asked.status).toBe(422)
    expect(asked.text).toContain('(twice)')
    const plan = await guards.call('/v1/services/margins/plan', { key })
    expect([plan.status, plan.json]).toMatchObject([200, { features: [{ name: 'twice' }], edge_only: ['twice'] }])
    expect(asked.text + plan.text).not.toMatch(/margin"|airport_delays__|222222|on_demand/)
    await publishGuarded(defined())
  })
})

describe('a browser token', () => {
  it('gets public features of on-demand views, and nothing of the others', async () => {
    const deployment = guarded()
    const key = await deployment.token({ services: ['scored'], entities: { origin: ['SFO'] } })
    const { status, text, json } = await deployment.call('/v1/features', {
      method: 'POST',
      key,
      body: { service: 'scored', rows: [ROW], metadata: 'full' },
    })
    expect(status).toBe(200)
    expect((json as FeaturesAnswer).rows).toEqual([{ twice: 10, flights: 12, score: 5 }])
    expect(text).not.toContain('text')
    const plan = await deployment.call('/v1/services/scored/plan', { key })
    expect(plan.json).toMatchObject({
      edge_only: [],
      on_demand: {
        entries: [{ view: 'delay_risk@1', features: [{ feature: 'score' }] }, { view: 'doubled@1' }],
        answer: [{ entry: 1, feature: 0 }, { view: 0 }, { entry: 0, feature: 0 }],
      },
    })
    expect(plan.text).not.toContain('text')
    const inputs = { service: 'scored', rows: [{ origin: 'SFO' }], compute: 'client' }
    expect((await deployment.call('/v1/features', { method: 'POST', key, body: inputs })).json).toMatchObject({
      rows: [{ flights: 12, origin_delays__risk: 0.5 }],
    })
  })
})

describe('a Worker without the code', () => {
  it('says what to run', async () => {
    provideCode({ build: 'test', modules: { [DOUBLE]: MODULES[DOUBLE] ?? {} } })
    const { status, json } = await guarded({ AUTH: 'off' }).call('/v1/features', {
      method: 'POST',
      body: { service: 'scored', rows: [ROW] },
    })
    provideCode({ build: 'test', modules: MODULES })
    expect([status, json]).toMatchObject([503, { error: { code: 'UNAVAILABLE', details: { code: RISK } } }])
    expect(JSON.stringify(json)).toContain('Run \\"shoreline deploy\\"')
  })
})
