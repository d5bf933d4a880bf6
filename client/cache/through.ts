/** Calls through the cache: what it has, the network for the rest, and the cache again where that fails. */
import { type Before, covers, planFor, type Waiting } from '../ask.ts'
import { ClientError } from '../error.ts'
import { writeJson } from '../json.ts'
import type { Plans, ServicePlan } from '../plan.ts'
import type { Tokens } from '../token.ts'
import type { Cache, Found } from './cache.ts'
import { isOutage } from './outage.ts'

/** What can be given at once. */
interface Ready {
  readonly plan: ServicePlan
  readonly found: Found
}

/** How often plans are asked for before what is kept is given up. */
const PLANS = 2

export function throughCache(cache: Cache, plans: Plans, tokens: Tokens): Before {
  /** What is being asked for again, so that ten stale answers ask once. */
  const refreshing = new Set<string>()

  function give(call: Waiting, { plan, found }: Ready, how: 'fresh' | 'stale' | 'offline'): void {
    const { raw, age, now, expires } = found
    const [stale, offline] = [how === 'stale', how === 'offline']
    call.resolve({ raw, plan, source: 'cache', stale, offline, age, now, expires })
  }

  return {
    async answer(group, calls, network) {
      const { epoch } = cache
      const partition = cache.partition()
      let outage: unknown
      const bearer = await tokens.get().catch((error: unknown) => {
        outage = error
        return undefined
      })
      // Whose they are is said by the token, or else by the application, which then has them without one.
      if (outage !== undefined && partition === undefined) throw outage
      const owner = { partition, bearer, epoch }
      /** With the plans to read them by. Where those have to be asked for, time passes: then it looks again. */
      async function look(some: readonly Waiting[]): Promise<readonly (Ready | undefined)[]> {
        for (let turn = 0; ; turn++) {
          const found = await cache.look(
            group,
            some.map(({ rows }) => rows),
            owner,
          )
          const ready = found.map((one): Ready | undefined => {
            const plan = one && plans.peek(one.raw.service)
            return plan && covers(plan, group.compute, one.raw) ? { plan, found: one } : undefined
          })
          const lacking = found.filter((one, at) => one && !ready[at])
          if (lacking.length === 0 || turn === PLANS) return ready
          await Promise.all(
            lacking.map(
              (one) => one && planFor(plans, { ...group, service: one.raw.service }, one.raw).catch(() => {}),
            ),
          )
        }
      }

      const found = group.reload ? [] : await look(calls)
      const after: Promise<void>[] = []

      /** The same call, of whose answer the cache learns. */
      const learning = (call: Waiting): Waiting => ({
        ...call,
        resolve(served, answer) {
          const kept = answer ? cache.keep(group, call.rows, served, answer, owner) : Promise.resolve()
          after.push(kept.catch(() => {}).then(() => call.resolve(served)))
        },
        reject(error) {
          after.push(instead(call, error).catch(() => call.reject(error)))
        },
      })

      async function instead(call: Waiting, error: unknown): Promise<void> {
        if (isOutage(error)) {
          const [kept] = await look([call])
          if (kept) return give(call, kept, 'offline')
        } else if (error instanceof ClientError && error.status >= 400) await cache.drop(group, call.rows, owner)
        call.reject(error)
      }

      for (const [at, call] of calls.entries()) {
        const one = found[at]
        if (one && one.found.verdict !== 'offline') give(call, one, one.found.verdict)
      }
      const missing = calls.filter((_, at) => (found[at]?.found.verdict ?? 'offline') === 'offline')
      if (outage !== undefined) for (const call of missing) learning(call).reject(outage)
      const reach = async (some: readonly Waiting[]): Promise<void> => {
        if (outage === undefined && some.length > 0) await network(some, { full: true, bearer })
      }
      const nameOf = ({ rows }: Waiting): string => writeJson([group, rows])
      const stale = calls.filter((call, at) => found[at]?.found.verdict === 'stale' && !refreshing.has(nameOf(call)))
      // Nobody waits for these, and nobody's signal ends them.
      const quiet = stale.map((call) => learning({ ...call, signal: undefined, resolve() {}, reject() {} }))
      for (const call of stale) refreshing.add(nameOf(call))
      const refreshed = reach(quiet).finally(() => {
        for (const call of stale) refreshing.delete(nameOf(call))
      })
      refreshed.catch(() => {})
      await reach(missing.map(learning))
      await Promise.all(after)
    },
  }
}
