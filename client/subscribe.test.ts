/** Watching a row, in a world whose time the test passes. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { FeatureService } from '../registry/definitions/feature-service.ts'
import { Deployment } from './cache/deployment.fixture.ts'
import { createClientIn } from './client.ts'
import type { Client } from './types.ts'
import { World } from './world.fixture.ts'

type AnyClient = Client<Record<string, FeatureService<string, Record<string, unknown>, { risk: number | null }>>>

beforeAll(async () => {
  await Promise.all([import('./subscribe.ts'), import('./batch.ts'), import('./late.ts')])
})

async function watching(...keys: readonly string[]) {
  const world = new World(7)
  const deployment = new Deployment(world)
  const client = createClientIn(world.runtime(), { url: 'https://edge', fetch: deployment.fetch, retries: 0 })
  const events: string[] = []
  const watches = keys.map((origin) => {
    const watch = (client as unknown as AnyClient).watch('risk', { origin })
    watch.addEventListener('features', ({ detail }) => events.push(`${origin} ${detail.meta.revision}`))
    watch.addEventListener('expired', () => events.push(`${origin} expired`))
    watch.addEventListener('error', ({ detail }) => events.push(`${origin} ${(detail as { code: string }).code}`))
    return watch
  })
  await world.pass(5000)
  const take = (): readonly string[] => events.splice(0)
  return { world, deployment, watches, take }
}

describe('watch', () => {
  it('tells the first values, and those of a new head once they can be seen', async () => {
    const { world, deployment, watches, take } = await watching('SFO', 'JFK')
    expect(new Set(take())).toEqual(new Set(['JFK 1', 'SFO 1']))
    deployment.publish()
    await world.pass(45_000)
    expect(take()).toEqual(expect.arrayContaining(['JFK 2', 'SFO 2']))
    expect(watches.map(({ current }) => current?.meta.revision)).toEqual([2, 2])
  })

  it('asks for one row of a service while the head stays', async () => {
    const { world, deployment } = await watching('SFO', 'JFK', 'ORD')
    const asked = deployment.told.length
    await world.pass(20_000)
    expect(deployment.told.length).toBe(asked)
    await world.pass(16_000)
    expect(deployment.told.length - asked).toBeLessThanOrEqual(3)
  })

  it('lets go of a value at its ttl, also where nobody answers', async () => {
    const { world, deployment, watches, take } = await watching('SFO', 'JFK', 'ORD')
    take()
    deployment.reachable = false
    await world.pass(120_000)
    // What is left has no value that could be too old.
    for (const { current } of watches) expect(current?.row.risk ?? null).toBeNull()
    expect(take()).toContain('SFO UNREACHABLE')
    deployment.reachable = true
    await world.pass(600_000)
    for (const { current } of watches) expect(current?.meta.revision).toBe(1)
  })

  it('asks no more once it is closed', async () => {
    const { world, deployment, watches } = await watching('SFO', 'JFK')
    for (const watch of watches) watch.close()
    const asked = deployment.told.length
    await world.pass(3_600_000)
    expect(deployment.told.length).toBe(asked)
  })
})
