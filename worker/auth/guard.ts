/** From a request to its caller. Memory answers for almost every request; the rest takes a digest, a signature or D1. */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { TOKENS_IN_MEMORY } from '../../core/limits.ts'
import type { Settings } from '../env.ts'
import type { Background } from '../serving/heads.ts'
import { Bounded } from './bounded.ts'
import { ADMIN, type Caller, OPEN, unauthenticated } from './caller.ts'
import type { KeyRing } from './keys.ts'
import { keyParts, sameSecret } from './secret.ts'
import type { TokenSigner } from './tokens.ts'

/** The platform's bindings: they count per location, and answer from memory there. */
export interface Limits {
  readonly keys: RateLimit | undefined
  readonly browsers: RateLimit | undefined
}

const UNLIMITED: Limits = { keys: undefined, browsers: undefined }

interface KnownToken {
  readonly signature: string
  readonly issuer: string
  readonly expiresAt: number
  readonly caller: Caller
}

/** A token allows what its grant says and nothing by scope. */
const NO_SCOPES: ReadonlySet<string> = new Set()
const NO_KEY = 'Send an API key: "Authorization: Bearer sl_…".'

export class Guard {
  readonly #settings: Settings
  readonly #keys: KeyRing
  readonly #tokens: TokenSigner
  readonly #limits: Limits
  readonly #now: () => number
  /** Tokens whose signature was checked, by what it signs. */
  readonly #known = new Bounded<KnownToken>(TOKENS_IN_MEMORY)

  /** @param now milliseconds */
  constructor(settings: Settings, keys: KeyRing, tokens: TokenSigner, limits: Limits, now: () => number) {
    this.#settings = settings
    this.#keys = keys
    this.#tokens = tokens
    this.#limits = settings.open ? UNLIMITED : { keys: limits.keys, browsers: limits.browsers ?? limits.keys }
    this.#now = now
  }

  /** The caller when memory can tell; undefined when it cannot, or when the request is refused. */
  peek(request: Request, background: Background): Caller | undefined {
    if (this.#settings.open) return OPEN
    const credentials = bearer(request)
    if (credentials === null) return undefined
    const parts = keyParts(credentials)
    const caller = parts ? this.#keys.peek(parts, background) : this.#peekToken(credentials, background)
    return caller ?? (this.#isAdmin(credentials) ? ADMIN : undefined)
  }

  /** @throws ShorelineError UNAUTHENTICATED, RATE_LIMITED, or UNAVAILABLE when keys cannot be checked */
  async identify(request: Request, background: Background): Promise<Caller> {
    const known = this.peek(request, background)
    if (known) return known
    const credentials = bearer(request)
    if (credentials === null) throw unauthenticated(NO_KEY)
    const parts = keyParts(credentials)
    if (parts) {
      // Whoever makes ids up is counted by address: each of them costs a query.
      const address = request.headers.get('cf-connecting-ip') ?? ''
      if (!this.#keys.knows(parts.id)) await counted(this.#limits.browsers, `address:${address}`)
      return this.#keys.verify(parts, background)
    }
    if (credentials.split('.').length === 3) return this.#verifyToken(credentials)
    throw unauthenticated(`These credentials are no API key. ${NO_KEY}`)
  }

  /** A promise only where there is a limit. @throws ShorelineError RATE_LIMITED */
  count(caller: Caller): Promise<void> | undefined {
    const limit = caller.grant === null ? this.#limits.keys : this.#limits.browsers
    return limit && counted(limit, caller.counted)
  }

  #isAdmin(credentials: string): boolean {
    return this.#settings.adminKey !== null && sameSecret(credentials, this.#settings.adminKey)
  }

  #peekToken(token: string, background: Background): Caller | undefined {
    const end = token.lastIndexOf('.')
    const known = this.#known.get(token.slice(0, end))
    if (!known || !sameSecret(known.signature, token.slice(end + 1)) || known.expiresAt <= this.#now()) return undefined
    return this.#isValidIssuer(known.issuer) || this.#keys.peekValid(known.issuer, background)
      ? known.caller
      : undefined
  }

  /** A token dies with the key that issued it. */
  async #verifyToken(token: string): Promise<Caller> {
    const { issuer, id, expiresAt, grant } = await this.#tokens.verify(token, this.#now())
    if (!this.#isValidIssuer(issuer) && !(await this.#keys.valid(issuer)))
      throw unauthenticated('The key that issued this browser token is not valid any more.')
    const caller: Caller = { id: issuer, scopes: NO_SCOPES, grant, counted: `token:${id}` }
    const end = token.lastIndexOf('.')
    this.#known.set(token.slice(0, end), { signature: token.slice(end + 1), issuer, expiresAt, caller })
    return caller
  }

  #isValidIssuer(issuer: string): boolean {
    return issuer === ADMIN.id && this.#settings.adminKey !== null
  }
}

async function counted(limit: RateLimit | undefined, key: string): Promise<void> {
  if (limit === undefined || (await asked(limit, key))) return
  throw new ShorelineError(
    'RATE_LIMITED',
    `Too many requests for this ${key.slice(0, key.indexOf(':'))}. Wait a moment; the limits are in wrangler.toml, under [[ratelimits]].`,
  )
}

/** A limiter that fails lets through: it is there for floods, and keys are checked all the same. */
async function asked(limit: RateLimit, key: string): Promise<boolean> {
  try {
    return (await limit.limit({ key })).success
  } catch (thrown) {
    console.warn(JSON.stringify({ level: 'warn', message: 'the rate limit does not answer', cause: messageOf(thrown) }))
    return true
  }
}

const SCHEME = 'Bearer '

/** RFC 6750; the scheme's name is the same in any case (RFC 9110). */
function bearer(request: Request): string | null {
  const header = request.headers.get('authorization')
  if (header === null) return null
  if (header.startsWith(SCHEME)) return header.slice(SCHEME.length)
  return /^bearer +/i.test(header) ? header.replace(/^bearer +/i, '') : null
}
