/** Rows that applications push. */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { MAX_PUSH_BYTES } from '../../core/limits.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { PushedRows } from '../../registry/pushed-rows.ts'
import { Repository } from '../../registry/repository.ts'
import { pushRequest } from '../../registry/wire/push.ts'
import type { AppEnv } from '../app.ts'
import { demand } from '../auth/caller.ts'
import { readBody } from '../http/body.ts'
import { truth } from '../publishing/publish.ts'
import { drain } from '../push/drain.ts'
import { push, schemaFor } from '../push/push.ts'
import type { PushSchema } from '../push/schema.ts'
import type { Isolate } from '../serving/isolate.ts'

export function pushRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/push/:source', async (c) => {
    const source = c.req.param('source')
    demand(c.get('caller'), ['push:write'], source)
    const { rows } = await readBody(c.req.raw, pushRequest, MAX_PUSH_BYTES)
    const schema = await findSchema(c.get('isolate'), new Repository(c.env.DB), source, (work) =>
      c.executionCtx.waitUntil(work),
    )
    const pushed = new PushedRows(c.env.DB)
    const { answer, bookmark } = await push(pushed, schema, rows, Date.now())
    c.executionCtx.waitUntil(drain(pushed, c.env.PUSHED))
    return c.json(answer, 200, bookmark === null ? {} : { 'x-shoreline-bookmark': bookmark })
  })

  return app
}

/** Of the registry in memory; a source that is not in there may have been applied a moment ago. */
async function findSchema(
  isolate: Isolate,
  repository: Repository,
  source: string,
  background: (work: Promise<unknown>) => void,
): Promise<PushSchema> {
  const { head } = await isolate.heads.current(background)
  try {
    return schemaFor(await registryOf(isolate, head.registry), source)
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError) || thrown.code !== 'UNKNOWN_NAME') throw thrown
    const now = await truth(repository)
    if (now.registry === head.registry) throw thrown
    return schemaFor(await repository.registry(now.registry), source)
  }
}

async function registryOf(isolate: Isolate, revision: number): Promise<RegistrySnapshot> {
  if (revision === 0) throw new ShorelineError('UNKNOWN_NAME', 'Nothing is registered yet: run "shoreline apply".')
  return isolate.lists.registry(revision)
}
