/** The doors to serving. */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import type { PlanAnswer } from '../../registry/wire/features.ts'
import type { AppEnv } from '../app.ts'
import { readJson } from '../http/body.ts'
import { JSON_TYPE } from '../http/respond.ts'
import type { Background } from '../serving/heads.ts'
import { queryRow } from '../serving/query.ts'
import { readRequest } from '../serving/request.ts'
import { type Asked, findService, type Served, type Serving, serve } from '../serving/serve.ts'

export function featureRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/features', async (c) => {
    const asked = withRevisions(readRequest(await readJson(c.req.raw)), c.req.raw.headers)
    return respond(await serve(serving(c), asked), c.get('requestId'))
  })

  app.get('/v1/services/:service/features', async (c) => {
    const plan = await planFor(c, c.req.param('service'))
    const row = queryRow(plan, new URL(c.req.url).searchParams)
    const asked = {
      service: plan.id,
      rows: [row],
      fullNames: false,
      metadata: 'issues',
      strict: false,
      maxAge: Number.POSITIVE_INFINITY,
    } as const
    return respond(await serve(serving(c), withRevisions(asked, c.req.raw.headers)), c.get('requestId'))
  })

  app.get('/v1/services/:service/plan', async (c) => {
    const { plan, fields } = await planFor(c, c.req.param('service'))
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

interface Context {
  get(key: 'isolate'): AppEnv['Variables']['isolate']
  get(key: 'settings'): AppEnv['Variables']['settings']
  readonly executionCtx: { waitUntil(work: Promise<unknown>): void }
}

function serving(c: Context): Serving {
  return { isolate: c.get('isolate'), background: background(c), now: c.get('settings').now() }
}

function background(c: Context): Background {
  return (work) => c.executionCtx.waitUntil(work)
}

async function planFor(c: Context, reference: string) {
  const isolate = c.get('isolate')
  const { head } = await isolate.heads.current(background(c))
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
