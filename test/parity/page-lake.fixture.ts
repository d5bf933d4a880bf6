/** A folder as the lake behind the Worker: what a page fetches of it, by the Worker's own code, without a Worker. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { NOW } from '../../sync/training/training.fixture.ts'
import { parseMatch, parseRange } from '../../worker/lake/range.ts'
import { type BoundLake, describeLake, findService, type ObjectVersion } from '../../worker/lake/service-lake.ts'

const BUCKET = 'offline'

export interface PageLake {
  readonly fetch: typeof fetch
  /** Paths with what was asked for. */
  readonly asked: { readonly path: string; readonly range: string | null }[]
}

/** @param registry its sources are in the folder; to the page they are in a bucket */
export async function pageLake(
  folder: string,
  registry: () => RegistrySnapshot,
  quarantined: readonly ObjectVersion[] = [],
): Promise<PageLake> {
  const asked: PageLake['asked'] = []
  const bytes = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name.endsWith('.parquet')) {
      const path = join(entry.parentPath, entry.name)
      bytes.set(path.slice(folder.length + 1), new Uint8Array(await readFile(path)))
    }
  const etagOf = (key: string): string =>
    createHash('md5')
      .update(bytes.get(key) ?? '')
      .digest('hex')
  const bucket: BoundLake['bucket'] = {
    list: async ({ prefix }) => ({
      objects: [...bytes]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { length: size }]) => ({ key, size, etag: etagOf(key) })),
      truncated: false,
    }),
  }
  const inBucket = (): RegistrySnapshot => {
    const text = JSON.stringify(registry()).replaceAll(`file://${folder}/`, 'file://')
    return JSON.parse(text.replaceAll('file://', `r2://${BUCKET}/`)) as RegistrySnapshot
  }
  const respond = async (url: URL, headers: Headers): Promise<Response> => {
    const [, , , service = '', object] = url.pathname.split('/').map(decodeURIComponent)
    asked.push({ path: url.pathname, range: headers.get('range') })
    if (object === undefined) {
      const all = inBucket()
      return Response.json(
        await describeLake(all, findService(all, service), { bucket, name: BUCKET }, { quarantined, now: NOW }),
      )
    }
    const key = url.searchParams.get('key') ?? ''
    const range = parseRange(headers.get('range') ?? undefined)
    if (parseMatch(headers.get('if-match') ?? undefined) !== etagOf(key) || range === null)
      throw new ShorelineError('CONFLICT', `${key} was changed after it was listed. List the objects again.`)
    return new Response(bytes.get(key)?.slice(range.offset, range.offset + range.length), { status: 206 })
  }
  return {
    asked,
    fetch: async (input, init) => {
      init?.signal?.throwIfAborted()
      try {
        return await respond(new URL(String(input)), new Headers(init?.headers))
      } catch (thrown) {
        if (!(thrown instanceof ShorelineError)) throw thrown
        const { code, message, details } = thrown
        return Response.json({ error: { code, message, details } }, { status: 409 })
      }
    },
  }
}
