/** Registries that nobody wrote: both forms give one file, which is formatted, compiles and loads as what was checked. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loadDefinitions } from '../../definitions.ts'
import { definitionsOf } from './definitions.ts'
import { registryBytes } from './encode.fixture.ts'
import { type Imported, importFeast } from './import.ts'
import { compile, FeatureRepository, formatted } from './module.fixture.ts'

const LONG = 'a_feature_whose_name_is_as_long_as_names_of_teams_tend_to_be'
const name = fc.oneof(
  fc.constantFrom(
    'driver',
    'Driver-Stats',
    'trips__7d',
    'default',
    't',
    'entity',
    'AVG_TRIPS',
    'conv_rate',
    LONG,
    `${LONG}_2`,
  ),
  fc.stringMatching(/^[a-z]{1,3}(_[a-z0-9]{1,9}){0,4}$/),
)
const text = fc.oneof(
  fc.constantFrom(
    '',
    "it's",
    '"quoted" \'both\'',
    'two\nlines',
    'back\\slash `',
    'Zoë zählt 数字 🚀',
    '\t\u0000\r\n',
    '*/ // \u2028 \u202e end',
    'x'.repeat(130),
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 120 }),
)
const tags = fc.dictionary(fc.constantFrom('team', 'a', 'two words', "it's", '1', 'class', 'long_key_of_a_tag'), text, {
  maxKeys: 3,
})
const valueType = fc.constantFrom(
  'INT64',
  'STRING',
  'FLOAT',
  'UNIX_TIMESTAMP',
  'DECIMAL',
  'INT32_LIST',
  'MAP',
  'STRING_SET',
  'INVALID',
)
const said = { description: text, owner: text, tags }
const feature = fc.record({ name, valueType, description: text, tags }, { requiredKeys: ['name', 'valueType'] })
const features = fc.uniqueArray(feature, { selector: (one) => one.name, minLength: 1, maxLength: 6 })

const source = fc.record(
  {
    name,
    type: fc.constant('BATCH_FILE'),
    timestampField: fc.constantFrom('ts', 'event_timestamp', "odd 'column'"),
    createdTimestampColumn: fc.constantFrom('', 'created'),
    fieldMapping: fc.constantFrom({}, { TS: 'ts' }, { CONV: 'conv_rate', id: 'driver' }),
    fileOptions: fc.record({
      uri: fc.constantFrom(
        's3://b-1/x.parquet',
        'data/y',
        "/it's/z.parquet",
        'abfs://c/d',
        `/${LONG}/${LONG}/x.parquet`,
      ),
    }),
    ...said,
  },
  { requiredKeys: ['name', 'type', 'timestampField', 'fileOptions'] },
)

const dump = fc
  .record({
    entities: fc.uniqueArray(fc.record({ name, valueType, joinKey: fc.stringMatching(/^[a-z]{1,3}_id$/), ...said }), {
      selector: (one) => one.name,
      minLength: 1,
      maxLength: 3,
    }),
    sources: fc.uniqueArray(source, { selector: (one) => one.name, minLength: 1, maxLength: 3 }),
    views: fc.uniqueArray(
      fc.record({
        name,
        features,
        ttl: fc.constantFrom('0s', '86400s', '61s'),
        at: fc.nat(),
        of: fc.nat(),
        online: fc.boolean(),
        ...said,
      }),
      { selector: (one) => one.name, minLength: 1, maxLength: 4 },
    ),
    services: fc.uniqueArray(
      fc.record({
        name,
        uses: fc.array(
          fc.record({
            at: fc.nat(),
            from: fc.nat(),
            alias: fc.oneof(fc.constant(''), name),
            key: fc.oneof(fc.constant(''), name),
          }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        ...said,
      }),
      { selector: (one) => one.name, maxLength: 3 },
    ),
  })
  .map(({ entities, sources, views, services }) => {
    const featureViews = views.map(({ at, of, ...spec }) => {
      const [first, ...rest] = [...entities.slice(of % entities.length), ...entities.slice(0, of % entities.length)]
      const own = [first, ...rest.slice(0, at % 2)].flatMap((entity) => entity?.name ?? [])
      return {
        spec: {
          ...spec,
          project: 'p',
          entities: at % 5 === 0 ? ['__dummy'] : own,
          batchSource: sources[at % sources.length],
        },
      }
    })
    return {
      project: 'p',
      entities: entities.map((spec) => ({ spec: { ...spec, project: 'p' } })),
      dataSources: sources,
      featureViews,
      featureServices: services.map(({ uses, ...spec }) => ({
        spec: {
          ...spec,
          features: uses.map(({ at, from, alias, key }) => {
            const view = featureViews[at % featureViews.length]?.spec
            const joinKey = entities.find((entity) => entity.name === view?.entities[0])?.joinKey
            return {
              featureViewName: view?.name,
              featureColumns: view?.features.slice(from % view.features.length),
              featureViewNameAlias: alias,
              joinKeyMap: joinKey !== undefined && key !== '' ? { [joinKey]: key } : {},
            }
          }),
        },
      })),
    }
  })

/** What comes of a registry, or why nothing does. */
function outcome(file: Uint8Array): Imported | string {
  try {
    return importFeast('registry', file)
  } catch (thrown) {
    // A refusal names the two; everything else is a fault.
    if (!(thrown instanceof Error) || !/would both be/.test(thrown.message)) throw thrown
    return thrown.message
  }
}

it('is one file from both forms', () => {
  fc.assert(
    fc.property(dump, (registry) => {
      const fromJson = outcome(new TextEncoder().encode(JSON.stringify(registry)))
      expect(outcome(registryBytes(registry))).toEqual(fromJson)
    }),
    { numRuns: 200 },
  )
})

it('is a file that is formatted, compiles and loads', { timeout: 240_000 }, async () => {
  const imported = fc
    .sample(dump, { numRuns: 60, seed: 8 })
    .map((registry) => outcome(registryBytes(registry)))
    .filter((one) => typeof one !== 'string')
    .slice(0, 12)
  expect(imported.length).toBe(12)
  const repository = await FeatureRepository.create()
  try {
    for (const [at, { text, converted }] of imported.entries()) {
      const folder = join(repository.features, String(at))
      await mkdir(folder)
      await writeFile(join(folder, 'feast.ts'), text)
      expect(formatted(text)).toBe(text)
      expect(await loadDefinitions(folder)).toEqual(definitionsOf(converted))
    }
    expect(compile(repository.folder)).toBe('')
  } finally {
    await repository.remove()
  }
})
