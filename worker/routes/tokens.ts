/** Browser tokens: what an application gives to its pages, so that they read a few features of a few entities. */
import { type Context, Hono } from 'hono'
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { MAX_TOKEN_MS } from '../../core/limits.ts'
import { type IssueTokenAnswer, issueTokenRequest } from '../../registry/wire/keys.ts'
import type { AppEnv } from '../app.ts'
import { demandService } from '../auth/caller.ts'
import { type Entities, unnamedFields } from '../auth/grant.ts'
import { readBody } from '../http/body.ts'
import { findService } from '../serving/serve.ts'

const DEFAULT_TTL = '10m'

export function tokenRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/tokens', async (c) => {
    const { tokens, now } = c.get('opened')
    const caller = c.get('caller')
    const { services, entities, ttl = DEFAULT_TTL } = await readBody(c.req.raw, issueTokenRequest)
    const names = [...new Set(services)]
    // Nobody hands on more than they have.
    for (const name of names) demandService(caller, name)
    for (const name of names) await checkService(c, name, entities)
    const { token, expiresAt } = await tokens.issue(caller.id, names, entities, readTtl(ttl), now())
    const answer: IssueTokenAnswer = { token, expires_at: new Date(expiresAt).toISOString() }
    return c.json(answer, 200, { 'cache-control': 'no-store' })
  })

  return app
}

/**
 * A token that every request would be refused with is refused now, where the application's developer sees it.
 * @throws ShorelineError UNKNOWN_NAME, or INVALID naming the join key
 */
async function checkService(c: Context<AppEnv>, name: string, entities: Entities): Promise<void> {
  const isolate = c.get('isolate')
  const { head } = await isolate.heads.current((work) => c.executionCtx.waitUntil(work))
  // One that is not online yet, or is retired and answers by its versions, is checked when it is read.
  if (head.services.get(name)?.current === null) return
  const { service, version } = findService(head, name)
  const plan = await isolate.plans.load(service.plans[version] ?? '', {
    fullNames: false,
    publicOnly: false,
    client: false,
  })
  const [unnamed] = unnamedFields(plan, entities)
  if (unnamed !== undefined)
    throw new ShorelineError(
      'INVALID',
      `entities: ${name} has the join key ${unnamed}, which is not named. Name the values that the token is for, or "*" for any.`,
      { field: 'entities' },
    )
}

/** @returns milliseconds */
function readTtl(text: string): number {
  const ms = parseDuration('ttl', text) / 1000
  if (ms <= MAX_TOKEN_MS) return ms
  throw new ShorelineError(
    'INVALID',
    `ttl: ${text} is longer than a browser token may last: at most ${MAX_TOKEN_MS / 60_000}m.`,
    {
      field: 'ttl',
    },
  )
}
