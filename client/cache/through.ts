/** Calls through the cache: what it has, the network for the rest, and the cache again where that fails. */
import { type Before, type Group, planFor, type Waiting } from '../ask.ts'
import { ClientError } from '../error.ts'
import { writeJson } from '../json.ts'
import type { Plans } from '../plan.ts'
import type { Tokens } from '../token.ts'
import type { Cache, Found } from './cache.ts'
import { isOutage } from './outage.ts'

export function throughCache(cache: Cache, plans: Plans, tokens: Tokens): Before {
  /** What is being asked for again, so that ten stale answers ask once. */
  const refreshing = new Set<string>()

  async function give(group: Group, call: Waiting, found: Found, how: 'fresh' | 'stale' | 'offline'): Promise<void> {
    const { raw, age, now, expires } = found
    const plan = await planFor(plans, { ...group, service: raw.service }, raw)
    const [stale, offline] = [how === 'stale', how === 'offline']
    call.resolve({ raw, plan, source: 'cache', stale, offline, age, now, expires })
  }

  return {
    async answer(group, calls, network) {
      const bearer = cache.byToken ? await tokens.get() : undefined
      const look = (some: readonly Waiting[]): Promise<readonly (Found | undefined)[]> =>
        cache.look(
          group,
          some.map(({ rows }) => rows),
          bearer,
        )
      const found = group.reload ? [] : await look(calls)
      const { epoch } = cache
      const after: Promise<void>[] = []

      /** The same call, of whose answer the cache learns. */
      const learning = (call: Waiting): Waiting => ({
        ...call,
        resolve(served, answer) {
          const kept = answer ? cache.keep(group, call.rows, served, answer, epoch) : Promise.resolve()
          after.push(kept.catch(() => {}).then(() => call.resolve(served)))
        },
        reject(error) {
          after.push(instead(call, error).catch(() => call.reject(error)))
        },
      })

      async function instead(call: Waiting, error: unknown): Promise<void> {
        if (isOutage(error)) {
          const [kept] = await look([call])
          if (kept) return give(group, call, kept, 'offline')
        } else if (error instanceof ClientError && error.status >= 400) await cache.drop(group, call.rows, bearer)
        call.reject(error)
      }

      const missing = calls.filter((_, at) => (found[at]?.verdict ?? 'offline') === 'offline')
      const nameOf = ({ rows }: Waiting): string => writeJson([group, rows])
      const stale = calls.filter((call, at) => found[at]?.verdict === 'stale' && !refreshing.has(nameOf(call)))
      // Nobody waits for these, and nobody's signal ends them.
      const quiet = stale.map((call) => learning({ ...call, signal: undefined, resolve() {}, reject() {} }))
      for (const call of stale) refreshing.add(nameOf(call))
      const refreshed = network(quiet, { full: true, bearer }).finally(() => {
        for (const call of stale) refreshing.delete(nameOf(call))
      })
      refreshed.catch(() => {})
      const given = calls.map(async (call, at) => {
        const one = found[at]
        if (one && one.verdict !== 'offline') await give(group, call, one, one.verdict)
      })
      if (missing.length > 0) await network(missing.map(learning), { full: true, bearer })
      await Promise.all([...given, ...after])
    },
  }
}
