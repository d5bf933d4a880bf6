/** What an application says of a cache, and what it can ask it. */
import type { CacheStore } from './store.ts'

/** Durations as `'30s'`, `'5m'`, `'1d'`. Whatever they say, no value outlives its view's ttl. */
export interface CacheOptions {
  /** Where it is kept: `memory` without it. */
  readonly store?: 'memory' | 'indexeddb' | CacheStore
  /** How long an answer is given again without asking; not at all without it. */
  readonly maxAge?: string
  /** How long after that it is given while a newer one is asked for. */
  readonly staleWhileRevalidate?: string
  /** How old it may be when the network fails. */
  readonly offline?: string
  /**
   * Who it belongs to, as the id of a user: others never see it. Without it that follows from the token: what a browser token
   * may read, or the whole of another one. Say it to have offline answers where the token comes from the network.
   */
  readonly partition?: string | (() => string)
  /** Megabytes; 4 without it. What was used longest ago goes first. */
  readonly megabytes?: number
}

export interface CacheStatus {
  readonly store: 'off' | 'memory' | 'indexeddb' | 'custom'
  /** Why it is not the one that was asked for. */
  readonly reason?: string
}

export interface ClientCache {
  status(): Promise<CacheStatus>
  /** Forgets everything, as at a logout; answers that are under way are not kept. */
  clear(): Promise<void>
}
