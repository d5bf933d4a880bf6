/** The cache of a client. Loaded where one is asked for. */
import type { Before } from '../ask.ts'
import type { Plans } from '../plan.ts'
import type { Runtime } from '../runtime.ts'
import type { Tokens } from '../token.ts'
import { type Cache, openCache as open } from './cache.ts'
import type { CacheOptions } from './options.ts'
import { throughCache } from './through.ts'

export type Opened = Cache & Before

interface Around {
  /** The deployment. */
  readonly base: string
  readonly runtime: Runtime
  readonly tokens: Tokens
  readonly plans: Plans
}

/** @throws ShorelineError INVALID for a duration that is none */
export async function openCache(options: CacheOptions, { base, runtime, tokens, plans }: Around): Promise<Opened> {
  const cache = await open(options, base, runtime)
  return Object.assign(cache, throughCache(cache, plans, tokens))
}
