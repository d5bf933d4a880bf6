/**
 * API keys as one isolate knows them. D1 is asked once per key and 30 seconds; between that, a key is a look-up and a
 * comparison. A key that is in use is asked about again in the background when half of the time is over, so that its requests
 * do not wait.
 */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { KEY_ASK_AGAIN_MS, KEY_TRUSTED_MS, KEYS_IN_MEMORY } from '../../core/limits.ts'
import { type ApiKey, type KeysRepository, USE_NOTED_EVERY_MS } from '../../registry/keys-repository.ts'
import { readScopes } from '../../registry/scopes.ts'
import type { Background } from '../serving/heads.ts'
import { Bounded } from './bounded.ts'
import { type Caller, unauthenticated } from './caller.ts'
import { type KeyParts, sameSecret } from './secret.ts'

export type KeyStore = Pick<KeysRepository, 'find' | 'noteUse'>

interface Known {
  readonly key: ApiKey
  readonly caller: Caller
  /** When the question to D1 began, milliseconds: a slow answer is as old as its question. */
  readonly askedAt: number
  /** What was presented and had the right hash. */
  secret: string | null
  /** Whether somebody asks again already. */
  asking: boolean
  /** When its use was last written down. */
  notedAt: number
}

/** Compared with where no key is, so that an unknown id takes as long as a wrong secret. */
const NO_HASH = '0'.repeat(64)
const REFUSED = 'This API key is not known here. Check that it is whole, and of this deployment.'

export class KeyRing {
  readonly #store: KeyStore
  readonly #now: () => number
  readonly #known = new Bounded<Known>(KEYS_IN_MEMORY)
  /** Ids that D1 does not have, and when it was asked. Apart, so that whoever makes ids up pushes out no key. */
  readonly #unknown = new Bounded<number>(KEYS_IN_MEMORY)

  /** @param now milliseconds */
  constructor(store: KeyStore, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** The caller when memory can tell; undefined when it takes a digest or D1, or is a refusal. */
  peek({ id, secret }: KeyParts, background: Background): Caller | undefined {
    const known = this.#known.get(id)
    if (!known || known.secret === null || !sameSecret(known.secret, secret)) return undefined
    return this.#accept(known, background)
  }

  /** @throws ShorelineError UNAUTHENTICATED, or UNAVAILABLE when D1 does not answer */
  async verify({ id, secret }: KeyParts, background: Background): Promise<Caller> {
    const known = await this.#find(id)
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
    const right = crypto.subtle.timingSafeEqual(digest, bytesOf(known?.key.hash ?? NO_HASH))
    if (!known || !right) throw unauthenticated(REFUSED)
    known.secret = secret
    const refusal = refusalOf(known.key, this.#now())
    if (refusal) throw refusal
    this.#note(known, background)
    return known.caller
  }

  /** Whether the id is that of a key, as far as memory tells. */
  knows(id: string): boolean {
    return this.#known.get(id) !== undefined
  }

  /** Whether a key is valid now, by its id alone: a browser token dies with the key that issued it. */
  peekValid(id: string, background: Background): boolean | undefined {
    const known = this.#known.get(id)
    return known && this.#accept(known, background) ? true : undefined
  }

  /** @throws ShorelineError UNAVAILABLE when D1 does not answer */
  async valid(id: string): Promise<boolean> {
    const known = await this.#find(id)
    return known !== null && refusalOf(known.key, this.#now()) === null
  }

  /** After a key was created or revoked through this isolate, which then need not wait for its own news. */
  forget(id: string): void {
    this.#known.delete(id)
    this.#unknown.delete(id)
  }

  #accept(known: Known, background: Background): Caller | undefined {
    const now = this.#now()
    const age = now - known.askedAt
    if (age > KEY_TRUSTED_MS || refusalOf(known.key, now) !== null) return undefined
    if (age > KEY_ASK_AGAIN_MS && !known.asking) {
      known.asking = true
      // Without an answer the key is trusted until its time is over, and then its request asks itself.
      background(
        this.#ask(known.key.id)
          .catch(logFailure)
          .finally(() => {
            known.asking = false
          }),
      )
    }
    this.#note(known, background)
    return known.caller
  }

  async #find(id: string): Promise<Known | null> {
    const now = this.#now()
    const known = this.#known.get(id)
    if (known && now - known.askedAt <= KEY_TRUSTED_MS) return known
    const missed = this.#unknown.get(id)
    if (missed !== undefined && now - missed <= KEY_TRUSTED_MS) return null
    try {
      return await this.#ask(id)
    } catch (thrown) {
      throw new ShorelineError('UNAVAILABLE', 'API keys cannot be checked now. Try again in a moment.', {}, thrown)
    }
  }

  async #ask(id: string): Promise<Known | null> {
    const askedAt = this.#now()
    const key = await this.#store.find(id)
    const before = this.#known.get(id)
    if (before && before.askedAt > askedAt) return before // overtaken by a later question
    if (!key) {
      this.#known.delete(id)
      this.#unknown.set(id, askedAt)
      return null
    }
    const secret = before?.key.hash === key.hash ? before.secret : null
    const caller = { id, scopes: readScopes(key.scopes), grant: null, counted: `key:${id}` }
    const known = { key, caller, askedAt, secret, asking: false, notedAt: before?.notedAt ?? Number.NEGATIVE_INFINITY }
    this.#known.set(id, known)
    return known
  }

  /** Off the request's way, and rarely: it is for a person who wonders whether a key is still in use. */
  #note(known: Known, background: Background): void {
    const now = this.#now()
    if (now - known.notedAt < USE_NOTED_EVERY_MS) return
    known.notedAt = now
    background(this.#store.noteUse(known.key.id, now).catch(logFailure))
  }
}

/** Why a key whose secret is right is refused; null when it is not. */
function refusalOf({ id, revokedAt, expiresAt }: ApiKey, now: number): ShorelineError | null {
  if (revokedAt !== null) return unauthenticated(`The key ${id} was revoked at ${new Date(revokedAt).toISOString()}.`)
  if (expiresAt !== null && expiresAt <= now)
    return unauthenticated(`The key ${id} expired at ${new Date(expiresAt).toISOString()}. Create another.`)
  return null
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16))
}

function logFailure(thrown: unknown): void {
  console.warn(
    JSON.stringify({ level: 'warn', message: 'an API key could not be looked up', cause: messageOf(thrown) }),
  )
}
