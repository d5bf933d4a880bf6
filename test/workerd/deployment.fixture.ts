/** A published deployment in the KV and D1 of the Worker under test, written as a sync would write it. */
import { env } from 'cloudflare:workers'
import { toBase64 } from '../../core/base64.ts'
import { writeBlock } from '../../core/block.ts'
import { addToFilter } from '../../core/filter.ts'
import { EMPTY_HEAD, type Head } from '../../core/head.ts'
import { md5Words } from '../../core/md5.ts'
import { partitionOf } from '../../core/partition.ts'
import { blockKey, HEAD_KEY, planKey, revisionKey } from '../../core/storage.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { canonicalJson } from '../../registry/hash.ts'
import { type Definitions, EMPTY_REGISTRY } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'

export interface Bindings {
  readonly KV: KVNamespace
  readonly DB: D1Database
}

export const bindings = env as unknown as Bindings

export const USERS = Array.from({ length: 400 }, (_, i) => `u${i}`)
export const BLOCKS = 250

const DEFINITIONS: Definitions = {
  entities: [{ name: 'user', join_keys: [{ name: 'user_id', type: 'string' }] }],
  sources: [{ name: 'users', format: 'parquet', path: 'file:///users.parquet', timestamp: 'at' }],
  views: ['one', 'two'].map((name) => ({
    name: `stats_${name}`,
    entity: 'user',
    sources: ['users'],
    timestamp: 'event_timestamp',
    online: 'kv',
    features: [{ name, type: 'int64', visibility: 'server' }],
  })),
  services: [
    {
      name: 'both',
      inputs: ['one', 'two'].map((name) => ({
        view: `stats_${name}`,
        as: `stats_${name}`,
        keys: {},
        features: [{ feature: name, name }],
      })),
    },
    {
      name: 'single',
      inputs: [{ view: 'stats_one', as: 'stats_one', keys: {}, features: [{ feature: 'one', name: 'one' }] }],
    },
  ],
}

/** Puts blocks, plans, the revision and the head into KV. */
export async function publishFixture(kv: KVNamespace): Promise<Head> {
  const { snapshot, plans } = await applyDefinitions(EMPTY_REGISTRY, DEFINITIONS)
  const views = Object.fromEntries(
    ['stats_one@1', 'stats_two@1'].map((view) => [
      view,
      { snapshot: 1, base: { store: 'kv' as const, run: '1-aaaa', blocks: BLOCKS }, watermark: 0 },
    ]),
  )
  const head = nextHead(EMPTY_HEAD, snapshot, views)
  for (const view of Object.keys(views)) {
    const rows: string[][] = Array.from({ length: BLOCKS }, () => [])
    for (const [index, user] of USERS.entries())
      rows[partitionOf(user, BLOCKS)]?.push(JSON.stringify([user, 0, String(index)]))
    for (const [block, texts] of rows.entries())
      await kv.put(
        blockKey(view, '1-aaaa', block),
        writeBlock({ view, run: '1-aaaa', block, blocks: BLOCKS }, `[${texts.join(',')}]`),
      )
  }
  for (const [hash, plan] of plans) await kv.put(planKey(hash), canonicalJson(plan))
  await kv.put(revisionKey(head.revision), JSON.stringify(head))
  await kv.put(HEAD_KEY, JSON.stringify(head))
  return head
}

export const OVERLAY = { run: '2-over', blocks: 4, filters: 1 }

/** Puts an overlay on `stats_one`: a thousand more for the changed users, tombstones for the removed ones. */
export async function publishOverlay(
  kv: KVNamespace,
  head: Head,
  changed: readonly string[],
  removed: readonly string[],
): Promise<void> {
  const view = 'stats_one@1'
  const { run, blocks, filters } = OVERLAY
  const online = head.views[view]
  if (!online) throw new Error('publish the base first')
  const bits = new Uint8Array(64)
  const rows: string[][] = Array.from({ length: blocks }, () => [])
  for (const user of [...changed, ...removed]) {
    const row = changed.includes(user) ? [user, 0, String(1000 + USERS.indexOf(user))] : [user]
    rows[partitionOf(user, blocks)]?.push(JSON.stringify(row))
    const [, b, c] = md5Words(user)
    addToFilter(bits, b, c)
  }
  const texts = [...rows.map((own) => own.join(',')), JSON.stringify([toBase64(bits)])]
  for (const [block, text] of texts.entries())
    await kv.put(blockKey(view, run, block), writeBlock({ view, run, block, blocks }, `[${text}]`))
  const overlay = { store: 'kv' as const, run, blocks, filters }
  const next: Head = {
    ...head,
    revision: head.revision + 1,
    views: { ...head.views, [view]: { ...online, snapshot: 2, overlay } },
  }
  await kv.put(revisionKey(next.revision), JSON.stringify(next))
  await kv.put(HEAD_KEY, JSON.stringify(next))
}
