/** What wrangler.toml binds, and the settings read from it. */
import { ShorelineError } from '../core/errors.ts'
import { parseTimestamp } from '../core/values.ts'
import type { HeadWriter } from './publishing/durable-object.ts'

export interface Env {
  readonly KV: KVNamespace
  readonly DB: D1Database
  readonly LAKE: R2Bucket
  readonly HEAD_WRITER: DurableObjectNamespace<HeadWriter>
  /** Only the value "off" opens the Worker. It is never in wrangler.toml: `shoreline dev` sets it for 127.0.0.1. */
  readonly AUTH?: string
  /** An RFC 3339 instant that stands for now, in examples and tests. */
  readonly CLOCK?: string
}

export interface Settings {
  readonly open: boolean
  /** Now, in microseconds since the epoch: what ttl and max_age are measured against. */
  readonly now: () => number
}

/** @throws ShorelineError INTERNAL naming the variable that is wrong */
export function readSettings(env: Pick<Env, 'AUTH' | 'CLOCK'>): Settings {
  const open = env.AUTH === 'off'
  if (env.CLOCK === undefined || env.CLOCK === '') return { open, now: () => Date.now() * 1000 }
  if (!open)
    throw new ShorelineError(
      'INTERNAL',
      'CLOCK is set although authentication is on. Remove CLOCK: it is for examples and tests.',
    )
  const clock = parseTimestamp(env.CLOCK)
  if (clock === null)
    throw new ShorelineError(
      'INTERNAL',
      `CLOCK is ${JSON.stringify(env.CLOCK)}; write an RFC 3339 instant such as "2001-07-01T06:00:00Z".`,
    )
  return { open, now: () => clock }
}
