/** Keys on Feast's surface: the same as on ours, refused in Feast's form. */
import { beforeAll, describe, expect, it } from 'vitest'
import { client, DRIVERS, publish, ROWS } from './feast.fixture.ts'
import { ADMIN_KEY, guarded, migrate } from './guarded.fixture.ts'

const deployment = guarded()
const keys = new Map<string, string>()

beforeAll(async () => {
  await migrate()
  await publish(DRIVERS, ROWS)
  for (const scope of ['features:read', 'features:read:fs1', 'sync:write'])
    keys.set(scope, (await deployment.key([scope])).key)
})

function ask(features: readonly string[] | string, scope: string) {
  return client(deployment, features, { driver_id: [1001] }, { key: keys.get(scope) ?? scope })
}

describe('a key', () => {
  it('for features reads services and lists', async () => {
    expect((await ask('fs1', 'features:read')).has('trips')).toBe(true)
    expect((await ask(['driver_stats:trips'], 'features:read')).has('trips')).toBe(true)
    expect((await ask(['driver_stats:trips'], ADMIN_KEY)).has('trips')).toBe(true)
  })

  it('for one service reads that one and no list', async () => {
    expect((await ask('fs1@1', 'features:read:fs1')).has('trips')).toBe(true)
    for (const features of ['both', ['driver_stats:trips']])
      await expect(ask(features, 'features:read:fs1')).rejects.toMatchObject({
        exception: 'FeastPermissionError',
        message: expect.stringContaining('features:read'),
      })
  })

  it('for something else reads nothing, and is not told what there is', async () => {
    for (const features of ['fs1', 'nope', ['nope:x']])
      await expect(ask(features, 'sync:write')).rejects.toMatchObject({ exception: 'FeastPermissionError' })
  })

  it('that is missing or wrong is 401', async () => {
    for (const key of [undefined, `sl_${'a'.repeat(12)}_${'b'.repeat(43)}`, 'nonsense']) {
      const body = { feature_service: 'fs1', entities: { driver_id: [1001] } }
      const call = { method: 'POST', body, ...(key === undefined ? {} : { key }) }
      const { status, json, headers } = await deployment.call('/get-online-features', call)
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(JSON.parse(json as string)).toMatchObject({ class: 'FeastPermissionError' })
    }
    expect((await deployment.call('/get-online-features')).status).toBe(401)
  })
})

describe('a browser token', () => {
  it('is not for this surface, whatever it covers', async () => {
    const token = await deployment.token({ services: ['fs1'], entities: { driver_id: '*' } })
    for (const features of ['fs1', 'both', ['driver_stats:trips']])
      await expect(ask(features, token)).rejects.toMatchObject({ exception: 'FeastPermissionError' })
  })
})

it('/health is open', async () => {
  expect((await deployment.call('/health')).status).toBe(200)
})
