/**
 * Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol) from the origins on the list, exactly. No cookies:
 * a page sends a browser token in `Authorization`.
 */
import { ShorelineError } from '../../core/errors.ts'

const METHODS = 'GET, POST'
const HEADERS_IN =
  'authorization, content-type, if-match, if-none-match, range, x-request-id, x-shoreline-revision, x-shoreline-min-revision'
const HEADERS_OUT =
  'content-range, etag, retry-after, server-timing, x-request-id, x-shoreline-now, x-shoreline-revision, x-shoreline-bookmark, x-shoreline-degraded'
/** Two hours, which is the most that Chromium keeps it. */
const MAX_AGE = '7200'

export class Cors {
  readonly #origins: ReadonlySet<string>

  constructor(origins: ReadonlySet<string>) {
    this.#origins = origins
  }

  /** Where no page of another origin may call, no answer needs a header. */
  get used(): boolean {
    return this.#origins.size > 0
  }

  isPreflight(request: Request): boolean {
    return (
      request.method === 'OPTIONS' &&
      request.headers.has('origin') &&
      request.headers.has('access-control-request-method')
    )
  }

  /** A preflight carries no key, so it is answered before anybody asks for one. @throws ShorelineError FORBIDDEN */
  preflight(request: Request): Response {
    const origin = request.headers.get('origin') ?? ''
    if (!this.#origins.has(origin))
      throw new ShorelineError(
        'FORBIDDEN',
        `Pages of ${origin.slice(0, 200)} may not call this deployment: CORS_ORIGINS does not name that origin.`,
      )
    const headers = {
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': HEADERS_IN,
      'access-control-max-age': MAX_AGE,
    }
    return new Response(null, { status: 204, headers })
  }

  /** Adds to any answer, an error's too, what lets the page read it. @returns the same response */
  allow(request: Request, response: Response): Response {
    if (!/\borigin\b/i.test(response.headers.get('vary') ?? '')) response.headers.append('vary', 'Origin')
    const origin = request.headers.get('origin')
    if (origin === null || !this.#origins.has(origin)) return response
    response.headers.set('access-control-allow-origin', origin)
    response.headers.set('access-control-expose-headers', HEADERS_OUT)
    return response
  }
}
