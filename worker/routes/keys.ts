/** API keys: made once, listed without their secrets, revoked. */
import { Hono } from 'hono'
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { KEY_TRUSTED_MS } from '../../core/limits.ts'
import { parseTimestamp } from '../../core/values.ts'
import { type ApiKey, KeysRepository } from '../../registry/keys-repository.ts'
import {
  type CreateKeyAnswer,
  createKeyRequest,
  type KeyAnswer,
  type KeysAnswer,
  type RevokeKeyAnswer,
} from '../../registry/wire/keys.ts'
import type { AppEnv } from '../app.ts'
import { keyText, newKey, secretHash } from '../auth/secret.ts'
import { readBody } from '../http/body.ts'

export function keyRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/keys', async (c) => {
    const now = c.get('opened').now()
    const keys = await new KeysRepository(c.env.DB).list()
    const answer: KeysAnswer = { keys: keys.map((key) => keyAnswer(key, now)) }
    return c.json(answer)
  })

  app.post('/v1/keys', async (c) => {
    const { keys, now } = c.get('opened')
    const { name, description, scopes, expires } = await readBody(c.req.raw, createKeyRequest)
    const at = now()
    const parts = newKey()
    const key = {
      id: parts.id,
      name,
      description: description ?? null,
      hash: await secretHash(parts.secret),
      scopes: [...new Set(scopes)],
      createdBy: c.get('caller').id,
      createdAt: at,
      expiresAt: expires === undefined ? null : readExpiry(expires, at),
    }
    await new KeysRepository(c.env.DB).insert(key)
    keys.forget(key.id)
    const listed = keyAnswer({ ...key, revokedAt: null, lastUsedAt: null }, at)
    const answer: CreateKeyAnswer = { ...listed, key: keyText(parts) }
    return c.json(answer, 201, { 'cache-control': 'no-store' })
  })

  app.post('/v1/keys/:key/revoke', async (c) => {
    const { keys, now } = c.get('opened')
    const id = c.req.param('key')
    const revokedAt = await new KeysRepository(c.env.DB).revoke(id, now())
    keys.forget(id)
    const answer: RevokeKeyAnswer = {
      id,
      revoked_at: instant(revokedAt),
      stops_within_seconds: KEY_TRUSTED_MS / 1000,
    }
    return c.json(answer)
  })

  return app
}

function keyAnswer(key: ApiKey, now: number): KeyAnswer {
  const { id, name, description, scopes, createdBy, createdAt, expiresAt, revokedAt, lastUsedAt } = key
  return {
    id,
    name,
    description,
    scopes,
    state: revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt <= now ? 'expired' : 'active',
    created_at: instant(createdAt),
    created_by: createdBy,
    expires_at: expiresAt === null ? null : instant(expiresAt),
    revoked_at: revokedAt === null ? null : instant(revokedAt),
    last_used_at: lastUsedAt === null ? null : instant(lastUsedAt),
  }
}

const MAX_LIFE_MS = 100 * 365 * 86_400_000

/** `90d`, or an instant that is still to come. @returns milliseconds since the epoch */
function readExpiry(text: string, now: number): number {
  const micros = parseTimestamp(text)
  const at = micros === null ? now + parseDuration('expires', text) / 1000 : Math.floor(micros / 1000)
  if (at > now && at - now <= MAX_LIFE_MS) return at
  const problem =
    at > now ? 'is more than a hundred years away; leave it out for a key without an end' : 'is over already'
  throw new ShorelineError(
    'INVALID',
    `expires: ${text} ${problem}. Write a duration such as "90d", or an instant to come.`,
    {
      field: 'expires',
    },
  )
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
