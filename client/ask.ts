/** Calls of one tick for the same service and options, as one request. */

import type { Served } from './answer.ts'
import type { Call } from './batch.ts'
import { unreachable } from './error.ts'
import { expiryOf } from './expiry.ts'
import type { Plans, ServicePlan } from './plan.ts'
import { askFor, type Raw } from './raw.ts'
import type { Answer, Send } from './request.ts'
import { elapsed, instantOf, type Runtime } from './runtime.ts'

export type Row = Readonly<Record<string, unknown>>

/** What calls must have in common to be one request. */
export interface Group {
  /** As it is sent: `flight_delay`, or `flight_delay@1`. */
  readonly service: string
  /** `client`: what is stored. */
  readonly compute: 'edge' | 'client'
  readonly maxAge: string | undefined
  /** Past the cache, unless the network fails. */
  readonly reload: boolean
}

export interface Waiting {
  readonly rows: readonly Row[]
  readonly statuses: boolean
  readonly signal: AbortSignal | undefined
  /** @param answer what it comes from, where that is the network */
  resolve(served: Served, answer?: Answer): void
  reject(error: unknown): void
}

/** Asks the server. Every call is resolved or rejected when it returns. */
export type Network = (calls: readonly Waiting[], how: { full?: boolean; bearer?: string | undefined }) => Promise<void>

/** What stands before the network. */
export interface Before {
  answer(group: Group, calls: readonly Waiting[], network: Network): Promise<void>
}

export interface Means {
  readonly send: Send
  readonly plans: Plans
  readonly runtime: Runtime
  /** Milliseconds. */
  readonly timeout: number
  readonly before: () => Promise<Before | undefined>
}

/** @throws ClientError, or the reason of the signal */
export type Ask = (group: Group, rows: readonly Row[], statuses: boolean, signal?: AbortSignal) => Promise<Served>

export function asker(means: Means): Ask {
  const groups = new Map<string, Waiting[]>()

  async function run(group: Group, calls: readonly Waiting[]): Promise<void> {
    try {
      const network = networkOf(means, group)
      const before = await means.before()
      await (before ? before.answer(group, calls, network) : network(calls, {}))
    } catch (error) {
      for (const call of calls) call.reject(error)
    }
  }

  return (group, rows, statuses, signal) =>
    new Promise((done, fail) => {
      const aborted = (): void => fail(signal?.reason)
      if (signal?.aborted) return aborted()
      signal?.addEventListener('abort', aborted)
      const settled =
        <T>(end: (as: T) => void) =>
        (as: T): void => {
          signal?.removeEventListener('abort', aborted)
          end(as)
        }
      const call: Waiting = { rows, statuses, signal, resolve: settled(done), reject: settled(fail) }
      const name = JSON.stringify(group)
      const waiting = groups.get(name)
      if (waiting) {
        waiting.push(call)
        return
      }
      const calls = [call]
      groups.set(name, calls)
      // Not at once: a call behind a promise that is settled already is of the same tick.
      queueMicrotask(() =>
        queueMicrotask(() => {
          groups.delete(name)
          run(group, calls)
        }),
      )
    })
}

function networkOf({ send, plans, runtime, timeout }: Means, group: Group): Network {
  const { service, compute, maxAge } = group
  const deadline = runtime.mono() + timeout

  /** @returns whether values ended on their way */
  async function arrived(call: Waiting, raw: Raw, answer: Answer): Promise<boolean> {
    const plan = await planFor(plans, group, raw)
    const { now, sent } = answer
    const expires = now === null ? null : expiryOf(raw, plan.ttls, maxAge, now)
    if (now && expires !== null && now + elapsed(sent, instantOf(runtime)) > expires) return true
    call.resolve({ raw, plan, source: 'network', stale: false, offline: false, age: 0, now, expires }, answer)
    return false
  }

  return async (calls, { full = false, bearer }) => {
    // Side by side, so that the first call waits no longer than the slower of the two.
    plans.of(service).catch(() => {})

    async function attempt(wanted: readonly Waiting[]): Promise<readonly Waiting[]> {
      const late: Waiting[] = []
      const settled: Promise<unknown>[] = []
      const own = wanted.map((call): Call => {
        const { rows, signal, reject } = call
        const done = (raw: Raw, answer: Answer): unknown =>
          settled.push(arrived(call, raw, answer).then((isLate) => isLate && late.push(call), reject))
        return { rows, signal, done, fail: reject }
      })
      const body = {
        service,
        ...(compute === 'client' && { compute }),
        ...(maxAge !== undefined && { max_age: maxAge }),
        // Event timestamps of every row.
        ...((full || wanted.length > 1 || wanted[0]?.statuses) && { metadata: 'full' }),
      }
      const asked = { body, deadline, bearer }
      const [first, ...others] = own
      try {
        if (others.length > 0) {
          const { exchange } = await import('./batch.ts')
          await exchange(own, plans.peek(service)?.ttls.size || 1, asked, send)
        } else first?.done(...(await askFor(first.rows, asked, first.signal, send)))
      } catch (error) {
        // Of one call; or what makes one request of several cannot be loaded.
        for (const { fail } of own) fail(others.length > 0 ? unreachable('Code of the client', error) : error)
      }
      await Promise.all(settled)
      return late
    }

    const late = await attempt(calls)
    if (late.length > 0) await (await import('./late.ts')).askOnceMore(late, attempt)
  }
}

/** Of the version that answered: where another went online since the plan was read, its own plan, by its own name. */
export async function planFor(plans: Plans, { service, compute }: Group, raw: Raw): Promise<ServicePlan> {
  const id = raw.service
  const known = plans.peek(id) ?? (await plans.of(service))
  const plan = known.id === id ? known : await plans.of(id)
  if (plan.id !== id) throw (await import('./unreadable.ts')).wrongVersion(id, plan)
  return covers(plan, compute, raw) ? plan : plans.of(id, true)
}

/** What was made public since comes without a new version. */
export function covers({ types }: ServicePlan, compute: Group['compute'], { rows }: Raw): boolean {
  return compute === 'client' || Object.keys(rows[0] ?? {}).every((name) => types.has(name))
}
