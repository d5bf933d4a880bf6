/** In the page: the same rows at the edge and on the device, and what differs. */

// Written by "shoreline code", which the test runs.
import { code } from 'features-code'
import { createClient } from '../../client/index.ts'
import type { Client, RequestOptions } from '../../client/types.ts'
import type { FeatureService } from '../../registry/definitions/feature-service.ts'

type Rows = readonly Readonly<Record<string, unknown>>[]
type AnyClient = Client<Record<string, FeatureService<string, Record<string, unknown>, object>>>

function clientOf(withCode: boolean): AnyClient {
  return createClient({ url: location.origin, ...(withCode && { code }) }) as unknown as AnyClient
}
const clients = [clientOf(false), clientOf(true)] as const

interface Compared {
  readonly differences: readonly string[]
  /** Values that are not null. */
  readonly values: number
  readonly computed: readonly string[]
  readonly issues: readonly unknown[]
}

async function compare(service: string, rows: Rows): Promise<Compared> {
  const ask = (compute: 'edge' | 'local') => clients[1].getMany(service, rows, { compute, statuses: true })
  const [edge, local] = [await ask('edge'), await ask('local')]
  const differences: string[] = []
  let values = 0
  for (const [at, row] of edge.rows.entries()) {
    const here = local.rows[at] ?? {}
    if (Object.keys(row).join() !== Object.keys(here).join()) differences.push(`row ${at}: ${Object.keys(here)}`)
    for (const [name, value] of Object.entries(row)) {
      const own: unknown = (here as Record<string, unknown>)[name]
      if (value !== null) values++
      if (!isSame(value, own)) differences.push(`row ${at}, ${name}: ${shown(value)}, here ${shown(own)}`)
    }
  }
  for (const part of ['issues', 'statuses', 'views', 'service', 'revision', 'event_timestamps'] as const) {
    const [there, here] = [shown(edge.meta[part]), shown(local.meta[part])]
    if (there !== here) differences.push(`${part}: ${there}, here ${here}`)
  }
  return { differences, values, computed: [edge.meta.computed, local.meta.computed], issues: local.meta.issues }
}

/** Bit for bit, but for the many NaN. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  const [x, y] = [Object.entries(a), Object.entries(b)]
  return (
    a.constructor === b.constructor &&
    x.length === y.length &&
    x.every(([name, one], at) => name === y[at]?.[0] && isSame(one, y[at]?.[1]))
  )
}

function shown(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'bigint' ? `${part}n` : Object.is(part, -0) ? '-0' : part,
    ) ?? 'undefined'
  )
}

/** What a call ends with: rows and the parts of meta that say where they were computed, or the error. */
async function outcome(
  service: string,
  rows: Rows,
  options: RequestOptions & { readonly code?: false },
): Promise<unknown> {
  const { code: _, ...rest } = options
  try {
    const { rows: found, meta } = await clients[options.code === false ? 0 : 1].getMany(service, rows, rest)
    return { rows: JSON.parse(shown(found)), computed: meta.computed, fallback: meta.fallback ?? null }
  } catch (thrown) {
    const { code, message, details } = thrown as Error & { readonly code?: string; readonly details?: unknown }
    return { code, message, details }
  }
}

Object.assign(globalThis, { compare, outcome })
document.title = 'ready'
