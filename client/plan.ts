/**
 * The types of a service's features. An answer carries none, so a client asks `GET /v1/services/{service}/plan` once
 * for each version of a service that it meets.
 */
import { parseType, type ValueType } from '../core/types.ts'
import type { Answer, Send } from './request.ts'

export interface ServicePlan {
  /** `flight_delay@1` */
  readonly id: string
  readonly types: ReadonlyMap<string, ValueType>
  /** By role, in milliseconds; null where values are good for ever. Empty where the server is too old to say. */
  readonly ttls: ReadonlyMap<string, number | null>
  /** All that the server said of it. */
  readonly body: Answer['body']
}

type AskPlan = () => Promise<Answer>

/** Where plans outlast the page: those of a version never change, but for what of them is public. */
export interface PlanStore {
  /** @param again whether what is kept will not do */
  planThrough(service: string, again: boolean, ask: AskPlan): Promise<Pick<Answer, 'body' | 'requestId'>>
}

export interface Plans {
  /**
   * @param service as it is asked for, `flight_delay` or `flight_delay@1`
   * @param again whether what is known will not do: something is public now that was not
   */
  of(service: string, again?: boolean): Promise<ServicePlan>
  /** What is known of it by now. */
  peek(service: string): ServicePlan | undefined
}

/** Asks once and remembers, but not a failure. */
export function planCache(send: Send, deadline: () => number, store: () => Promise<PlanStore | undefined>): Plans {
  const plans = new Map<string, Promise<ServicePlan>>()
  const ready = new Map<string, ServicePlan>()

  async function load(service: string, again: boolean): Promise<ServicePlan> {
    const kept = await store()
    const path = encodeURIComponent(service).replace('%40', '@')
    const ask = (): Promise<Answer> => send(`/v1/services/${path}/plan`, { deadline: deadline() })
    const answer = await (kept ? kept.planThrough(service, again, ask) : ask())
    let plan: ServicePlan
    try {
      plan = readPlan(answer.body)
    } catch {
      throw (await import('./unreadable.ts')).wrongPlan(answer)
    }
    ready.set(service, plan)
    ready.set(plan.id, plan)
    return plan
  }

  return {
    of(service, again = false) {
      const known = plans.get(service)
      if (known && !again) return known
      const plan = load(service, again)
      plans.set(service, plan)
      plan.catch(() => plans.delete(service))
      return plan
    },
    peek: (service) => ready.get(service),
  }
}

/** As far as it is read here. */
interface Body {
  readonly service: string
  readonly version: number
  readonly features: readonly { readonly name: string; readonly type: string }[]
  readonly views?: readonly { readonly as: string; readonly ttl_seconds: unknown }[]
}

/** @throws where it is none, of features whose types are known: what is wrong is found later */
function readPlan(body: Answer['body']): ServicePlan {
  const { service, version, features, views = [] } = body as unknown as Body
  return {
    id: `${service}@${version}`,
    types: new Map(features.map(({ name, type }) => [name, parseType(type)])),
    // A ttl that is not understood is taken to be over.
    ttls: new Map(views.map(({ as, ttl_seconds: ttl }) => [as, ttl === null ? null : Number(ttl) * 1000 || 0])),
    body,
  }
}
