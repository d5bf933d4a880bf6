/**
 * The lake through the Worker, for whoever makes a training set of a service where there is no bucket's key, as in a page. These are raw
 * rows of the sources: it takes the scope `lake:read`, and no browser token has that.
 */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { parseReference } from '../../core/name.ts'
import { Quarantine } from '../../registry/history/quarantine.ts'
import { type RegistrySnapshot, viewId } from '../../registry/objects.ts'
import { Repository } from '../../registry/repository.ts'
import type { LakeAnswer } from '../../registry/wire/lake.ts'
import { lakeObjectQuery } from '../../registry/wire/lake.ts'
import type { AppEnv } from '../app.ts'
import { demand } from '../auth/caller.ts'
import { readQuery } from '../http/query.ts'
import { type ByteRange, parseMatch, parseRange } from '../lake/range.ts'
import { describeLake, findService, globOf, storedViews, uriOf } from '../lake/service-lake.ts'
import { truth } from '../publishing/publish.ts'

export function lakeRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const registered = registries()

  app.get('/v1/lake/:service', async (c) => {
    const reference = c.req.param('service')
    demand(c.get('caller'), ['lake:read'], parseReference(reference)?.name)
    const registry = await registered(new Repository(c.env.DB))
    const quarantined = await new Quarantine(c.env.DB).list()
    const bound = { bucket: c.env.LAKE, name: c.env.LAKE_BUCKET }
    const answer: LakeAnswer = await describeLake(registry, findService(registry, reference), bound, {
      quarantined,
      now: c.get('settings').now(),
    })
    return c.json(answer)
  })

  app.get('/v1/lake/:service/object', async (c) => {
    const reference = c.req.param('service')
    demand(c.get('caller'), ['lake:read'], parseReference(reference)?.name)
    const { view: id, source: name, key } = readQuery(c.req.url, lakeObjectQuery)
    const etag = parseMatch(c.req.header('if-match'))
    const range = parseRange(c.req.header('range'))
    const registry = await registered(new Repository(c.env.DB))
    const views = storedViews(registry, findService(registry, reference))
    const source = views.find((view) => viewId(view) === id)?.reads.find((one) => one.name === name)
    const glob = source && globOf(source, { name: c.env.LAKE_BUCKET })
    if (!glob?.matches(key))
      throw new ShorelineError(
        'UNKNOWN_NAME',
        `${reference.slice(0, 100)} reads no such object. GET /v1/lake/${reference.slice(0, 100)} lists those that it reads.`,
      )
    if (await new Quarantine(c.env.DB).holds({ uri: uriOf(glob, key), etag }))
      throw new ShorelineError('CONFLICT', `${key} is in quarantine. List the objects again.`, { key })
    const found = await bytesOf(c.env.LAKE, key, etag, range)
    if (!found || !('body' in found))
      throw new ShorelineError(
        'CONFLICT',
        `${key} was ${found ? 'changed' : 'removed'} after it was listed. List the objects again.`,
        { key },
      )
    const headers: Record<string, string> = {
      'content-type': 'application/vnd.apache.parquet',
      'cache-control': 'private, no-store',
      etag: found.httpEtag,
    }
    if (!range) return c.body(found.body, 200, headers)
    const last = Math.min(range.offset + range.length, found.size) - 1
    return c.body(found.body, 206, { ...headers, 'content-range': `bytes ${range.offset}-${last}/${found.size}` })
  })

  return app
}

/** R2 refuses a range that begins after the end, and says so only in words. */
async function bytesOf(lake: R2Bucket, key: string, etag: string, range: ByteRange | null) {
  try {
    return await lake.get(key, { onlyIf: { etagMatches: etag }, ...(range && { range }) })
  } catch (thrown) {
    const size = range && (await lake.head(key))?.size
    if (typeof size !== 'number' || range === null || range.offset < size) throw thrown
    throw new ShorelineError('MALFORMED', `Range begins after the end of ${key}, which has ${size} bytes.`, {
      field: 'range',
    })
  }
}

/** A file is read in many ranges: what is registered is parsed once for a revision. */
function registries(): (repository: Repository) => Promise<RegistrySnapshot> {
  let known: { readonly revision: number; readonly snapshot: RegistrySnapshot } | undefined
  return async (repository) => {
    const { registry: revision } = await truth(repository)
    if (known?.revision !== revision) known = { revision, snapshot: await repository.registry(revision) }
    return known.snapshot
  }
}
