/** A whole repository: the fixture as a JSON dump and as a registry file, to a file that loads as definitions. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Definitions } from '../../../registry/objects.ts'
import { loadDefinitions } from '../../definitions.ts'
import { definitionsOf } from './definitions.ts'
import { registryBytes } from './encode.fixture.ts'
import { importFeast } from './import.ts'
import { compile, FeatureRepository, formatted } from './module.fixture.ts'

const json = await readFile(new URL('./driver-stats.fixture.json', import.meta.url))
const dump = JSON.parse(json.toString()) as Readonly<Record<string, unknown>>
const { text, converted } = importFeast('registry.json', json)

let repository: FeatureRepository
let definitions: Definitions
beforeAll(async () => {
  repository = await FeatureRepository.create()
  await writeFile(join(repository.features, 'feast.ts'), text)
  definitions = await loadDefinitions(repository.features)
})
afterAll(() => repository.remove())

describe('the driver repository', () => {
  it('is the same file from the dump and from registry.db', () => {
    expect(importFeast('registry.db', registryBytes(dump)).text).toBe(text)
  })

  it('compiles under the strict settings', { timeout: 120_000 }, () => {
    expect(compile(repository.folder)).toBe('')
  })

  it('is formatted as everything here', () => {
    expect(formatted(text)).toBe(text)
  })

  it('loads as what was checked before writing', () => {
    expect(definitions).toEqual(definitionsOf(converted))
  })

  it('has entities with the types of the columns, a composite and the global one', () => {
    expect(definitions.entities.map(({ name, join_keys }) => [name, join_keys])).toEqual([
      ['customer', [{ name: 'customer_id', type: 'string' }]],
      ['driver', [{ name: 'driver_id', type: 'int64' }]],
      [
        'driver_customer',
        [
          { name: 'driver_id', type: 'int64' },
          { name: 'customer_id', type: 'string' },
        ],
      ],
      ['everything', []],
    ])
    expect(definitions.entities[1]).toMatchObject({
      description: 'Who drives; it\'s "the" key',
      owner: 'rides@example.com',
      tags: { team: 'driver-performance', '2nd owner': 'ops' },
    })
  })

  it('has sources with the mapping turned round', () => {
    expect(definitions.sources).toEqual([
      { name: 'customers', format: 'parquet', path: 'r2://fill-in/customers/**/*.parquet', timestamp: 'updated_at' },
      {
        name: 'driver_hourly_stats_source',
        format: 'parquet',
        path: 'r2://ride-data/driver_stats.parquet',
        timestamp: 'ts',
        created: 'created',
        columns: { conv_rate: 'CONV_RATE', driver_id: 'DRIVER' },
      },
      {
        name: 'trips_table',
        description: 'Trips of a driver with a customer',
        owner: 'data@rides.example',
        format: 'parquet',
        path: 'r2://fill-in/trips_table/**/*.parquet',
        timestamp: 'event_timestamp',
        columns: { last_trip: 'LastTrip', ratings_all: 'ratings__all' },
      },
    ])
  })

  it('has views with ttl, features and what is said about them', () => {
    const views = Object.fromEntries(definitions.views.map((view) => [view.name, view]))
    expect(Object.keys(views)).toEqual([
      'driver_customer_trips',
      'driver_hourly_stats',
      'driver_hourly_stats_fresh',
      'totals',
    ])
    expect(views['driver_hourly_stats']).toEqual({
      name: 'driver_hourly_stats',
      description: 'Hourly rates',
      owner: 'rides@example.com',
      tags: { team: 'driver_performance' },
      entity: 'driver',
      sources: ['driver_hourly_stats_source'],
      timestamp: 'ts',
      created: 'created',
      ttl: '1d',
      online: 'kv',
      features: [
        { name: 'conv_rate', type: 'float32', visibility: 'server' },
        { name: 'acc_rate', type: 'float32', visibility: 'server' },
        {
          name: 'avg_daily_trips',
          type: 'int64',
          description: 'Average daily trips',
          tags: { unit: 'trips' },
          visibility: 'server',
        },
        { name: 'driver_metadata', type: 'json', visibility: 'server' },
      ],
    })
    expect(views['driver_customer_trips']?.features.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'last_trip timestamp',
      'ratings_all list(int32)',
      'embedding vector(3)',
    ])
    expect(views['driver_hourly_stats_fresh']?.ttl).toBe('90m')
    expect(views['driver_customer_trips']?.ttl).toBe('2w')
    expect(views['totals']).not.toHaveProperty('ttl')
  })

  it('has services with roles, picked features and new names where they meet', () => {
    expect(definitions.services.map((service) => service.name)).toEqual(['driver_activity_v1', 'pair_ranking'])
    expect(definitions.services[1]?.inputs).toEqual([
      {
        view: 'driver_hourly_stats',
        as: 'first',
        keys: { driver_id: 'first_driver_id' },
        features: [
          { feature: 'conv_rate', name: 'first_conv_rate' },
          { feature: 'avg_daily_trips', name: 'avg_daily_trips' },
        ],
      },
      {
        view: 'driver_hourly_stats',
        as: 'second',
        keys: { driver_id: 'second_driver_id' },
        features: [
          { feature: 'conv_rate', name: 'second_conv_rate' },
          { feature: 'acc_rate', name: 'acc_rate' },
        ],
      },
      {
        view: 'driver_customer_trips',
        as: 'driver_customer_trips',
        keys: { driver_id: 'driver_id', customer_id: 'customer_id' },
        features: [{ feature: 'last_trip', name: 'last_trip' }],
      },
      { view: 'totals', as: 'totals', keys: {}, features: [{ feature: 'trips_total', name: 'trips_total' }] },
    ])
  })

  it('lists all that is left, and says it in the file too', () => {
    const objects = converted.workLeft.map((work) => work.object)
    expect([...new Set(objects)]).toEqual([
      'source Trips-Table',
      'source driver_hourly_stats_source',
      'source customers',
      'push source driver_stats_push_source',
      'request source vals_to_add',
      'view DriverCustomerTrips',
      'view driver_hourly_stats',
      'on-demand view transformed_conv_rate',
      'stream view driver_trips_stream',
      'service driver_activity_v1',
      'service pair-ranking',
    ])
    expect(whatOf('source customers')).toContain('PostgreSQL query SELECT * FROM shop.customers')
    expect(whatOf('source Trips-Table')).toContain('BigQuery table rides.analytics.trips')
    expect(whatOf('on-demand view transformed_conv_rate')).toBe(
      'not converted: its Python from driver_hourly_stats, vals_to_add to conv_rate_plus_val1 DOUBLE, conv_rate_plus_val2 DOUBLE is for you to write',
    )
    const comment = text.replace(/\n\/\/ {3}/g, ' ')
    for (const { object, what } of converted.workLeft) expect(comment).toContain(`// - ${object}: ${what}.\n`)
  })

  function whatOf(object: string): string | undefined {
    return converted.workLeft.find((work) => work.object === object)?.what
  }
})
