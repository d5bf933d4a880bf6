/**
 * The types of a service's features. An answer carries none, so a client asks `GET /v1/services/{service}/plan` once
 * for each version of a service that it meets.
 */
import { parseType, type ValueType } from '../core/types.ts'
import { unreadable } from './error.ts'
import { isList, isObject } from './json.ts'
import type { Answer, Send } from './request.ts'

export interface ServicePlan {
  /** `flight_delay@1` */
  readonly id: string
  readonly types: ReadonlyMap<string, ValueType>
  /** All that the server said of it. */
  readonly body: Answer['body']
}

/** The plan of a service as it is asked for, `flight_delay` or `flight_delay@1`. */
export type Plans = (service: string) => Promise<ServicePlan>

/** Asks once and remembers, but not a failure. */
export function planCache(send: Send): Plans {
  const plans = new Map<string, Promise<ServicePlan>>()
  return (service) => {
    const known = plans.get(service)
    if (known) return known
    const path = encodeURIComponent(service).replace('%40', '@')
    const plan = send(`/v1/services/${path}/plan`, {}).then(readPlan)
    plans.set(service, plan)
    plan.catch(() => plans.delete(service))
    return plan
  }
}

function readPlan({ body, requestId }: Answer): ServicePlan {
  const { service, version, features } = body
  if (typeof service !== 'string' || typeof version !== 'number' || !isList(features))
    throw unreadable('The plan of the service has no name, version or features.', requestId)
  const types = features.map((feature) => {
    const name = isObject(feature) ? feature['name'] : undefined
    const type = isObject(feature) ? feature['type'] : undefined
    if (typeof name !== 'string' || typeof type !== 'string')
      throw unreadable('A feature in the plan of the service has no name or no type.', requestId)
    return [name, readType(name, type, requestId)] as const
  })
  return { id: `${service}@${version}`, types: new Map(types), body }
}

function readType(name: string, type: string, requestId: string | undefined): ValueType {
  try {
    return parseType(type)
  } catch {
    throw unreadable(`The feature ${name} has the type ${type}, which this client does not know. Update it.`, requestId)
  }
}
