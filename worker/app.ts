/** The Worker's routes, and what happens around each of them. */
import { Hono } from 'hono'
import { ShorelineError } from '../core/errors.ts'
import { Repository } from '../registry/repository.ts'
import { type Env, readSettings, type Settings } from './env.ts'
import { errorResponse, requestId } from './http/respond.ts'
import { controlRoutes } from './routes/control.ts'
import { featureRoutes } from './routes/features.ts'
import { Isolate } from './serving/isolate.ts'
import { kvReader } from './stores.ts'

export interface AppEnv {
  Bindings: Env
  Variables: { requestId: string; settings: Settings; isolate: Isolate }
}

/** One per isolate: a Worker has one set of bindings. */
let isolate: Isolate | undefined
let settings: Settings | undefined

export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.use(async (c, next) => {
    c.set('requestId', requestId(c.req.raw))
    settings ??= readSettings(c.env)
    c.set('settings', settings)
    isolate ??= openIsolate(c.env)
    c.set('isolate', isolate)
    if (!settings.open && c.req.path !== '/health')
      throw new ShorelineError('UNAUTHENTICATED', 'Send an API key: "Authorization: Bearer sl_…".')
    await next()
    if (!c.res.headers.has('x-request-id')) c.res.headers.set('x-request-id', c.get('requestId'))
  })

  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.route('/', featureRoutes())
  app.route('/', controlRoutes())

  app.notFound((c) =>
    errorResponse(
      new ShorelineError('UNKNOWN_NAME', `There is no ${c.req.method} ${c.req.path.slice(0, 200)} here.`),
      c.get('requestId'),
    ),
  )
  app.onError((thrown, c) => errorResponse(thrown, c.get('requestId') ?? requestId(c.req.raw)))
  return app
}

function openIsolate(env: Env): Isolate {
  return new Isolate(kvReader(env.KV), new Repository(env.DB), {
    now: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  })
}
