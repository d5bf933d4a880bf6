/** What the types know of on-demand views: the row that they compute from, what they return, and what callers have to send. */
import type { InputOf, OutputOf } from '../../client/index.ts'
import { featureService, onDemandView, request, stat, statistics, t } from '../../registry/index.ts'
import { airport, airportDelays, flightState, routeFacts, totals } from './features.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectTrue<_T extends true>(): void {}
type Flat<T> = { [P in keyof T]: T[P] }

const asked = request({ scheduled_at: t.timestamp(), distance_km: t.float64(), seats: t.list(t.int64()) })
const origin = airportDelays.as('origin_delays', { airport: 'origin' })

// The row has features, which may be null, join keys, which are not, and what the request brings, which may be null.
interface Row {
  flights_1d: bigint | null
  avg_delay_7d: number | null
  origin: string
  scheduled_at: string | null
  distance_km: number | null
  seats: readonly bigint[] | null
}
const risk = onDemandView('risk', {
  inputs: [origin, asked],
  features: { risk: t.float64(), busy: { type: t.bool(), visibility: 'public' }, id: t.int64() },
  compute: (row) => {
    expectTrue<Equal<typeof row, Flat<Row>>>()
    return { risk: (row.avg_delay_7d ?? 0) * 2, busy: row.flights_1d === null ? null : row.flights_1d > 9n, id: 1n }
  },
})

// Another view reads it, and asks through it.
const worst = onDemandView('worst', {
  inputs: [
    risk.pick('risk'),
    risk.as('there', { origin: 'destination' }).pick('busy'),
    request({ limit: t.float64() }),
  ],
  features: { worst: t.float64() },
  sql: { worst: 'greatest(risk, there.busy)' },
})
const service = featureService('s', { features: [worst, origin.pick('flights_1d'), totals] })
interface Sent {
  origin: string
  destination: string
  scheduled_at: string | null
  distance_km: number | null
  seats: readonly bigint[] | null
  limit: number | null
}
expectTrue<Equal<InputOf<typeof service>, Flat<Sent>>>()
expectTrue<
  Equal<OutputOf<typeof service>, { worst: number | null; flights_1d: bigint | null; airports: number | null }>
>()

onDemandView('nested', {
  inputs: [worst],
  features: { x: t.string() },
  // What a view asks of the request for itself is not in the row of another.
  compute: (row) => {
    expectTrue<Equal<typeof row, { worst: number | null; origin: string; destination: string }>>()
    return { x: row.origin }
  },
})

onDemandView('wasm', {
  inputs: [flightState.pick('gate'), request({ x: t.float64(), v: t.vector(3) })],
  features: { a: t.float64(), b: t.float64() },
  wasm: { module: 'a.wasm', export: 'f', args: ['x', 'v', 'number'], returns: ['b', 'a'] },
})

// Statistics of a training set are in the row, never null, and nobody sends them.
const constants = statistics({
  mean: stat('late', 'avg_delay_7d', 'mean'),
  rows: stat('late', 'avg_delay_7d', 'count'),
  most: stat('late', 'flights_1d', 'max', t.int64()),
  median: stat('late', 'avg_delay_7d', 'p50'),
  carriers: stat('late', 'carrier', 'vocabulary'),
  gates: stat('late', 'gate', 'vocabulary', t.list(t.int64())),
})
const scaled = onDemandView('scaled', {
  inputs: [origin.pick('flights_1d'), constants],
  features: { z: t.float64() },
  compute: (row) => {
    expectTrue<Equal<typeof row, Flat<Scaled>>>()
    return { z: row.mean }
  },
})
interface Scaled {
  flights_1d: bigint | null
  origin: string
  mean: number
  rows: bigint
  most: bigint
  median: number
  carriers: readonly string[]
  gates: readonly bigint[]
}
const scaledService = featureService('scaled', { features: [scaled] })
expectTrue<Equal<InputOf<typeof scaledService>, { origin: string }>>()

// Wrong definitions.
// @ts-expect-error: there is no such statistic
stat('late', 'x', 'average')
// @ts-expect-error: a mean is always a number
stat('late', 'x', 'mean', t.int64())
// @ts-expect-error: a statistic is named by stat()
statistics({ mean: 5 })
onDemandView('wrong', {
  inputs: [constants],
  features: { x: t.float64() },
  // @ts-expect-error: no such argument
  wasm: { module: 'a.wasm', export: 'f', args: ['max'], returns: ['x'] },
})
onDemandView('wrong', {
  // @ts-expect-error: a statistic has the name of a feature
  inputs: [origin, statistics({ flights_1d: stat('late', 'x', 'mean') })],
  features: { x: t.float64() },
  sql: { x: 'flights_1d' },
})
const features = { x: t.float64() }
// @ts-expect-error: a feature of another type
onDemandView('wrong', { inputs: [origin], features, compute: () => ({ x: 'text' }) })
// @ts-expect-error: an int64 is a bigint
onDemandView('wrong', { inputs: [origin], features: { x: t.int64() }, compute: () => ({ x: 1 }) })
// @ts-expect-error: it returns nothing for x
onDemandView('wrong', { inputs: [origin], features, compute: () => ({}) })
// @ts-expect-error: a value that is not there yet
onDemandView('wrong', { inputs: [origin], features, compute: async () => ({ x: 1 }) })
// @ts-expect-error: not in the row
onDemandView('wrong', { inputs: [origin], features, compute: (row) => ({ x: row.avg_delay_1d }) })
// @ts-expect-error: an expression is missing
onDemandView('wrong', { inputs: [origin], features: { ...features, y: t.bool() }, sql: { x: 'flights_1d' } })
// @ts-expect-error: an expression for no feature
onDemandView('wrong', { inputs: [origin], features, sql: { x: 'flights_1d', y: 'flights_1d' } })
// @ts-expect-error: two forms
onDemandView('wrong', { inputs: [origin], features, sql: { x: 'flights_1d' }, compute: () => ({ x: 1 }) })
// @ts-expect-error: no form
onDemandView('wrong', { inputs: [origin], features })
// @ts-expect-error: an entity is no input
onDemandView('wrong', { inputs: [airport], features, sql: { x: '1' } })
onDemandView('wrong', {
  // @ts-expect-error: two inputs bring flights_1d
  inputs: [origin, airportDelays],
  features,
  sql: { x: 'flights_1d' },
})
onDemandView('wrong', {
  // @ts-expect-error: the request brings the name of a feature
  inputs: [origin, request({ flights_1d: t.int64() })],
  features,
  sql: { x: 'flights_1d' },
})
onDemandView('wrong', {
  // @ts-expect-error: the request brings the name of a join key
  inputs: [origin, request({ origin: t.string() })],
  features,
  sql: { x: 'flights_1d' },
})
onDemandView('wrong', {
  inputs: [origin, asked],
  // @ts-expect-error: a value of the request has the name
  features: { distance_km: t.float64() },
  sql: { distance_km: 'flights_1d' },
})
onDemandView('wrong', {
  inputs: [origin],
  features,
  // @ts-expect-error: no such argument
  wasm: { module: 'a.wasm', export: 'f', args: ['flights'], returns: ['x'] },
})
// @ts-expect-error: a value of the request has the name of the feature
featureService('wrong', { features: [risk, routeFacts.pick('distance').rename({ distance: 'distance_km' })] })
// @ts-expect-error: its join key is called origin by now
risk.as('there', { airport: 'destination' })
// @ts-expect-error: int64 is not called
request({ x: t.int64 })
