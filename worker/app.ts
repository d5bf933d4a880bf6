/** The Worker's routes, and what happens around each of them. */
import { Hono } from 'hono'
import { matchedRoutes } from 'hono/route'
import { ShorelineError } from '../core/errors.ts'
import { BLOCK_CACHE_BYTES } from '../core/limits.ts'
import { KeysRepository } from '../registry/keys-repository.ts'
import { PushedRows } from '../registry/pushed-rows.ts'
import { Repository } from '../registry/repository.ts'
import type { Caller } from './auth/caller.ts'
import { Guard } from './auth/guard.ts'
import { KeyRing } from './auth/keys.ts'
import { type Access, accessOf, admit } from './auth/routes.ts'
import { TokenSigner } from './auth/tokens.ts'
import { type Env, readSettings, type Settings } from './env.ts'
import { feastErrorResponse, isFeastPath, methodNotAllowed } from './feast/errors.ts'
import { Cors } from './http/cors.ts'
import { hasPath } from './http/path.ts'
import { errorResponse, requestId } from './http/respond.ts'
import { Counters } from './metrics/counters.ts'
import { type Door, doorOf } from './metrics/doors.ts'
import { metricsOf } from './metrics/durable-object.ts'
import { Reporter, type Summing } from './metrics/reporter.ts'
import { localSums } from './metrics/sums.ts'
import { d1Blocks } from './online/d1-blocks.ts'
import { type Attempts, attemptsOf, sleep } from './retry.ts'
import { controlRoutes } from './routes/control.ts'
import { answerFeast, FEAST_FEATURES_PATH, feastRoutes } from './routes/feast.ts'
import { answerFeatures, FEATURES_PATH, featureRoutes, type Incoming } from './routes/features.ts'
import { historyRoutes } from './routes/history.ts'
import { keyRoutes } from './routes/keys.ts'
import { lakeRoutes } from './routes/lake.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { pushRoutes } from './routes/push.ts'
import { registryRoutes } from './routes/registry.ts'
import { syncRoutes } from './routes/sync.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { trainingRoutes } from './routes/training.ts'
import type { HeadClock } from './serving/heads.ts'
import { Isolate } from './serving/isolate.ts'
import { retriedPushed } from './serving/live.ts'
import { countedKv, kvReader, retriedKv, retriedTruth } from './stores.ts'

/** What is the same for every request. */
export interface Opened {
  readonly settings: Settings
  readonly isolate: Isolate
  readonly keys: KeyRing
  readonly tokens: TokenSigner
  readonly guard: Guard
  readonly cors: Cors
  readonly attempts: Attempts
  readonly reporter: Reporter
  /** The numbers of this isolate, where there is no place for those of all. */
  readonly ownSums: Summing
  /** Milliseconds since the epoch, for keys and tokens: `CLOCK` does not move it. */
  readonly now: () => number
}

export interface AppEnv {
  Bindings: Env
  Variables: { requestId: string; caller: Caller; opened: Opened; settings: Settings; isolate: Isolate }
}

