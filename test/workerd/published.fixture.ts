/** Definitions and rows online in a deployment, over HTTP, as `apply` and a sync put them there. */
import { writeBlock } from '../../core/block.ts'
import type { Definitions } from '../../registry/objects.ts'
import type { StartRunAnswer } from '../../registry/wire/control.ts'
import { ADMIN_KEY, type Guarded } from './guarded.fixture.ts'

/** By view, without its version: key, event timestamp, values as they are stored. */
export type Rows = Readonly<Record<string, readonly (readonly unknown[])[]>>

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
