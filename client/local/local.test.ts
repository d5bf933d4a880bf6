/**
 * What computing on the device does beside a service that changes under it, and with code that is not what it should be. That it
 * computes what the edge does is in test/browser/local.test.ts.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Served } from '../answer.ts'
import { ClientError } from '../error.ts'
import type { ClientModule, LocalCall } from '../local.ts'
import type { ServicePlan } from '../plan.ts'
import { computeLocally } from './index.ts'

type Row = Readonly<Record<string, unknown>>

const column = (at: number) => ({ column: at, type: 'float64' })
const product = { call: 'multiply', type: 'float64', args: [column(0), column(1)] }
const WASM = Buffer.from(
  '0061736d0100000001070160027c7c017c030201000709010574696d657300000a0901070020002001a20b',
  'hex',
)
const HASH = createHash('sha256').update(WASM).digest('hex')

const entryBase = {
  view: 'risk@1',
  as: 'risk',
  width: 2,
  inputs: [
    { name: 'share', type: 'float64', at: 0, from: { view: 0, column: 0 } },
    { name: 'distance', type: 'float64', at: 1, from: { field: 'distance' } },
  ],
}
const SQL = {
  ...entryBase,
  form: 'sql',
  features: [
    { feature: 'risk', type: 'float64', visibility: 'public', expression: { format: 1, packs: [], root: product } },
  ],
}
const computed = { feature: 'risk', type: 'float64', visibility: 'public' }
const TIMES = { ...entryBase, form: 'wasm', code: HASH, export: 'times', args: [0, 1], features: [computed] }

function planOf(version: number, keys: readonly string[], { entry = SQL as object, packs = [] as string[] } = {}) {
  const body = {
    keys: keys.map((name) => ({ name, type: 'string' })),
    request: [{ name: 'distance', type: 'float64' }],
    features: [{ name: 'risk', type: 'float64', view: 'risk', visibility: 'public' }],
    edge_only: [],
    on_demand: {
      views: [{ as: 'origin', columns: [{ name: 'origin__share', type: 'float64' }] }],
      entries: [entry],
      answer: [{ entry: 0, feature: 0, name: 'risk', as: 'risk' }],
      packs,
    },
  }
  return { id: `flight@${version}`, body } as unknown as ServicePlan
}

/** An edge with one plan after the other, which keeps what it was asked. */
function callOf(
  first: ServicePlan,
  rows: readonly Row[],
  more: Partial<LocalCall> & { readonly answers?: readonly ServicePlan[] } = {},
) {
  const { answers = [first], ...rest } = more
  const asked: (readonly Row[])[] = []
  const call: LocalCall = {
    service: 'flight',
    rows,
    only: true,
    code: [],
    options: { statuses: true },
    plan: async () => first,
    stored: async (keys) => {
      asked.push(keys)
      const plan = answers[Math.min(asked.length, answers.length) - 1] ?? first
      const raw = {
        service: plan.id,
        revision: 1,
        degraded: false,
        issues: [],
        views: [],
        rows: keys.map(() => ({ origin__share: 0.5 })),
      }
      return { raw, plan, source: 'network', stale: false, offline: false, age: 0, now: 0 } as unknown as Served
    },
    edge: async () => ({ rows: [{ risk: 9 }], meta: { computed: 'edge' } as never }),
    ...rest,
  }
  return { call, asked }
}

const ROWS = [{ origin: 'SFO', distance: 3 }]

