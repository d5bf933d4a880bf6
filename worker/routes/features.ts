/** The doors to serving. */
import { type Context, Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { md5Hex } from '../../core/md5.ts'
import type { AppEnv } from '../app.ts'
import { ARROW_TYPE, arrowStream } from '../arrow/answer.ts'
import { type Caller, demandAnyFeature, demandService } from '../auth/caller.ts'
import { prefers } from '../http/accept.ts'
import { parseJson, readText } from '../http/body.ts'
import { JSON_TYPE } from '../http/respond.ts'
import { matches, notModified } from '../http/validators.ts'
import { isBookmark } from '../serving/bookmark.ts'
import { secondsToExpiry } from '../serving/bound.ts'
import type { Background } from '../serving/heads.ts'
import { PickedAnswer } from '../serving/picked-answer.ts'
import { planAnswerOf } from '../serving/plan-answer.ts'
import type { ReadyPlan } from '../serving/plans.ts'
import { queryRow } from '../serving/query.ts'
import { readRequest, USUAL } from '../serving/request.ts'
import { type Asked, demandPublic, findService, type Served, type Serving, serve } from '../serving/serve.ts'

export const FEATURES_PATH = '/v1/features'

/** What a request comes with, whichever way it came. */
export interface Incoming extends Readonly<Pick<AppEnv['Variables'], 'requestId' | 'settings' | 'isolate'>> {
  readonly caller: Caller
  readonly execution: { waitUntil(work: Promise<unknown>): void }
}

/** `POST /v1/features`. @throws ShorelineError */
export async function answerFeatures(request: Request, incoming: Incoming): Promise<Response> {
  const read = readRequest(parseJson(await readText(request)))
  if (read.features.length === 0) demandService(incoming.caller, read.service)
  else demandAnyFeature(incoming.caller)
  const asked = withGrant(withRevisions(read, request.headers), incoming.caller)
  if (prefers(request.headers.get('accept'), ARROW_TYPE, 'application/json')) return answerArrow(asked, incoming)
  return respond(await serve(serving(incoming), asked), incoming.requestId)
}

/** The same request, answered for a data frame. Errors stay JSON. */
async function answerArrow(asked: Asked, incoming: Incoming): Promise<Response> {
  const surface = new PickedAnswer(asked)
  const served = await serve(serving(incoming), { ...asked, surface })
  return new Response(arrowStream(surface.picked), {
    headers: {
      'content-type': ARROW_TYPE,
      ...headersOf(served, incoming.requestId),
      ...clockOf(served),
      ...(served.degraded ? { 'x-shoreline-degraded': 'true' } : {}),
    },
  })
}

export function featureRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post(FEATURES_PATH, (c) => answerFeatures(c.req.raw, incomingOf(c)))

  app.get('/v1/services/:service/features', async (c) => {
    const incoming = incomingOf(c)
    const plan = await planFor(incoming, c.req.param('service'))
    const row = queryRow(plan, new URL(c.req.url).searchParams)
    const asked: Asked = { ...USUAL, service: plan.id, rows: [row] }
    const granted = withGrant(withRevisions(asked, c.req.raw.headers), incoming.caller)
    const at = serving(incoming)
    return cacheable(c.req.raw, await serve(at, granted), at.now, incoming.requestId)
  })

  app.get('/v1/services/:service/plan', async (c) => {
    const incoming = incomingOf(c)
    const ready = await planFor(incoming, c.req.param('service'))
    const { grant } = incoming.caller
    const answer = planAnswerOf(ready, grant !== null)
    // What is public changes without a new version.
    const etag =
      grant === null ? `"${ready.plan.version}"` : `"${md5Hex(JSON.stringify(answer)).slice(0, ETAG_DIGITS)}"`
    if (matches(c.req.raw, etag)) return notModified({ etag, 'x-request-id': c.get('requestId') })
    return c.json(answer, 200, { etag, 'x-request-id': c.get('requestId') })
  })

  return app
}

export function incomingOf(c: Context<AppEnv>): Incoming {
  return {
    requestId: c.get('requestId'),
    settings: c.get('settings'),
    isolate: c.get('isolate'),
    caller: c.get('caller'),
    execution: c.executionCtx,
  }
}

export function serving({ isolate, settings, execution }: Incoming): Serving {
  return { isolate, background: background(execution), now: settings.now() }
}

function background(execution: Incoming['execution']): Background {
  return (work) => execution.waitUntil(work)
}

