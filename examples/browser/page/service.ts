/** Keeps the files of the page, so that it opens without a network. Answers of the edge are the client's own to keep: it knows how long they are good. */
declare const VERSION: string
declare const SHELL: readonly string[]

/** Of a service worker, what is used here: its types and those of a page exclude one another. */
interface Scope {
  readonly caches: CacheStorage
  readonly registration: { readonly scope: string }
  skipWaiting(): Promise<void>
  readonly clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', listener: (event: Waiting) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
}
interface Waiting {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Waiting {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}

const scope = globalThis as unknown as Scope
const NAME = `page-${VERSION}`

scope.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: 'reload' }))))
      .then(() => scope.skipWaiting()),
  )
})

scope.addEventListener('activate', (event) => {
  const remove = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name)
    await scope.clients.claim()
  }
  event.waitUntil(remove())
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(scope.registration.scope)) return
  event.respondWith(answer(request))
})

/** The newest there is, so that a new page is seen at once; what is kept where there is no network. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(NAME)
  // Named by its version, and large.
  if (request.url.includes('/duckdb/')) {
    const kept = await cache.match(request)
    if (kept) return kept
  }
  try {
    const response = await fetch(request)
    if (response.ok && response.type === 'basic') await cache.put(request, response.clone())
    return response
  } catch (thrown) {
    const kept = await cache.match(request, { ignoreSearch: true })
    if (kept) return kept
    throw thrown
  }
}