export interface App {
  fetch(request: Request, env: Env, execution: ExecutionContext): Response | Promise<Response>
  /** What this isolate keeps, for callers that do not come over HTTP. @throws ShorelineError INTERNAL when a setting is wrong */
  open(env: Env): Opened
  /** What the router knows: method and path. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
}

/**
 * One per isolate: a Worker has one set of bindings.
 *
 * `POST /v1/features` is almost every request, or Feast's form of it, and goes past the router, whose way to it and whose
 * context take a tenth of a one-row answer's time. The router knows them too, under whatever spelling the short way does not recognize.
 * @param now milliseconds since the epoch; a test's own clock
 * @param wait before a store is tried again; a test waits for nothing
 */
export function createApp(now: () => number = () => Date.now(), wait: (ms: number) => Promise<void> = sleep): App {
  let opened: Opened | undefined
  const open = (env: Env): Opened => {
    opened ??= openWith(env, now, wait)
    return opened
  }
  const router = createRouter(open)
  return {
    routes: router.routes,
    open,
    fetch: (request, env, execution) => {
      const way = request.method === 'POST' ? DIRECT.find(({ path }) => hasPath(request.url, path)) : undefined
      return way
        ? answerDirectly(way, open, now, request, env, execution)
        : answerRouted(router, now, request, env, execution, () => opened)
    },
  }
}

type Open = (env: Env) => Opened

/** A way past the router. */
interface DirectWay {
  readonly path: string
  readonly door: Door
  readonly access: Access
  answer(request: Request, incoming: Incoming): Promise<Response>
  refuse(thrown: unknown, requestId: string): Response
}

const DIRECT: readonly DirectWay[] = [
  {
    path: FEATURES_PATH,
    door: 'features',
    access: accessOf('POST', FEATURES_PATH),
    answer: answerFeatures,
    refuse: errorResponse,
  },
  {
    path: FEAST_FEATURES_PATH,
    door: 'feast',
    access: accessOf('POST', FEAST_FEATURES_PATH),
    answer: answerFeast,
    refuse: feastErrorResponse,
  },
]

async function answerDirectly(
  way: DirectWay,
  open: Open,
  now: () => number,
  request: Request,
  env: Env,
  execution: ExecutionContext,
): Promise<Response> {
  const started = now()
  const id = requestId(request)
  const background = (work: Promise<unknown>): void => execution.waitUntil(work)
  let opened: Opened | undefined
  let response: Response
  try {
    opened = open(env)
    const { settings, isolate, guard } = opened
    const caller = guard.peek(request, background) ?? (await guard.identify(request, background))
    const counting = guard.count(caller)
    if (counting) await counting
    admit(caller, way.access)
    response = await way.answer(request, { requestId: id, settings, isolate, caller, execution })
  } catch (thrown) {
    response = way.refuse(thrown, id)
  }
  if (!opened) return response
  opened.reporter.answered(way.door, response.status, started, () => metricsOf(env), background)
  return opened.cors.used ? opened.cors.allow(request, response) : response
}

async function answerRouted(
  router: Hono<AppEnv>,
  now: () => number,
  request: Request,
  env: Env,
  execution: ExecutionContext,
  known: () => Opened | undefined,
): Promise<Response> {
  const started = now()
  const response = await router.fetch(request, env, execution)
  const opened = known()
  if (!opened) return response
  const background = (work: Promise<unknown>): void => execution.waitUntil(work)
  opened.reporter.answered(doorOf(request.url), response.status, started, () => metricsOf(env), background)
  return opened.cors.used ? opened.cors.allow(request, response) : response
}

function createRouter(open: Open): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.use(async (c, next) => {
    c.set('requestId', requestId(c.req.raw))
    const opened = open(c.env)
    const { settings, isolate, guard, cors } = opened
    c.set('opened', opened)
    c.set('settings', settings)
    c.set('isolate', isolate)
    if (cors.used && cors.isPreflight(c.req.raw)) return cors.preflight(c.req.raw)
    // Only the routes that are registered below: this middleware itself is for every method and path.
    const [route] = matchedRoutes(c).filter(({ method, path }) => !(method === 'ALL' && path === '/*'))
    const access = route && accessOf(route.method, route.path)
    if (!access || access.anyOf.length > 0) {
      const background = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work)
      const caller = await guard.identify(c.req.raw, background)
      await guard.count(caller)
      if (access) admit(caller, access)
      c.set('caller', caller)
    }
    await next()
    if (!c.res.headers.has('x-request-id')) c.res.headers.set('x-request-id', c.get('requestId'))
    return undefined
  })

  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.route('/', openApiRoutes())
  app.route('/', featureRoutes())
  app.route('/', feastRoutes())
  app.route('/', pushRoutes())
  app.route('/', registryRoutes())
  app.route('/', controlRoutes())
  app.route('/', historyRoutes())
  app.route('/', syncRoutes())
  app.route('/', trainingRoutes())
  app.route('/', lakeRoutes())
  app.route('/', keyRoutes())
  app.route('/', metricsRoutes())
  app.route('/', tokenRoutes())

  app.notFound((c) =>
    isFeastPath(c.req.path)
      ? methodNotAllowed(c.get('requestId'))
      : errorResponse(
          new ShorelineError('UNKNOWN_NAME', `There is no ${c.req.method} ${c.req.path.slice(0, 200)} here.`),
          c.get('requestId'),
        ),
  )
  app.onError((thrown, c) => {
    const respond = isFeastPath(c.req.path) ? feastErrorResponse : errorResponse
    return respond(thrown, c.get('requestId') ?? requestId(c.req.raw))
  })
  return app
}

/** @throws ShorelineError INTERNAL when a setting is wrong */
function openWith(env: Env, now: () => number, wait: (ms: number) => Promise<void>): Opened {
  const settings = readSettings(env)
  const counters = new Counters()
  const attempts = attemptsOf(counters, wait)
  const repository = new KeysRepository(env.DB)
  const keys = new KeyRing(
    { find: (id) => attempts.d1Read(() => repository.find(id)), noteUse: (id, at) => repository.noteUse(id, at) },
    now,
  )
  const tokens = new TokenSigner(settings.tokenKeys)
  const limits = { keys: env.RATE_LIMIT, browsers: env.RATE_LIMIT_BROWSER }
  return {
    settings,
    isolate: openIsolate(env, counters, attempts),
    keys,
    tokens,
    guard: new Guard(settings, keys, tokens, limits, now),
    cors: new Cors(settings.corsOrigins),
    attempts,
    reporter: new Reporter(counters, now),
    ownSums: localSums(),
    now,
  }
}

function openIsolate(env: Env, counters: Counters, { kv, d1Read }: Attempts): Isolate {
  const clock: HeadClock = {
    now: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }
  return new Isolate(
    retriedKv(countedKv(kvReader(env.KV), counters), kv),
    retriedTruth(new Repository(env.DB), d1Read),
    clock,
    { blocks: d1Blocks(env.DB, d1Read), pushed: retriedPushed(new PushedRows(env.DB), d1Read) },
    BLOCK_CACHE_BYTES,
    counters,
  )
}