async function planFor({ isolate, caller, execution }: Incoming, reference: string) {
  demandService(caller, reference)
  const { head } = await isolate.heads.current(background(execution))
  const { service, version } = findService(head, reference)
  const form = { fullNames: false, publicOnly: caller.grant !== null, client: false }
  const plan = await isolate.plans.load(service.plans[version] ?? '', form)
  if (caller.grant) demandPublic(plan)
  return plan
}

/** @throws ShorelineError FORBIDDEN: what was public in an earlier revision may be public no more */
function withGrant(asked: Asked, { grant }: Caller): Asked {
  if (grant === null) return asked
  if (asked.revision !== undefined)
    throw new ShorelineError(
      'FORBIDDEN',
      'x-shoreline-revision: a browser token is answered from the newest revision. Leave the header out, or send an API key.',
      { field: 'x-shoreline-revision' },
    )
  return { ...asked, grant }
}

/** @throws ShorelineError MALFORMED when a header names no revision */
export function withRevisions(request: Asked, headers: Headers): Asked {
  const pinned = headers.get('x-shoreline-revision')
  const least = headers.get('x-shoreline-min-revision')
  const after = headers.get('x-shoreline-bookmark')
  if (pinned === null && least === null && after === null) return request
  return {
    ...request,
    ...(after === null ? {} : { after: readBookmark(after) }),
    ...(pinned === null ? {} : { revision: readRevision('x-shoreline-revision', pinned) }),
    ...(least === null ? {} : { minRevision: readRevision('x-shoreline-min-revision', least) }),
  }
}

function readBookmark(text: string): string {
  if (isBookmark(text)) return text
  throw new ShorelineError(
    'MALFORMED',
    'x-shoreline-bookmark: it is no bookmark. Send back what the header of a push said, as it was.',
    { field: 'x-shoreline-bookmark' },
  )
}

function readRevision(header: string, text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  throw new ShorelineError('MALFORMED', `${header}: ${JSON.stringify(text)} is not a revision number.`, {
    field: header,
  })
}

/** The longest that a browser may answer from its own cache: what a new revision takes to be seen at one location. */
const MAX_AGE_S = 30

/** One row, with what a cache needs to know: how long the values last, and whether they are the ones that it has. */
function cacheable(request: Request, served: Served, now: number, requestId: string): Response {
  const { bound, keys, body } = served
  // Values and statuses, but not the revision and the snapshots that they came from: those move while values stay.
  const values = body.slice(bound.opening.length, body.lastIndexOf(',"views":['))
  const etag = `"${md5Hex(values).slice(0, ETAG_DIGITS)}"`
  // What is pushed may change at once.
  const longest = bound.plan.pushed ? 0 : MAX_AGE_S
  const seconds = Math.min(longest, secondsToExpiry(bound, keys, { now, maxAge: Number.POSITIVE_INFINITY }))
  const caching = {
    etag,
    'cache-control': served.degraded ? 'no-store' : `private, max-age=${seconds}`,
    vary: 'Authorization, Origin',
  }
  if (matches(request, etag)) return notModified({ ...headersOf(served, requestId), ...clockOf(served), ...caching })
  return respond(served, requestId, caching)
}

const ETAG_DIGITS = 20

function respond(served: Served, requestId: string, more: Readonly<Record<string, string>> = {}): Response {
  return new Response(served.body, {
    headers: { 'content-type': JSON_TYPE, ...headersOf(served, requestId), ...clockOf(served), ...more },
  })
}

/** Ages and ttl are told by this clock: a client that keeps values goes by it, too. */
function clockOf({ now }: Served): Readonly<Record<string, string>> {
  return { 'x-shoreline-now': new Date(Math.ceil(now / 1000)).toISOString() }
}

export function headersOf(
  { revision, read, bookmark, bound: { plan } }: Served,
  requestId: string,
): Readonly<Record<string, string>> {
  return {
    ...(bookmark === null ? {} : { 'x-shoreline-bookmark': bookmark }),
    'x-request-id': requestId,
    'x-shoreline-revision': String(revision),
    'server-timing': timing(read, plan),
  }
}

/** What was done for it. The clock of a Worker stands still while it computes, so there are counts and no times. */
function timing(read: Served['read'], { computed }: ReadyPlan): string {
  const inD1 = read.reduce((count, block) => (block.run.pointer.store === 'd1' ? count + 1 : count), 0)
  let text = `kv;desc="${read.length - inD1} keys"`
  if (inD1 > 0) text += `, d1;desc="${inD1} keys"`
  if (computed) text += `, ondemand;desc="${computed.entries.length} views"`
  return text
}
