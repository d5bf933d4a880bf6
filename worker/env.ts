/** What wrangler.toml binds, and the settings read from it. */
import { ShorelineError } from '../core/errors.ts'
import { parseTimestamp } from '../core/values.ts'
import type { Metrics } from './metrics/durable-object.ts'
import type { HeadWriter } from './publishing/durable-object.ts'
import type { PushedMessage } from './push/messages.ts'

export interface Env {
  readonly KV: KVNamespace
  readonly DB: D1Database
  readonly LAKE: R2Bucket
  /** The name of the bucket that LAKE is, as sources name it: `r2://offline/…`. Without it nobody reads the lake through the Worker. */
  readonly LAKE_BUCKET?: string
  /** Pushed rows on their way to the lake. Without it they stay in D1's outbox. */
  readonly PUSHED?: Queue<PushedMessage>
  readonly HEAD_WRITER: DurableObjectNamespace<HeadWriter>
  /** Where the isolates' metrics are summed up. Without it `GET /metrics` answers those of the isolate that is asked. */
  readonly METRICS?: DurableObjectNamespace<Metrics>
  /** Requests per API key and location; without it there is no limit. */
  readonly RATE_LIMIT?: RateLimit
  /** Requests per browser token, and key ids that nobody has seen per address; without it `RATE_LIMIT` counts them. */
  readonly RATE_LIMIT_BROWSER?: RateLimit
  /** Only the value "off" opens the Worker. It is never in wrangler.toml: `shoreline dev` sets it for 127.0.0.1. */
  readonly AUTH?: string
  /** A secret: the key that may do everything, for making the first keys of the other kind. */
  readonly ADMIN_KEY?: string
  /** A secret: what signs browser tokens. Without it there are none. */
  readonly TOKEN_KEY?: string
  /** A secret: what signed them before; tokens signed with it are accepted while they last. */
  readonly TOKEN_KEY_PREVIOUS?: string
  /** The origins whose pages may call, separated by commas. */
  readonly CORS_ORIGINS?: string
  /** A secret, where somebody is told of views that are past their freshness, and that they are fresh again (docs/runbook.md). */
  readonly WEBHOOK_URL?: string
  /** An RFC 3339 instant that stands for now, in examples and tests. */
  readonly CLOCK?: string
}

export interface Settings {
  readonly open: boolean
  /** Now, in microseconds since the epoch: what ttl and max_age are measured against. */
  readonly now: () => number
  /** Null: nobody is admin but whoever has a key that says so. */
  readonly adminKey: string | null
  /** The one that signs first. */
  readonly tokenKeys: readonly string[]
  readonly corsOrigins: ReadonlySet<string>
}

type Variables = Pick<Env, 'AUTH' | 'CLOCK' | 'ADMIN_KEY' | 'TOKEN_KEY' | 'TOKEN_KEY_PREVIOUS' | 'CORS_ORIGINS'>

/** @throws ShorelineError INTERNAL naming the variable that is wrong */
export function readSettings(env: Variables): Settings {
  const open = env.AUTH === 'off'
  return {
    open,
    now: readClock(env.CLOCK, open),
    adminKey: readSecret('ADMIN_KEY', env.ADMIN_KEY),
    tokenKeys: [
      readSecret('TOKEN_KEY', env.TOKEN_KEY),
      readSecret('TOKEN_KEY_PREVIOUS', env.TOKEN_KEY_PREVIOUS),
    ].filter((one) => one !== null),
    corsOrigins: readOrigins(env.CORS_ORIGINS),
  }
}

function readClock(text: string | undefined, open: boolean): () => number {
  if (text === undefined || text === '') return () => Date.now() * 1000
  if (!open)
    throw new ShorelineError(
      'INTERNAL',
      'CLOCK is set although authentication is on. Remove CLOCK: it is for examples and tests.',
    )
  const clock = parseTimestamp(text)
  if (clock === null)
    throw new ShorelineError(
      'INTERNAL',
      `CLOCK is ${JSON.stringify(text)}; write an RFC 3339 instant such as "2001-07-01T06:00:00Z".`,
    )
  return () => clock
}

/** What 24 random bytes are in base64, and more than anybody makes up: short secrets can be tried out. */
const MIN_SECRET_LENGTH = 32

/** The message never repeats the secret. */
function readSecret(name: string, text: string | undefined): string | null {
  // `echo … | wrangler secret put` puts a line end behind it.
  const secret = text?.trim() ?? ''
  if (secret === '') return null
  if (secret.length >= MIN_SECRET_LENGTH && /^[\x21-\x7e]+$/.test(secret)) return secret
  throw new ShorelineError(
    'INTERNAL',
    `The secret ${name} is not one: it takes at least ${MIN_SECRET_LENGTH} characters, visible ASCII without spaces, as "openssl rand -base64 32" prints.`,
  )
}

function readOrigins(text: string | undefined): ReadonlySet<string> {
  const origins = (text ?? '').split(',').map((one) => one.trim())
  return new Set(origins.filter((one) => one !== '').map(checkOrigin))
}

function checkOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw new ShorelineError(
    'INTERNAL',
    `CORS_ORIGINS names ${JSON.stringify(text)}; write whole origins without a path, as in "https://shop.example.com,http://localhost:5173".`,
  )
}
