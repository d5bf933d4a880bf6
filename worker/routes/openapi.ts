/** What the Worker says about itself: its OpenAPI document, and a page to read and try it. */
import { Hono } from 'hono'
import type { AppEnv } from '../app.ts'
import { matches, notModified } from '../http/validators.ts'
import type { Published } from '../openapi/published.ts'

/** A deploy is seen by then; until then nothing is asked for again. */
const CACHE_CONTROL = 'public, max-age=60'

export function openApiRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  // Neither holds anything of the deployment: they are the same for everybody, and tools read them without a key.
  app.get('/openapi.json', async (c) => {
    const { published } = await import('../openapi/published.ts')
    return cached(c.req.raw, (await published()).document, c.get('requestId'))
  })

  app.get('/docs', async (c) => {
    const { published } = await import('../openapi/published.ts')
    return cached(c.req.raw, (await published()).page, c.get('requestId'))
  })

  return app
}

function cached(request: Request, { text, etag, headers }: Published, requestId: string): Response {
  const caching = { etag, 'cache-control': CACHE_CONTROL, 'x-request-id': requestId }
  return matches(request, etag) ? notModified(caching) : new Response(text, { headers: { ...headers, ...caching } })
}
