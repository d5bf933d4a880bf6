/** The head of an isolate: refreshed in the background, never older than it has been, never guessed. */
import { ShorelineError } from '../../core/errors.ts'
import { EMPTY_HEAD, type Head, parseHead, type ServiceHead, type ViewHead } from '../../core/head.ts'
import { HEAD_REFRESH_MS, HEAD_STALE_MS, KV_IMMUTABLE_CACHE_TTL_S, KV_MIN_CACHE_TTL_S } from '../../core/limits.ts'
import { HEAD_KEY, revisionKey } from '../../core/storage.ts'
import type { KvReader, Truth } from '../stores.ts'

/** A head ready for look-ups by names that callers send: maps, because an object has names nobody registered. */
export interface LoadedHead {
  readonly revision: number
  readonly registry: number
  readonly oldest: number
  readonly views: ReadonlyMap<string, ViewHead>
  readonly services: ReadonlyMap<string, ServiceHead>
}

export interface HeadClock {
  /** Milliseconds. */
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
}

export type Background = (work: Promise<unknown>) => void

/** Called with a newer head before the isolate answers from it; must not throw. */
export type BeforeSwitch = (from: LoadedHead, to: LoadedHead) => Promise<void>

/** A refresh that has not come back by then is taken for lost with its request. */
const REFRESH_LOST_MS = 5000

export class Heads {
  readonly #kv: KvReader
  readonly #truth: Truth
  readonly #clock: HeadClock
  readonly #beforeSwitch: BeforeSwitch
  #head: LoadedHead | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #refreshingSince = Number.NEGATIVE_INFINITY

  constructor(kv: KvReader, truth: Truth, clock: HeadClock, beforeSwitch: BeforeSwitch) {
    this.#kv = kv
    this.#truth = truth
    this.#clock = clock
    this.#beforeSwitch = beforeSwitch
  }

  /** The head if it may be answered from without waiting; starts a refresh when it is due. */
  peek(background: Background): LoadedHead | undefined {
    if (!this.#head) return undefined
    const now = this.#clock.now()
    const age = now - this.#readAt
    if (age > HEAD_STALE_MS) return undefined
    if (age > HEAD_REFRESH_MS && now - this.#refreshingSince > REFRESH_LOST_MS) {
      this.#refreshingSince = now
      background(
        this.#refresh().finally(() => {
          this.#refreshingSince = Number.NEGATIVE_INFINITY
        }),
      )
    }
    return this.#head
  }

  /**
   * The head, read again when it is too old to answer from.
   * @returns `stale` when it could not be read again: the answer is degraded
   * @throws ShorelineError UNAVAILABLE when there is none at all
   */
  async current(background: Background): Promise<{ readonly head: LoadedHead; readonly stale: boolean }> {
    const fresh = this.peek(background)
    if (fresh) return { head: fresh, stale: false }
    try {
      return { head: await this.reread(), stale: false }
    } catch (thrown) {
      if (!this.#head) throw thrown
      return { head: this.#head, stale: true }
    }
  }

  /** Reads the head now, as fresh as KV allows, and adopts it when it is newer. */
  async reread(): Promise<LoadedHead> {
    const asked = this.#clock.now()
    return this.adopt(await this.#read(), asked)
  }

  /** At least this revision, from D1 when memory does not hold it or is too old to answer from. */
  async atLeast(revision: number, background: Background): Promise<LoadedHead> {
    const fresh = this.peek(background)
    if (fresh && fresh.revision >= revision) return fresh
    const asked = this.#clock.now()
    const stored = await this.#truth.latestRevision()
    if (!stored || stored.revision < revision)
      throw new ShorelineError(
        'CONFLICT',
        `Revision ${revision} does not exist; the newest is ${stored?.revision ?? 0}.`,
        { revision },
      )
    return this.adopt(loadHead(parseHead(stored.head)), asked)
  }

  /** A retained revision as it was, from D1 when KV does not show it here: a miss is cached for long. */
  async earlier(revision: number): Promise<LoadedHead | null> {
    const text =
      (await this.#kv.get(revisionKey(revision), KV_IMMUTABLE_CACHE_TTL_S)) ??
      (await this.#truth.revision(revision))?.head
    return text === undefined ? null : loadHead(parseHead(text))
  }

  /**
   * Never goes back: a location may still hold an older head than another one that this isolate has seen.
   * @param asked when the read began, milliseconds: a slow answer is as old as its question
   */
  adopt(head: LoadedHead, asked = this.#clock.now()): LoadedHead {
    this.#readAt = Math.max(this.#readAt, asked)
    if (!this.#head || head.revision > this.#head.revision) this.#head = head
    return this.#head
  }

  async #refresh(): Promise<void> {
    const asked = this.#clock.now()
    const next = await this.#read()
    if (this.#head && next.revision > this.#head.revision) await this.#beforeSwitch(this.#head, next)
    this.adopt(next, asked)
  }

  async #read(): Promise<LoadedHead> {
    const text = await this.#kv.get(HEAD_KEY, KV_MIN_CACHE_TTL_S)
    if (text !== null) return loadHead(parseHead(text))
    // Nothing published yet, or not visible here yet: only D1 can tell.
    const stored = await this.#truth.latestRevision()
    return loadHead(stored ? parseHead(stored.head) : EMPTY_HEAD)
  }
}

export function loadHead(head: Head): LoadedHead {
  return {
    revision: head.revision,
    registry: head.registry,
    oldest: head.oldest,
    views: new Map(Object.entries(head.views)),
    services: new Map(Object.entries(head.services)),
  }
}