describe('computing on the device', () => {
  it('asks by join keys alone, and says what it computed', async () => {
    const { call, asked } = callOf(planOf(1, ['origin']), ROWS)
    const { rows, meta } = await computeLocally(call)
    expect(rows).toEqual([{ risk: 1.5 }])
    expect(meta).toMatchObject({ service: 'flight@1', computed: 'local', issues: [], statuses: [{ risk: 'PRESENT' }] })
    expect(asked).toEqual([[{ origin: 'SFO' }]])
  })

  it('goes by the plan of the version that answers, when another went online', async () => {
    const next = planOf(2, ['origin', 'distance_band'])
    const rows = [{ ...ROWS[0], distance_band: 'far' }]
    // By the old plan the row has a field too many, by the new one it is right.
    await expect(computeLocally(callOf(planOf(1, ['origin']), rows).call)).rejects.toMatchObject({ code: 'INVALID' })
    const { call, asked } = callOf(planOf(1, ['origin']), ROWS, { answers: [planOf(2, ['origin'])] })
    expect((await computeLocally(call)).meta.service).toBe('flight@2')
    expect(asked).toHaveLength(2)
    await expect(computeLocally(callOf(planOf(1, ['origin']), ROWS, { answers: [next] }).call)).rejects.toMatchObject({
      message:
        'rows[0]: the join key distance_band (string) is missing. flight@2 needs origin, distance_band, distance.',
    })
  })

  it('gives up when every answer is of another version', async () => {
    const versions = [2, 3, 4, 5].map((version) => planOf(version, ['origin']))
    const { call } = callOf(planOf(1, ['origin']), ROWS, { answers: versions })
    await expect(computeLocally(call)).rejects.toMatchObject({ code: 'UNREADABLE' })
  })

  it('is not possible with packs that this version does not have, which prefer-local says', async () => {
    const plan = planOf(1, ['origin'], { packs: ['quantum'] })
    await expect(computeLocally(callOf(plan, ROWS).call)).rejects.toMatchObject({
      code: 'NOT_LOCAL',
      message: expect.stringContaining(
        'flight@1 cannot be computed on this device: An expression needs the pack of functions "quantum"',
      ),
    })
    const { rows, meta } = await computeLocally(callOf(plan, ROWS, { only: false }).call)
    expect(rows).toEqual([{ risk: 9 }])
    expect(meta).toMatchObject({ computed: 'edge', fallback: expect.stringContaining('quantum') })
  })

  it('is not possible once the edge gives no inputs, because something is public no more', async () => {
    const error = new ClientError('compute: flight@1 has features that are not public', {
      code: 'INVALID',
      status: 422,
      details: { field: 'compute' },
    })
    const stored = () => Promise.reject(error)
    await expect(computeLocally(callOf(planOf(1, ['origin']), ROWS, { stored }).call)).rejects.toMatchObject({
      code: 'NOT_LOCAL',
    })
    const { meta } = await computeLocally(callOf(planOf(1, ['origin']), ROWS, { stored, only: false }).call)
    expect(meta).toMatchObject({ computed: 'edge', fallback: error.message })
  })

  it.each([
    ['an input that is not there', {}, 'origin__share of row 0 cannot be read: the answer does not have it.'],
    ['an input of another type', { origin__share: 'half' }, 'origin__share of row 0 cannot be read: it is no float64.'],
  ])('computes nothing from %s', async (_what, row, message) => {
    const { call } = callOf(planOf(1, ['origin']), ROWS)
    const stored: LocalCall['stored'] = async (keys) => {
      const served = await call.stored(keys)
      return { ...served, raw: { ...served.raw, rows: [row as never] } }
    }
    await expect(computeLocally({ ...call, stored })).rejects.toMatchObject({ code: 'UNREADABLE', message })
  })
})

describe('code that the page brings', () => {
  const plan = planOf(1, ['origin'], { entry: TIMES })
  const run = (module: unknown) =>
    computeLocally(callOf(plan, ROWS, { code: [{ hash: HASH, module } as ClientModule] }).call)

  it.each([
    ['bytes', WASM],
    ['a buffer', WASM.buffer.slice(WASM.byteOffset, WASM.byteOffset + WASM.byteLength)],
    ['a compiled module', new WebAssembly.Module(WASM)],
    ['what a bundler makes of it', { default: WASM }],
    ['a function that loads it', async () => ({ default: new Uint8Array(WASM) })],
  ])('in WebAssembly may be %s', async (_what, module) => {
    expect((await run(module)).rows).toEqual([{ risk: 1.5 }])
  })

  it.each([
    [
      'is not what its hash says',
      Buffer.concat([WASM, Buffer.from([0, 2, 1, 65])]),
      /its bytes have the hash [0-9a-f]{64}\.$/,
    ],
    ['does not load', () => Promise.reject(new Error('offline')), /the code of risk@1 cannot be used: offline\.$/],
    [
      'is no such module',
      { compute: () => ({}) },
      /cannot be instantiated: it must be WebAssembly that imports nothing\.$/,
    ],
  ])('is not run when it %s', async (_what, module, message) => {
    await expect(run(module)).rejects.toMatchObject({ code: 'NOT_LOCAL', message: expect.stringMatching(message) })
  })
})
