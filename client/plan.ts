/**
 * The types of a service's features. An answer carries none, so a client asks `GET /v1/services/{service}/plan` once
 * for each version of a service that it meets.
 */
import type { Parsed } from '../core/json.ts'
import { parseType, type ValueType } from '../core/types.ts'
import { unreadable } from './error.ts'
import { isList, isObject } from './json.ts'
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
    const plan = readPlan(await (kept ? kept.planThrough(service, again, ask) : ask()))
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

function readPlan({ body, requestId }: Pick<Answer, 'body' | 'requestId'>): ServicePlan {
  const { service, version, features, views } = body
  if (typeof service !== 'string' || typeof version !== 'number' || !isList(features))
    throw unreadable('The plan of the service has no name, version or features.', requestId)
  const types = features.map((feature) => {
    const { name, type } = isObject(feature) ? feature : {}
    if (typeof name !== 'string' || typeof type !== 'string')
      throw unreadable('A feature in the plan of the service has no name or no type.', requestId)
    return [name, readType(name, type, requestId)] as const
  })
  return {
    id: `${service}@${version}`,
    types: new Map(types),
    ttls: new Map(isList(views) ? views.map(readTtl) : []),
    body,
  }
}

function readTtl(view: Parsed): readonly [role: string, ttl: number | null] {
  const { as, ttl_seconds: ttl } = isObject(view) ? view : {}
  // What is not understood is taken to be over.
  return [String(as), ttl === null ? null : Number(ttl) * 1000 || 0]
}

function readType(name: string, type: string, requestId: string | undefined): ValueType {
  try {
    return parseType(type)
  } catch {
    throw unreadable(`The feature ${name} has the type ${type}, which this client does not know. Update it.`, requestId)
  }
}
