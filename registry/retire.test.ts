import { describe, expect, it } from 'vitest'
import { t } from '../core/types.ts'
import { applyDefinitions } from './apply.ts'
import { collect } from './definitions/collect.ts'
import { entity } from './definitions/entity.ts'
import { featureService } from './definitions/feature-service.ts'
import { featureView } from './definitions/feature-view.ts'
import type { Duration } from './definitions/options.ts'
import { parquetSource } from './definitions/parquet-source.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot } from './objects.ts'
import { retireVersions, unusedVersions } from './retire.ts'
import { keptViews } from './runs.ts'

/** A view and its service, applied once per state: `ttl` stores the same rows, `lookback` other ones. */
async function registry(...states: readonly { readonly ttl?: Duration; readonly lookback?: Duration }[]) {
  let snapshot: RegistrySnapshot = EMPTY_REGISTRY
  for (const options of states) {
    const view = featureView('delays', {
      entity: entity('airport', { joinKeys: { airport: t.string() } }),
      source: parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' }),
      features: { flights: t.int64() },
      ...options,
    })
    const definitions = collect({ service: featureService('departures', { features: [view] }) })
    snapshot = (await applyDefinitions(snapshot, definitions)).snapshot
  }
  return snapshot
}

function versions({ views, services }: RegistrySnapshot): readonly string[] {
  return [...views, ...services].map(({ name, version }) => `${name}@${version}`)
}

describe('a version is removed', () => {
  it('when nothing uses it', async () => {
    const snapshot = await registry({}, { lookback: '1d' })
    const { snapshot: left, changes } = retireVersions(snapshot, ['departures@1', 'delays@1'])
    expect(versions(left)).toEqual(['delays@2', 'departures@2'])
    expect(left.revision).toBe(snapshot.revision + 1)
    expect(changes.map(({ name, version, change }) => [name, version, change])).toEqual([
      ['departures', 1, 'removed'],
      ['delays', 1, 'removed'],
    ])
  })

  it.each([
    [['delays@1'], 'delays@1 is used by departures@1. Retire that first.'],
    [['departures@2'], 'departures@2 is what the definitions say now.'],
    [['departures'], 'departures is defined. Name the version to retire, as in departures@1.'],
    [['departures@7'], 'Nothing is registered as departures@7.'],
    [['nobody'], 'Nothing is registered as nobody.'],
  ])('but not %j', async (references, message) => {
    const snapshot = await registry({}, { lookback: '1d' })
    expect(() => retireVersions(snapshot, references)).toThrow(message)
  })

  it('and the one before it is not taken for what is defined', async () => {
    const snapshot = await registry({ ttl: '1d' }, { ttl: '2d' })
    const nothing = { entities: [], sources: [], views: [], services: [] }
    const { snapshot: retired } = await applyDefinitions(snapshot, nothing)
    const { snapshot: left } = retireVersions(retired, ['departures', 'delays@2'])
    expect(left.views.map(({ version, retired }) => [version, retired])).toEqual([[1, true]])
    expect(unusedVersions(left)).toEqual(['delays@1'])
  })

  it('but not while a later version reads its runs', async () => {
    const snapshot = await registry({ ttl: '1d' }, { ttl: '2d' })
    expect(() => retireVersions(snapshot, ['departures@1', 'delays@1'])).toThrow('delays@1 is used by delays@2')
    expect(versions(retireVersions(snapshot, ['departures@1']).snapshot)).toEqual([
      'delays@1',
      'delays@2',
      'departures@2',
    ])
  })
})

describe('unused versions', () => {
  it('are those that are neither defined nor named by a retained service', async () => {
    const snapshot = await registry({}, { lookback: '1d' })
    expect(unusedVersions(snapshot)).toEqual(['departures@1'])
    expect(unusedVersions(retireVersions(snapshot, ['departures@1']).snapshot)).toEqual(['delays@1'])
  })
})

describe('what is kept materialized', () => {
  it('is every stored version that is defined or that a retained service names, with who names it', async () => {
    const snapshot = await registry({ ttl: '1d' }, { ttl: '2d' }, { lookback: '1d' })
    expect(
      keptViews(snapshot).map(({ view, read, defined, services }) => [view.version, read.version, defined, services]),
    ).toEqual([
      [1, 2, false, ['departures@1', 'departures@2']],
      [3, 3, true, ['departures@3']],
    ])
    const left = retireVersions(snapshot, ['departures@1', 'departures@2']).snapshot
    expect(keptViews(left).map(({ view }) => view.version)).toEqual([3])
  })
})
