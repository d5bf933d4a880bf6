/** What pages do with the client beyond a call: React, answers that outlast the page, and the end of what a page kept. */
import { describe, expect, it } from 'vitest'
import { evaluate, open } from './browser.fixture.ts'
import { bundle, html, serve } from './site.fixture.ts'

const PLAN = {
  service: 'risk',
  version: 1,
  keys: [{ name: 'origin', type: 'string' }],
  request: [],
  features: [
    { name: 'flights', type: 'int64', view: 'delays', visibility: 'public' },
    { name: 'vector', type: 'vector(2)', view: 'delays', visibility: 'public' },
  ],
  views: [{ as: 'delays', view: 'delays@1', ttl_seconds: 3600 }],
}

/** A deployment of which a test sets the revision and the flights, and counts the requests. */
function deployment() {
  const state = { revision: 1, flights: '9007199254740993', rows: 0, requests: 0 }
  const answer = ({ path, body }: { readonly path: string; readonly body: string }): Response | null => {
    if (path.endsWith('/plan')) return Response.json(PLAN)
    if (path !== '/v1/features') return null
    const { rows } = JSON.parse(body) as { readonly rows: readonly unknown[] }
    state.requests++
    state.rows += rows.length
    const event = new Date(Date.now() - 60_000).toISOString()
    const values = `{"flights":${state.flights},"vector":[0.1,"NaN"]}`
    const text = `{"service":"risk@1","revision":${state.revision},"rows":[${rows.map(() => values)}],"issues":[],"views":[{"view":"delays@1","as":"delays","store":"kv","snapshot":1,"event_timestamps":${JSON.stringify(rows.map(() => event))}}],"degraded":false}`
    return new Response(text, { headers: { 'x-shoreline-now': new Date().toISOString() } })
  }
  return { state, answer }
}

describe('useFeatures', () => {
  it('draws a row, and again when the head moves; many rows of one commit are one request', async () => {
    const { state, answer } = deployment()
    const source = `
      import { StrictMode } from 'react'
      import { createRoot } from 'react-dom/client'
      import { createClient } from './client/index.ts'
      import { useFeatures } from './client/react.ts'
      const client = createClient({ url: location.origin }) as any
      function Row({ origin }) {
        const { status, row, meta } = useFeatures(client, 'risk', { origin }, { every: 50 }) as any
        return <p id={origin}>{status} {String(row?.flights)} {meta?.revision} {row?.vector.join()}</p>
      }
      const root = createRoot(document.querySelector('main'))
      root.render(<StrictMode>{['SFO', 'JFK', 'ORD'].map((origin) => <Row key={origin} origin={origin} />)}</StrictMode>)`
    // Of a development build: in strict mode it subscribes, leaves, and subscribes again.
    const define = { 'process.env.NODE_ENV': '"development"' }
    const { files } = await bundle(source, { jsx: 'automatic', define })
    await using site = await serve({ '/': html('<main></main>'), ...files }, { answer })
    await using visit = await open(site.origin)
    const text = (id: string): Promise<string | null> => visit.page.textContent(`#${id}`)
    await visit.page.waitForFunction("document.querySelector('#ORD')?.textContent.startsWith('ready')")
    expect(await text('SFO')).toBe('ready 9007199254740993 1 0.10000000149011612,NaN')
    // The head moves: one row of the service is asked for, and then the others, as one request.
    Object.assign(state, { revision: 2, flights: '7' })
    for (const id of ['SFO', 'JFK', 'ORD'])
      await visit.page.waitForFunction(`document.querySelector('#${id}').textContent.startsWith('ready 7 2')`)
    const counts = visit.requests
      .filter(({ url }) => url.endsWith('/v1/features'))
      .map(({ body }) => JSON.parse(body).rows.length)
    expect(counts).toContain(3)
    expect(counts).toContain(2)
    expect(visit.problems).toEqual([])
  })
})

describe('answers in IndexedDB', () => {
  const PAGE = `
    import { createClient } from './client/index.ts'
    globalThis.clientOf = (partition, more = {}) => createClient({
      url: location.origin, retries: 0,
      cache: { store: 'indexeddb', partition, maxAge: '1h', offline: '1d', ...more },
    })
    globalThis.ask = async (client, origin) => {
      const { row, meta } = await client.get('risk', { origin })
      return [typeof row.flights, String(row.flights), [...row.vector].join(), meta.source, meta.offline]
    }`

  it('outlast the page, and are nobody else’s', async () => {
    const { state, answer } = deployment()
    const { files } = await bundle(PAGE)
    await using site = await serve({ '/': html(), ...files }, { answer })
    await using visit = await open(site.origin)
    const ask = (who: string): Promise<unknown> => evaluate(visit.page, `ask(clientOf('${who}'), 'SFO')`)
    const values = ['bigint', '9007199254740993', '0.10000000149011612,NaN']
    expect(await ask('ada')).toEqual([...values, 'network', false])
    await visit.page.reload()
    expect(await ask('ada')).toEqual([...values, 'cache', false])
    expect(state.requests).toBe(1)
    expect(await ask('bob')).toEqual([...values, 'network', false])
    expect(await evaluate(visit.page, "clientOf('ada').cache.status()")).toEqual({ store: 'indexeddb' })
    await evaluate(visit.page, "clientOf('ada').cache.clear()")
    await visit.page.reload()
    expect(await ask('ada')).toEqual([...values, 'network', false])
  })

  it('are bounded: what was used longest ago goes first', async () => {
    const { answer } = deployment()
    const { files } = await bundle(PAGE)
    await using site = await serve({ '/': html(), ...files }, { answer })
    await using visit = await open(site.origin)
    const sources = await evaluate(
      visit.page,
      `(async () => {
        const client = clientOf('ada', { megabytes: 0.02 })
        for (let at = 0; at < 60; at++) await ask(client, 'A' + at)
        return [(await ask(client, 'A59'))[3], (await ask(client, 'A0'))[3]]
      })()`,
    )
    expect(sources).toEqual(['cache', 'network'])
  })

  it('are in memory where there is no IndexedDB, and it says so', async () => {
    const { answer } = deployment()
    const { files } = await bundle(`Object.defineProperty(globalThis, 'indexedDB', { value: undefined });${PAGE}`)
    await using site = await serve({ '/': html(), ...files }, { answer })
    await using visit = await open(site.origin)
    const found = await evaluate(
      visit.page,
      `(async () => {
        const client = clientOf('ada')
        await ask(client, 'SFO')
        return [(await ask(client, 'SFO'))[3], await client.cache.status()]
      })()`,
    )
    expect(found).toEqual([
      'cache',
      { store: 'memory', reason: 'IndexedDB cannot be used: there is no IndexedDB here' },
    ])
  })
})
