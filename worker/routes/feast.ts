/** Feast's HTTP contract, for its Python SDK with `online_store: {type: remote}` (docs/feast-http.md). */
import { type Context, Hono } from 'hono'
import type * as z from 'zod'
import { ShorelineError } from '../../core/errors.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { PushedRows } from '../../registry/pushed-rows.ts'
import { Repository } from '../../registry/repository.ts'
import { SyncRequests, type Wanted } from '../../registry/sync-requests.ts'
import {
  feastFeaturesRequest,
  feastMaterializeIncrementalRequest,
  feastMaterializeRequest,
  feastPushRequest,
  feastSearchRequest,
  feastWriteRequest,
} from '../../registry/wire/feast.ts'
import type { AppEnv } from '../app.ts'
import { type Caller, demand, demandAnyFeature, demandService } from '../auth/caller.ts'
import { FeastRequest } from '../feast/answer.ts'
import { wantedBetween, wantedUntil } from '../feast/materialize.ts'
import { ofSource, ofView, writeDataFrame } from '../feast/push.ts'
import { readReferences } from '../feast/references.ts'
import type { DataFrame } from '../feast/rows.ts'
import { readBody } from '../feast/validation.ts'
import { readText } from '../http/body.ts'
import { JSON_TYPE } from '../http/respond.ts'
import { truth } from '../publishing/publish.ts'
import { drain } from '../push/drain.ts'
import { inRegistry } from '../push/find.ts'
import type { PushSchema } from '../push/schema.ts'
import { USUAL } from '../serving/request.ts'
import { type Asked, serve } from '../serving/serve.ts'
import { headersOf, type Incoming, incomingOf, serving, withRevisions } from './features.ts'

const NO_SERVICE =
  'No sync service is alive to do it. Run "shoreline sync --watch" (docs/deploy.md), or "shoreline sync" for once.'
const SEARCH =
  'There is no vector search here. Vectors can be read with /get-online-features; search them in a vector database.'

export const FEAST_FEATURES_PATH = '/get-online-features'

/** `POST /get-online-features`. @throws ShorelineError, ValidationProblem */
export async function answerFeast(request: Request, incoming: Incoming): Promise<Response> {
  const body = readBody(await readText(request), feastFeaturesRequest)
  const service = body.feature_service ?? ''
  admitCaller(incoming.caller, service)
  const references = service === '' ? wantedReferences(body.features ?? []) : []
  const fullNames = body.full_feature_names ?? false
  const surface = new FeastRequest({ entities: body.entities, references, fullNames }, (revision) =>
    incoming.isolate.lists.registry(revision),
  )
  // Names are this surface's own: of a list with full names any two features can be told apart.
  const asked: Asked = { ...USUAL, service, features: references, fullNames: service === '', rows: [], surface }
  const served = await serve(serving(incoming), withRevisions(asked, request.headers))
  return new Response(served.body, {
    headers: {
      'content-type': JSON_TYPE,
      ...headersOf(served, incoming.requestId),
      ...(served.degraded ? { 'x-shoreline-degraded': 'true' } : {}),
    },
  })
}

export function feastRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post(FEAST_FEATURES_PATH, (c) => answerFeast(c.req.raw, incomingOf(c)))

  app.post('/push', async (c) => {
    const { push_source_name: name, df, to } = readBody(await readText(c.req.raw), feastPushRequest)
    demand(c.get('caller'), ['push:write'], name)
    const headers = await write(c, (registry) => notFound(name, () => ofSource(registry, name)), df, to === 'offline')
    return new Response(null, { status: 200, headers })
  })

  app.post('/write-to-online-store', async (c) => {
    const { feature_view_name: name, df } = readBody(await readText(c.req.raw), feastWriteRequest)
    const look = (registry: RegistrySnapshot): PushSchema => {
      const schema = ofView(registry, name)
      demand(c.get('caller'), ['push:write'], schema.source.name)
      return schema
    }
    const headers = await write(c, look, df, false)
    return new Response('null', { headers: { 'content-type': JSON_TYPE, ...headers } })
  })

  app.post('/materialize', async (c) => {
    const body = readBody(await readText(c.req.raw), feastMaterializeRequest)
    return request(c, (registry, now) => wantedBetween(registry, body, now))
  })

  app.post('/materialize-incremental', async (c) => {
    const body = readBody(await readText(c.req.raw), feastMaterializeIncrementalRequest)
    return request(c, (registry, now) => wantedUntil(registry, body, now))
  })

  app.post('/search', (c) => refuse(c, feastSearchRequest, SEARCH))
  app.post('/retrieve-online-documents', (c) => refuse(c, feastSearchRequest, SEARCH))

  return app
}

