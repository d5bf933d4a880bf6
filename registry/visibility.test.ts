/** Who may read a feature, across the versions of its view. */
import { describe, expect, it } from 'vitest'
import { type Applied, applyDefinitions } from './apply.ts'
import { type Definitions, EMPTY_REGISTRY } from './objects.ts'

function defined(ttl: string, visibility: 'server' | 'public'): Definitions {
  return {
    entities: [{ name: 'user', join_keys: [{ name: 'user_id', type: 'string' }] }],
    sources: [{ name: 'events', format: 'parquet', path: 'file:///events.parquet', timestamp: 'at' }],
    views: [
      {
        name: 'stats',
        entity: 'user',
        sources: ['events'],
        timestamp: 'event_timestamp',
        online: 'kv',
        ttl,
        features: [
          { name: 'email', type: 'string', visibility },
          { name: 'visits', type: 'int64', visibility: 'public' },
        ],
      },
    ],
    services: [
      {
        name: 'profile',
        inputs: [
          {
            view: 'stats',
            as: 'stats',
            keys: {},
            features: ['email', 'visits'].map((feature) => ({ feature, name: feature })),
          },
        ],
      },
    ],
  }
}

async function applied(...steps: readonly Definitions[]): Promise<Applied> {
  let last: Applied = { snapshot: EMPTY_REGISTRY, changes: [], plans: new Map() }
  for (const step of steps) last = await applyDefinitions(last.snapshot, step)
  return last
}

/** `profile@1` as it is compiled after the last apply. */
function plansOf({ snapshot, plans }: Applied): readonly (readonly string[])[] {
  return snapshot.services.map(
    (service) =>
      plans.get(service.plan)?.views.flatMap((view) => view.columns.map((column) => column.visibility)) ?? [],
  )
}

describe('a feature that is public no more', () => {
  it('is not public in the retained versions of its view either, whose services answer by their version', async () => {
    const last = await applied(defined('1d', 'public'), defined('2d', 'public'), defined('2d', 'server'))
    expect(last.snapshot.services.map((service) => service.version)).toEqual([1, 2])
    expect(plansOf(last)).toEqual([
      ['server', 'public'],
      ['server', 'public'],
    ])
    expect(last.changes.map(({ kind, name, version, change }) => `${kind} ${name}@${version} ${change}`)).toEqual([
      'view stats@2 updated',
      'view stats@1 updated',
    ])
  })

  it('is so even when its view gets a new version with that', async () => {
    const last = await applied(defined('1d', 'public'), defined('2d', 'server'))
    expect(plansOf(last)).toEqual([
      ['server', 'public'],
      ['server', 'public'],
    ])
  })

  it('does not open older versions when it is public again', async () => {
    const last = await applied(defined('1d', 'server'), defined('2d', 'server'), defined('2d', 'public'))
    expect(last.snapshot.views.map((view) => view.features[0]?.visibility)).toEqual(['server', 'public'])
  })

  it('is said once', async () => {
    const last = await applied(defined('1d', 'public'), defined('2d', 'server'), defined('2d', 'server'))
    expect(last.changes).toEqual([])
  })
})
