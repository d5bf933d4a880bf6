/** What a client knows from `typeof import('./features')`. Nothing here runs. */
import { type Client, createClient, type InputOf, isClientError, type OutputOf } from '../../client/index.ts'
import { useFeatures } from '../../client/react.ts'
import type { Json } from '../../core/types.ts'
import type { flightDelay, flightNow, world } from './features.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectTrue<_T extends true>(): void {}

const client = createClient<typeof import('./features.ts')>({ url: 'https://features.example.com' })

expectTrue<Equal<InputOf<typeof flightDelay>, { origin: string; destination: string }>>()
expectTrue<Equal<InputOf<typeof flightNow>, { number: bigint }>>()
expectTrue<Equal<InputOf<typeof world>, Record<string, never>>>()

interface FlightDelay {
  flights_1d: bigint | null
  avg_delay_7d: number | null
  destination_delay_7d: number | null
  distance: number | null
  carriers: readonly string[] | null
  embedding: Float32Array | null
  about: Json
  first_flight: string | null
  active: boolean | null
}
type Flat<T> = { [P in keyof T]: T[P] }
expectTrue<Equal<OutputOf<typeof flightDelay>, Flat<FlightDelay>>>()
expectTrue<
  Equal<
    OutputOf<typeof flightNow>,
    { signature: Uint8Array | null; gate: readonly bigint[] | null; airports: number | null }
  >
>()

// Services go by the name they were defined with, and nothing else of the module is one.
type ServiceNames = typeof client extends Client<infer S> ? keyof S : never
expectTrue<Equal<ServiceNames, 'flight_delay' | 'flight_now' | 'world'>>()

export async function rows() {
  const { row, meta } = await client.get('flight_delay', { origin: 'SFO', destination: 'JFK' })
  expectTrue<Equal<typeof row, Flat<FlightDelay>>>()
  expectTrue<Equal<typeof meta.revision, number>>()

  const many = await client.getMany('flight_now', [{ number: 7n }])
  expectTrue<Equal<(typeof many.rows)[number], OutputOf<typeof flightNow>>>()
  await client.get('world', {})

  // @ts-expect-error: the service is called flight_delay
  await client.get('flightDelay', { origin: 'SFO', destination: 'JFK' })
  // @ts-expect-error: no such key
  await client.get('flight_delay', { origin: 'SFO', destination: 'JFK', carrier: 'UA' })
  // @ts-expect-error: a key is missing
  await client.get('flight_delay', { origin: 'SFO' })
  // @ts-expect-error: the join key has the name of its role
  await client.get('flight_delay', { airport: 'SFO', destination: 'JFK' })
  // @ts-expect-error: the key is a string
  await client.get('flight_delay', { origin: 1, destination: 'JFK' })
  // @ts-expect-error: an int64 key is a bigint
  await client.getMany('flight_now', [{ number: 7 }])
  // @ts-expect-error: the entity is global
  await client.get('world', { airport: 'SFO' })
  // @ts-expect-error: not taken by the service
  row.destination_delay_1d
  // @ts-expect-error: may be null
  row.avg_delay_7d.toFixed(1)
}

export async function errors() {
  try {
    await client.get('world', {})
  } catch (error) {
    if (!isClientError(error)) throw error
    switch (error.code) {
      case 'INVALID':
        expectTrue<Equal<typeof error.details.row, number | undefined>>()
        break
      case 'NOT_MATERIALIZED':
        expectTrue<Equal<typeof error.details.views, readonly string[] | undefined>>()
        break
      case 'DEADLINE':
        // @ts-expect-error: there is no answer that could say so
        error.details.row.toFixed()
        break
      // @ts-expect-error: no such code
      case 'TIMEOUT':
    }
    if (isClientError(error, 'FORBIDDEN')) expectTrue<Equal<typeof error.code, 'FORBIDDEN'>>()
  }
}

export function watching() {
  const watch = client.watch('flight_now', { number: 7n })
  expectTrue<Equal<NonNullable<typeof watch.current>['row'], OutputOf<typeof flightNow>>>()
  watch.addEventListener('features', ({ detail }) => {
    expectTrue<Equal<typeof detail.row, OutputOf<typeof flightNow>>>()
  })
  // @ts-expect-error: an int64 key is a bigint
  client.watch('flight_now', { number: 7 })
}

export function Component() {
  const { row, status } = useFeatures(client, 'flight_now', { number: 7n }, { every: 10_000 })
  expectTrue<Equal<typeof row, OutputOf<typeof flightNow> | null>>()
  expectTrue<Equal<typeof status, 'loading' | 'ready' | 'error'>>()
  // @ts-expect-error: a key is missing
  useFeatures(client, 'flight_delay', { origin: 'SFO' })
}
