/** Definitions and rows online in a deployment, over HTTP, as `apply` and a sync put them there. */
import { writeBlock } from '../../core/block.ts'
import type { Definitions } from '../../registry/objects.ts'
import type { StartRunAnswer } from '../../registry/wire/control.ts'
import { ADMIN_KEY, type Guarded } from './guarded.fixture.ts'

/** By view, without its version: key, event timestamp, values as they are stored. */
export type Rows = Readonly<Record<string, readonly (readonly unknown[])[]>>

/** The definitions, and a view, a service and two sources for what is pushed. */
export function withCarts(definitions: Definitions): Definitions {
  const schema = [
    { name: 'user_id', type: 'int64' },
    { name: 'total', type: 'float64' },
    { name: 'labels', type: 'list(string)' },
    { name: 'details', type: 'json' },
  ]
  const features = schema.slice(1).map((one) => ({ ...one, visibility: 'public' as const }))
  const named = features.map(({ name }) => ({ feature: name, name }))
  return {
    ...definitions,
    sources: [
      ...definitions.sources,
      { name: 'carts', format: 'push', kind: 'features', schema },
      { name: 'clicks', format: 'push', kind: 'events', schema: [{ name: 'url', type: 'string' }] },
    ],
    views: [
      ...definitions.views,
      {
        name: 'cart',
        entity: 'user',
        sources: [],
        push: 'carts',
        timestamp: 'event_timestamp',
        online: 'kv',
        features,
      },
    ],
    services: [
      ...definitions.services,
      { name: 'cart', inputs: [{ view: 'cart', as: 'cart', keys: {}, features: named }] },
    ],
  }
}

export async function putOnline(deployment: Guarded, definitions: Definitions, views: Rows): Promise<void> {
  const post = async (path: string, body: unknown, method = 'POST'): Promise<unknown> => {
    const { status, text, json } = await deployment.call(path, { method, key: ADMIN_KEY, body })
    if (status !== 200) throw new Error(`${path}: ${text}`)
    return json
  }
  await post('/v1/registry/apply', { definitions, by: 'ada', commit: 'c0ffee' })
  const runs = []
  for (const [view, rows] of Object.entries(views)) {
    const sources = [{ uri: 'file:///all.parquet', etag: 'a', size: 1 }]
    const started = (await post('/v1/runs', { view, sources })) as Extract<StartRunAnswer, { run: string }>
    const { run } = started
    const computed = { rows: rows.length, blocks: 1, watermark: 0, next_event: null, parts: ['part-0.parquet'] }
    await post(`/v1/runs/${run}/computed`, computed)
    const block = writeBlock({ view: started.view, run, block: 0, blocks: 1 }, JSON.stringify(rows))
    await post(`/v1/runs/${run}/blocks/0`, block, 'PUT')
    runs.push(run)
  }
  await post('/v1/publish', { runs })
}
