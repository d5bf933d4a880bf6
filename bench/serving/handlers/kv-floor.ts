/** The floor when blocks are not in memory: the same bulk get on every request, written by hand, without any check. */
import type { StoredRow } from '../../../core/block.ts'
import { KV_BULK_GET_KEYS, KV_IMMUTABLE_CACHE_TTL_S } from '../../../core/limits.ts'
import { partitionOf } from '../../../core/partition.ts'
import { blockKey } from '../../../core/storage.ts'
import {
  type FindRow,
  type KnownService,
  type KnownView,
  keyOf,
  type RequestRow,
  writeByHand,
  writeFeastByHand,
} from './answer.ts'
import { respond } from './respond.ts'
import { isFeast, type Sent } from './sent.ts'

interface Env {
  readonly KV: {
    get(
      keys: readonly string[],
      options: { readonly type: 'text'; readonly cacheTtl: number },
    ): Promise<ReadonlyMap<string, string | null>>
  }
  readonly SERVICES: Readonly<Record<string, KnownService>>
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const sent: Sent = JSON.parse(await request.text())
    const service = env.SERVICES[isFeast(sent) ? sent.feature_service : sent.service]
    if (!service) return new Response('no such service', { status: 404 })
    const wanted = new Set<string>()
    for (const row of isFeast(sent) ? rowsOf(sent.entities) : sent.rows)
      for (const view of service.views) wanted.add(blockKeyOf(view, keyOf(view, row)))
    const blocks = await readBlocks(env, [...wanted])
    const find: FindRow = (view, key) => blocks.get(blockKeyOf(view, key))?.find((row) => row[0] === key)
    const answer = isFeast(sent)
      ? writeFeastByHand(service, sent.entities, find)
      : writeByHand(service, sent.rows, find)
    return respond(answer, wanted.size)
  },
}

/** Of one join key, as all that are asked here have. */
function rowsOf(entities: Readonly<Record<string, readonly string[]>>): readonly RequestRow[] {
  const [[name = '', values = []] = []] = Object.entries(entities)
  return values.map((value) => ({ [name]: value }))
}

function blockKeyOf({ view, run, blocks }: KnownView, key: string): string {
  return blockKey(view, run, partitionOf(key, blocks))
}

async function readBlocks(env: Env, keys: readonly string[]): Promise<ReadonlyMap<string, readonly StoredRow[]>> {
  const chunks: (readonly string[])[] = []
  for (let at = 0; at < keys.length; at += KV_BULK_GET_KEYS) chunks.push(keys.slice(at, at + KV_BULK_GET_KEYS))
  const options = { type: 'text', cacheTtl: KV_IMMUTABLE_CACHE_TTL_S } as const
  const texts = await Promise.all(chunks.map((chunk) => env.KV.get(chunk, options)))
  const blocks = new Map<string, readonly StoredRow[]>()
  for (const chunk of texts)
    for (const [key, text] of chunk) {
      const { rows }: { readonly rows: readonly StoredRow[] } = JSON.parse(text ?? '{"rows":[]}')
      blocks.set(key, rows)
    }
  return blocks
}
