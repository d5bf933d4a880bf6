/**
 * Workers KV as workerd's binding speaks to it over HTTP, reads only: `GET /<key>?urlencoded=true` and
 * `POST /bulk/get {"keys":[…]}`. Everything is in memory and escaped beforehand, so that the store takes as little of a
 * measurement as it can. Nothing here is like production's latency.
 */
import { asNamed, keptName } from './copies.ts'

interface Env {
  readonly ENTRIES: readonly (readonly [key: string, value: string])[]
}

let values: Map<string, string> | undefined
/** The values as JSON strings, as a bulk get returns them. */
let quoted: Map<string, string> | undefined

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    values ??= new Map(env.ENTRIES)
    quoted ??= new Map(env.ENTRIES.map(([key, value]) => [key, JSON.stringify(value)]))
    if (request.method === 'POST') {
      const { keys }: { readonly keys: readonly string[] } = JSON.parse(await request.text())
      return new Response(`{${keys.map((key) => `${JSON.stringify(key)}:${quotedValue(key)}`).join(',')}}`)
    }
    const value = values.get(decodeURIComponent(new URL(request.url).pathname.slice(1)))
    return value === undefined ? new Response('Not Found', { status: 404 }) : new Response(value)
  },
}

function quotedValue(key: string): string {
  const kept = quoted?.get(keptName(key))
  return kept === undefined ? 'null' : asNamed(key, kept)
}
