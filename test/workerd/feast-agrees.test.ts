/** The native answer and Feast's say the same: for rows and lists of features made at random, read back with two parsers. */
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { StoredRow } from '../../core/block.ts'
import { type Parsed, parseExact } from '../../core/json.ts'
import type { FeastFeaturesAnswer } from '../../registry/wire/feast.ts'
import type { FeaturesAnswer } from '../../registry/wire/features.ts'
import { DRIVERS, EVERY_TYPE, micros, publish, SEEN } from './feast.fixture.ts'
import { guarded } from './guarded.fixture.ts'
import { STORED } from './stored-values.fixture.ts'

const open = guarded({ AUTH: 'off', CLOCK: '2026-11-22T19:00:00Z' })
const DRIVERS_KNOWN = 120

const row = fc.tuple(
  fc.integer({ min: micros('2026-11-22T12:00:00Z'), max: micros(SEEN) }),
  ...Object.values(STORED).map((one) => fc.option(one, { freq: 4 })),
)

beforeAll(async () => {
  const rows = fc.sample(row, { seed: 1, numRuns: DRIVERS_KNOWN })
  const typed = rows.map(([at, ...values], driver): StoredRow => [String(driver), at, ...values])
  const stats = rows.map(([at], driver): StoredRow => [String(driver), at, driver / 8, null, String(driver)])
  await publish(DRIVERS, { 'typed@1': typed, 'driver_stats@1': stats })
})

type Said = readonly [value: unknown, status: string]

const isOdd = (value: unknown): boolean => value === 'NaN' || value === 'Infinity' || value === '-Infinity'

/** A whole float has no point in a native answer, and may be read as a bigint there. */
function float(value: unknown): unknown {
  return isOdd(value) || value === null ? null : Number(value)
}

function float32(value: unknown): unknown {
  const wide = float(value)
  return typeof wide === 'number' ? Math.fround(wide) : wide
}

/** Towards zero, where the instant's whole seconds are cut down. */
function epochSeconds(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const down = Date.parse(value.replace(/\.[0-9]+/, '')) / 1000
  return down < 0 && /\.[0-9]*[1-9]/.test(value) ? down + 1 : down
}

const each =
  (one: (item: unknown) => unknown) =>
  (value: unknown): unknown =>
    Array.isArray(value) ? value.map(one) : value

/** What Feast's surface says in place of a native value, by feature; the others are the same on both. */
const INSTEAD: Readonly<Record<string, (value: unknown) => unknown>> = {
  a_float32: float32,
  a_float64: float,
  a_timestamp: epochSeconds,
  floats: each(float),
  instants: each(epochSeconds),
  a_vector: each(float32),
}

function expected(feature: string, [value, status]: Said): Said {
  const instead = INSTEAD[feature]
  const said = instead ? instead(value) : value
  return [said, isOdd(value) && said === null ? 'NULL_VALUE' : status]
}

const features = fc.subarray(
  [...Object.keys(EVERY_TYPE).map((name) => `typed:${name}`), 'driver_stats:trips', 'driver_stats:acc_rate'],
  { minLength: 1 },
)
const shuffled = features.chain((names) => fc.shuffledSubarray(names, { minLength: names.length }))
const drivers = fc.array(fc.integer({ min: 0, max: DRIVERS_KNOWN + 20 }), { minLength: 1, maxLength: 30 })

async function ask(path: string, body: object): Promise<Parsed> {
  const { status, text } = await open.call(path, { method: 'POST', body })
  if (status !== 200) throw new Error(text)
  return parseExact(text)
}

it('the same values and statuses', async () => {
  await fc.assert(
    fc.asyncProperty(shuffled, drivers, async (names, ids) => {
      const rows = ids.map((driver_id) => ({ driver_id }))
      const native = (await ask('/v1/features', {
        ...{ features: names, rows, format: 'columns', metadata: 'full' },
      })) as unknown as FeaturesAnswer
      const answer = (await ask('/get-online-features', {
        ...{ features: names, entities: { driver_id: ids } },
      })) as unknown as FeastFeaturesAnswer
      const bare = names.map((reference) => reference.slice(reference.indexOf(':') + 1))
      expect(answer.metadata.feature_names).toEqual(['driver_id', ...bare])
      expect(answer.results[0]?.values).toEqual(ids)
      for (const [at, name] of bare.entries()) {
        const { values = [], statuses = [] } = answer.results[at + 1] ?? {}
        const said = values.map(
          (value, position): Said => [
            name === 'a_json' && typeof value === 'string' ? parseExact(value) : value,
            statuses[position] ?? '',
          ],
        )
        const natively = ids.map(
          (_, position): Said => [native.columns?.[name]?.[position], native.statuses?.[position]?.[name] ?? ''],
        )
        const wanted = natively.map((one) => expected(name, one))
        expect(said).toEqual(wanted)
      }
    }),
    { numRuns: 60, seed: 1 },
  )
})
