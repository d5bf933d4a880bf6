/** Rows that applications push. */
import { Hono } from 'hono'
import { MAX_PUSH_BYTES } from '../../core/limits.ts'
import { PushedRows } from '../../registry/pushed-rows.ts'
import { Repository } from '../../registry/repository.ts'
import { pushRequest } from '../../registry/wire/push.ts'
import type { AppEnv } from '../app.ts'
import { demand } from '../auth/caller.ts'
import { readBody } from '../http/body.ts'
import { drain } from '../push/drain.ts'
import { inRegistry } from '../push/find.ts'
import { push, schemaFor } from '../push/push.ts'

export function pushRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/push/:source', async (c) => {
    const source = c.req.param('source')
    demand(c.get('caller'), ['push:write'], source)
    const { rows } = await readBody(c.req.raw, pushRequest, MAX_PUSH_BYTES)
    const background = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work)
    const schema = await inRegistry(c.get('isolate'), new Repository(c.env.DB), background, (registry) =>
      schemaFor(registry, source),
    )
    const pushed = new PushedRows(c.env.DB)
    const { answer, bookmark } = await push(pushed, schema, rows, {
      now: Date.now(),
      counters: c.get('isolate').counters,
    })
    c.executionCtx.waitUntil(drain(pushed, c.env.PUSHED))
    return c.json(answer, 200, bookmark === null ? {} : { 'x-shoreline-bookmark': bookmark })
  })

  return app
}
