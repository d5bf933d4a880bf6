/**
 * Browser tokens: JSON Web Tokens (RFC 7519) that a deployment signs for itself, so HS256 with a secret of its own. The
 * algorithm is pinned here and not taken from the token; issuer, audience and all times are checked (RFC 8725).
 */
import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { MAX_TOKEN_LENGTH, MAX_TOKEN_MS } from '../../core/limits.ts'
import { issueTokenRequest } from '../../registry/wire/keys.ts'
import { unauthenticated } from './caller.ts'
import { type Entities, type Grant, grantOf } from './grant.ts'

const ALGORITHM = 'HS256'
const ISSUER = 'shoreline'
const AUDIENCE = 'shoreline/features'
/** Clocks of two locations differ; only the beginning of a token is given this, never its end. */
const CLOCK_SECONDS = 5

export interface VerifiedToken {
  /** Of the key that issued it. */
  readonly issuer: string
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly grant: Grant
}

const claims = z.object({
  sub: z.string(),
  jti: z.string(),
  exp: z.number(),
  services: issueTokenRequest.shape.services,
  entities: issueTokenRequest.shape.entities,
})

interface SigningKey {
  readonly kid: string
  readonly key: CryptoKey
}

export class TokenSigner {
  readonly #secrets: readonly string[]
  #keys: readonly SigningKey[] | undefined

  /** @param secrets what signs first, then what else is still accepted; empty where there are no browser tokens */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  /**
   * @param issuer the id of the key that asked
   * @param now milliseconds since the epoch
   * @throws ShorelineError CONFLICT when there is no signing key, TOO_LARGE when it would not fit into a header
   */
  async issue(
    issuer: string,
    services: readonly string[],
    entities: Entities,
    ttlMs: number,
    now: number,
  ): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const [current] = await this.#signingKeys()
    if (!current)
      throw new ShorelineError(
        'CONFLICT',
        'This deployment issues no browser tokens, because it has no key to sign them: set the secret TOKEN_KEY ("openssl rand -base64 32 | npx wrangler secret put TOKEN_KEY").',
      )
    const at = Math.floor(now / 1000)
    const exp = at + Math.floor(ttlMs / 1000)
    const token = await new SignJWT({ services, entities })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: current.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(issuer)
      .setJti(crypto.randomUUID())
      .setIssuedAt(at)
      .setNotBefore(at)
      .setExpirationTime(exp)
      .sign(current.key)
    if (token.length > MAX_TOKEN_LENGTH)
      throw new ShorelineError(
        'TOO_LARGE',
        `the token would be ${token.length} characters long, and headers hold about ${MAX_TOKEN_LENGTH}. Name fewer services or values, or "*".`,
      )
    return { token, expiresAt: exp * 1000 }
  }

  /**
   * @param now milliseconds since the epoch
   * @throws ShorelineError UNAUTHENTICATED
   */
  async verify(token: string, now: number): Promise<VerifiedToken> {
    const keys = await this.#signingKeys()
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => keyNamed(keys, kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: 'JWT',
        currentDate: new Date(now),
        clockTolerance: CLOCK_SECONDS,
        maxTokenAge: MAX_TOKEN_MS / 1000,
        requiredClaims: ['exp', 'nbf', 'iat', 'sub', 'jti'],
      })
      const { sub, jti, exp, services, entities } = claims.parse(payload)
      if (exp * 1000 <= now) throw unauthenticated('This browser token has expired. Ask the application for another.')
      return { issuer: sub, id: jti, expiresAt: exp * 1000, grant: grantOf(services, entities) }
    } catch (thrown) {
      if (thrown instanceof ShorelineError) throw thrown
      throw unauthenticated(problemOf(thrown))
    }
  }

  async #signingKeys(): Promise<readonly SigningKey[]> {
    this.#keys ??= await Promise.all(this.#secrets.map(signingKey))
    return this.#keys
  }
}

async function signingKey(secret: string): Promise<SigningKey> {
  const bytes = new TextEncoder().encode(secret)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
  // Named after what it is, so that a rotation is one secret put in the place of another.
  const name = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('shoreline token key id'))
  const kid = Array.from(new Uint8Array(name, 0, 6), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { kid, key }
}

function keyNamed(keys: readonly SigningKey[], kid: string | undefined): CryptoKey {
  const found = keys.find((one) => one.kid === kid)
  if (found) return found.key
  throw unauthenticated('This browser token was signed with a key that is not in use here.')
}

function problemOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired) return 'This browser token has expired. Ask the application for another.'
  if (thrown instanceof errors.JWTClaimValidationFailed) return `This browser token is not valid: ${thrown.message}.`
  if (thrown instanceof errors.JOSEError) return 'This is not a browser token of this deployment.'
  console.warn(JSON.stringify({ level: 'warn', message: 'a browser token was refused', cause: messageOf(thrown) }))
  return 'This is not a browser token of this deployment.'
}
