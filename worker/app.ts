/** The Worker's routes, and what happens around each of them. */
import { Hono } from 'hono'
import { ShorelineError } from '../core/errors.ts'
import { Repository } from '../registry/repository.ts'
import { type Env, readSettings, type Settings } from './env.ts'
import { hasPath } from './http/path.ts'
import { errorResponse, requestId } from './http/respond.ts'
import { controlRoutes } from './routes/control.ts'
import { answerFeatures, FEATURES_PATH, featureRoutes } from './routes/features.ts'
import { registryRoutes } from './routes/registry.ts'
import { Isolate } from './serving/isolate.ts'
import { kvReader } from './stores.ts'

export interface AppEnv {
  Bindings: Env
  Variables: { requestId: string; settings: Settings; isolate: Isolate }
}

export interface App {
  fetch(request: Request, env: Env, execution: ExecutionContext): Response | Promise<Response>
}

/** What is the same for every request. */
interface Opened {
  readonly settings: Settings
  readonly isolate: Isolate
}

/** One per isolate: a Worker has one set of bindings. */
let opened: Opened | undefined

/**
 * `POST /v1/features` is almost every request and goes past the router, whose way to it and whose context take a tenth of
 * a one-row answer's time. The router knows it too, under whatever spelling the short way does not recognize.
 */
export function createApp(): App {
  const router = createRouter()
  return {
    fetch: (request, env, execution) =>
      request.method === 'POST' && hasPath(request.url, FEATURES_PATH)
        ? answerDirectly(request, env, execution)
        : router.fetch(request, env, execution),
  }
}

async function answerDirectly(request: Request, env: Env, execution: ExecutionContext): Promise<Response> {
  const id = requestId(request)
  try {
    const { settings, isolate } = open(env)
    checkCaller(settings)
    return await answerFeatures(request, { requestId: id, settings, isolate, execution })
  } catch (thrown) {
    return errorResponse(thrown, id)
  }
}

function createRouter(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.use(async (c, next) => {
    c.set('requestId', requestId(c.req.raw))
    const { settings, isolate } = open(c.env)
    c.set('settings', settings)
    c.set('isolate', isolate)
    if (c.req.path !== '/health') checkCaller(settings)
    await next()
    if (!c.res.headers.has('x-request-id')) c.res.headers.set('x-request-id', c.get('requestId'))
  })

  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.route('/', featureRoutes())
  app.route('/', registryRoutes())
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

/** @throws ShorelineError INTERNAL when a setting is wrong */
function open(env: Env): Opened {
  opened ??= { settings: readSettings(env), isolate: openIsolate(env) }
  return opened
}

/** @throws ShorelineError UNAUTHENTICATED */
function checkCaller(settings: Settings): void {
  if (!settings.open) throw new ShorelineError('UNAUTHENTICATED', 'Send an API key: "Authorization: Bearer sl_…".')
}

function openIsolate(env: Env): Isolate {
  return new Isolate(kvReader(env.KV), new Repository(env.DB), {
    now: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  })
}
