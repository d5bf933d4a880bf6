/** Closed by default: every route of the router, without a key, with a key of another scope, with a browser token. */
import { beforeAll, describe, expect, it } from 'vitest'
import { PERMISSIONS, type Permission } from '../../registry/scopes.ts'
import { ACCESS } from '../../worker/auth/routes.ts'
import { ADMIN_KEY, guarded, migrate, publishGuarded } from './guarded.fixture.ts'

const deployment = guarded()
const routes = deployment.routes.filter(({ method }) => method !== 'ALL')
/** What anybody may read. */
const OPEN = ['/health', '/openapi.json', '/docs']
const guardedRoutes = routes.filter(({ path }) => !OPEN.includes(path))
/** What each permission implies, written out by hand. */
const INCLUDES: Readonly<Record<Permission, readonly Permission[]>> = {
  'features:read': ['features:read'],
  'push:write': ['push:write'],
  'registry:read': ['registry:read'],
  'registry:write': ['registry:write', 'registry:read'],
  'lake:read': ['lake:read'],
  'sync:write': ['sync:write', 'registry:read'],
  'tokens:issue': ['tokens:issue'],
  admin: PERMISSIONS,
}

const keys = new Map<Permission, string>()
let token = ''

beforeAll(async () => {
  await migrate()
  await publishGuarded()
  for (const permission of PERMISSIONS) keys.set(permission, (await deployment.key([permission])).key)
  token = await deployment.token({ services: ['visits'], entities: { user_id: '*' } })
})

/** Who may ask for a service is looked up after the body was read. */
const BODIES: Readonly<Record<string, object>> = {
  '/v1/features': { service: 'visits', rows: [{ user_id: 7 }] },
  '/get-online-features': { feature_service: 'visits', entities: { user_id: [7] } },
}

/** An address that the route matches, and a body that it refuses once it has let the caller in. */
function call({ method, path }: { readonly method: string; readonly path: string }, key?: string) {
  const address = path.replaceAll(/:[a-z]+/g, 'visits')
  return deployment.call(address, {
    method,
    ...(method === 'GET' ? {} : { body: BODIES[path] ?? '{' }),
    ...(key === undefined ? {} : { key }),
  })
}

describe('the router', () => {
  it('has no route that the table of scopes does not name, and the table none that the router does not have', () => {
    expect(guardedRoutes.length).toBeGreaterThan(20)
    expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...ACCESS.keys()].sort())
    expect(deployment.routes.filter(({ method }) => method === 'ALL')).toEqual([
      expect.objectContaining({ path: '/*' }), // what asks for the key
    ])
  })

  it('answers 401 to everybody without a key, on every route but those that anybody may read, and where there is no route', async () => {
    const open = []
    for (const route of [...guardedRoutes, { method: 'GET', path: '/nope' }, { method: 'DELETE', path: '/v1/head' }])
      if ((await call(route)).status !== 401) open.push(route.path)
    expect(open).toEqual([])
    expect((await deployment.call('/v1/head', { method: 'HEAD' })).status).toBe(401)
    expect((await deployment.call('/v1/head', { method: 'OPTIONS' })).status).toBe(401)
    for (const path of OPEN) expect([path, (await deployment.call(path)).status]).toEqual([path, 200])
  })

  it.each(PERMISSIONS)(
    'lets a key with %s in where it says so, and answers 403 everywhere else',
    async (permission) => {
      const wrong = []
      for (const route of guardedRoutes) {
        const { anyOf = [] } = ACCESS.get(`${route.method} ${route.path}`) ?? {}
        const expected = anyOf.some((one) => INCLUDES[permission].includes(one))
        const { status, json } = await call(route, keys.get(permission))
        const refused = status === 403
        if (status === 401 || refused === expected) wrong.push(`${route.method} ${route.path}: ${status}`)
        const message = expect.stringContaining(anyOf[0] ?? '')
        // On Feast's surface an error is JSON in a JSON string.
        if (refused && typeof json === 'string')
          expect(JSON.parse(json)).toMatchObject({ class: 'FeastPermissionError', message })
        else if (refused) expect(json).toMatchObject({ error: { code: 'FORBIDDEN', message } })
      }
      expect(wrong).toEqual([])
    },
  )

  it('lets a browser token read features and nothing else', async () => {
    const allowed = []
    for (const route of guardedRoutes) {
      const { status } = await call(route, token)
      if (status !== 403) allowed.push(`${route.method} ${route.path}`)
    }
    expect(allowed).toEqual([
      'POST /v1/features',
      'GET /v1/services/:service/features',
      'GET /v1/services/:service/plan',
    ])
  })

  it('tells only whoever has a key what there is not', async () => {
    expect(await deployment.call('/nope', { key: keys.get('features:read') ?? '' })).toMatchObject({ status: 404 })
    expect((await deployment.call('/nope')).status).toBe(401)
  })

  it('asks HEAD for what it asks GET for', async () => {
    const head = (key: string) => deployment.call('/v1/keys', { method: 'HEAD', key })
    expect([(await head(keys.get('registry:read') ?? '')).status, (await head(ADMIN_KEY)).status]).toEqual([403, 200])
  })
})
