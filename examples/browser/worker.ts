/** The Worker of a site with a page: Shoreline's own, and one route more, at which the page gets its browser token. */
import worker, { type Env } from 'shoreline/worker'

export * from 'shoreline/worker'

interface SiteEnv extends Env {
  /** A secret: a key with the scopes `tokens:issue` and `features:read:departure`. It is never sent to a page. */
  readonly SITE_KEY?: string
}

/** What every visitor of this page may read. A site with accounts looks at its session first, and names that person's entities. */
const GRANT = { services: ['departure'], entities: { origin: '*', destination: '*' }, ttl: '10m' }

export default {
  ...worker,
  fetch(request, env, execution) {
    if (new URL(request.url).pathname !== '/example/token') return worker.fetch(request, env, execution)
    // Pages of other sites get none.
    if (request.method !== 'POST' || request.headers.get('sec-fetch-site') !== 'same-origin')
      return new Response(null, { status: 403 })
    const headers = { authorization: `Bearer ${env.SITE_KEY ?? ''}` }
    const ask = new Request(new URL('/v1/tokens', request.url), {
      method: 'POST',
      headers,
      body: JSON.stringify(GRANT),
    })
    return worker.fetch(ask, env, execution)
  },
} satisfies Pick<ExportedHandler<SiteEnv>, 'fetch'>
