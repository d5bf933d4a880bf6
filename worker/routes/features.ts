/** The doors to serving. */
import { type Context, Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import type { PlanAnswer } from '../../registry/wire/features.ts'
import type { AppEnv } from '../app.ts'
import { parseJson, readText } from '../http/body.ts'
import { JSON_TYPE } from '../http/respond.ts'
import type { Background } from '../serving/heads.ts'
import { queryRow } from '../serving/query.ts'
import { readRequest } from '../serving/request.ts'
import { type Asked, findService, type Served, type Serving, serve } from '../serving/serve.ts'

export const FEATURES_PATH = '/v1/features'

/** What a request comes with, whichever way it came. */
export interface Incoming extends Readonly<AppEnv['Variables']> {
  readonly execution: { waitUntil(work: Promise<unknown>): void }
}

/** `POST /v1/features`. @throws ShorelineError */
export async function answerFeatures(request: Request, incoming: Incoming): Promise<Response> {
  const asked = withRevisions(readRequest(parseJson(await readText(request))), request.headers)
  return respond(await serve(serving(incoming), asked), incoming.requestId)
}

export function featureRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post(FEATURES_PATH, (c) => answerFeatures(c.req.raw, incomingOf(c)))

  app.get('/v1/services/:service/features', async (c) => {
    const incoming = incomingOf(c)
    const plan = await planFor(incoming, c.req.param('service'))
    const row = queryRow(plan, new URL(c.req.url).searchParams)
    const asked = {
      service: plan.id,
      rows: [row],
      fullNames: false,
      metadata: 'issues',
      strict: false,
      maxAge: Number.POSITIVE_INFINITY,
    } as const
    return respond(await serve(serving(incoming), withRevisions(asked, c.req.raw.headers)), incoming.requestId)
  })

  app.get('/v1/services/:service/plan', async (c) => {
    const { plan, fields } = await planFor(incomingOf(c), c.req.param('service'))
    const features = plan.views.flatMap((view) =>
      view.columns.map(({ name, type, visibility }) => ({ name, type, view: view.as, visibility })),
    )
    const answer: PlanAnswer = {
      service: plan.service,
      version: plan.version,
      keys: fields.map(({ name, type }) => ({ name, type })),
      features,
    }
    return c.json(answer, 200, { etag: `"${plan.version}"`, 'x-request-id': c.get('requestId') })
  })

  return app
}

function incomingOf(c: Context<AppEnv>): Incoming {
  return {
    requestId: c.get('requestId'),
    settings: c.get('settings'),
    isolate: c.get('isolate'),
    execution: c.executionCtx,
  }
}

function serving({ isolate, settings, execution }: Incoming): Serving {
  return { isolate, background: background(execution), now: settings.now() }
}

function background(execution: Incoming['execution']): Background {
  return (work) => execution.waitUntil(work)
}

async function planFor({ isolate, execution }: Incoming, reference: string) {
  const { head } = await isolate.heads.current(background(execution))
  const { service, version } = findService(head, reference)
  return isolate.plans.load(service.plans[version] ?? '', false)
}

function withRevisions(request: Asked, headers: Headers): Asked {
  const pinned = headers.get('x-shoreline-revision')
  const least = headers.get('x-shoreline-min-revision')
  if (pinned === null && least === null) return request
  return {
    ...request,
    ...(pinned === null ? {} : { revision: readRevision('x-shoreline-revision', pinned) }),
    ...(least === null ? {} : { minRevision: readRevision('x-shoreline-min-revision', least) }),
  }
}

function readRevision(header: string, text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  throw new ShorelineError('MALFORMED', `${header}: ${JSON.stringify(text)} is not a revision number.`, {
    field: header,
  })
}

function respond(served: Served, requestId: string): Response {
  return new Response(served.body, {
    headers: {
      'content-type': JSON_TYPE,
      'x-request-id': requestId,
      'x-shoreline-revision': String(served.revision),
      'server-timing': `kv;desc="${served.keysRead} keys"`,
    },
  })
}