async function write(
  c: Context<AppEnv>,
  look: (registry: RegistrySnapshot) => PushSchema,
  df: DataFrame,
  offline: boolean,
): Promise<Readonly<Record<string, string>>> {
  const background = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work)
  const schema = await inRegistry(c.get('isolate'), new Repository(c.env.DB), background, look)
  const pushed = new PushedRows(c.env.DB)
  const { bookmark } = await writeDataFrame(pushed, schema, df, {
    now: Date.now(),
    offline,
    counters: c.get('isolate').counters,
  })
  background(drain(pushed, c.env.PUSHED))
  return {
    'x-request-id': c.get('requestId'),
    ...(bookmark === null ? {} : { 'x-shoreline-bookmark': bookmark }),
  }
}

/** The request is the sync service's from here on: nobody waits for it. @throws ShorelineError INVALID without a service */
async function request(
  c: Context<AppEnv>,
  read: (registry: RegistrySnapshot, now: number) => Wanted,
): Promise<Response> {
  const repository = new Repository(c.env.DB)
  const { registry } = await truth(repository)
  const wanted = read(await repository.registry(registry), c.get('settings').now())
  const requests = new SyncRequests(c.env.DB)
  const now = c.get('opened').now()
  if (!(await requests.isAnyAlive(now))) throw new ShorelineError('INVALID', NO_SERVICE)
  await requests.ask(wanted, now)
  const headers = { 'content-type': JSON_TYPE, 'x-request-id': c.get('requestId') }
  // Feast's own switch between waiting and not; here it only says which of its two answers is read.
  if (c.req.query('async') !== 'true') return new Response('null', { headers })
  return new Response(JSON.stringify({ status: 'accepted', feature_views: wanted.views }), { status: 202, headers })
}

/** Feast's client knows an unknown push source by 422 and this class. @throws ShorelineError INVALID */
function notFound<T>(name: string, look: () => T): T {
  try {
    return look()
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError) || thrown.code !== 'UNKNOWN_NAME') throw thrown
    throw new ShorelineError('UNKNOWN_NAME', `Unable to find push source '${name.slice(0, 80)}'. ${thrown.message}`, {
      push_source: name.slice(0, 80),
    })
  }
}

/** @throws ShorelineError FORBIDDEN. The table of scopes refuses browser tokens here too: nothing checks their entities. */
function admitCaller(caller: Caller, service: string): void {
  if (caller.grant !== null)
    throw new ShorelineError('FORBIDDEN', 'A browser token is not for this surface. Use POST /v1/features.')
  if (service === '') demandAnyFeature(caller)
  else demandService(caller, service)
}

/** @throws ShorelineError MALFORMED, UNKNOWN_NAME */
function wantedReferences(features: readonly string[]): readonly string[] {
  if (features.length > 0) return readReferences(features)
  throw new ShorelineError(
    'MALFORMED',
    'No features specified for retrieval. Send feature_service, or features as in ["view:feature"].',
    { field: 'features' },
  )
}

/** What Feast's servers do and this one does not, once the request is one. @throws ShorelineError INVALID */
async function refuse(c: Context<AppEnv>, schema: z.ZodType, message: string): Promise<never> {
  readBody(await readText(c.req.raw), schema)
  throw new ShorelineError('INVALID', message)
}
