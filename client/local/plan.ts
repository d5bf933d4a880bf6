/** The part of a plan that a device computes by itself, as `GET /v1/services/{service}/plan` says it. */
import type { Parsed } from '../../core/json.ts'
import type { PlanEntry, PlanOutput } from '../../core/plan.ts'
import { unreadable } from '../error.ts'
import { isList, isObject } from '../json.ts'
import type { ServicePlan } from '../plan.ts'
import type { Field, Fields } from './rows.ts'

export interface OnDemandPart {
  /** Stored views with their columns, as an answer of `compute: 'client'` names them. */
  readonly views: readonly { readonly as: string; readonly columns: readonly Field[] }[]
  /** In the order of evaluation. */
  readonly entries: readonly PlanEntry[]
  /** Where each feature comes from, in the order of the service. */
  readonly answer: readonly PlanOutput[]
  readonly packs: readonly string[]
}

export interface LocalPart {
  readonly fields: Fields
  readonly onDemand: OnDemandPart
  /** Features that are computed from what is not public. */
  readonly edgeOnly: readonly string[]
}

/** @throws ClientError UNREADABLE */
export function localPart({ id, body }: ServicePlan): LocalPart {
  const {
    keys,
    request,
    features,
    on_demand: onDemand,
    edge_only: edgeOnly,
  } = plain(body) as { readonly [key: string]: Parsed }
  if (!isList(keys) || !isList(request) || (onDemand !== undefined && !isObject(onDemand)))
    throw unreadable(`The plan of ${id} does not say how it is computed.`)
  return {
    // As the server's own types have it: it is the deployment that wrote the definitions' types.
    fields: { service: id, keys: keys as unknown as Field[], given: request as unknown as Field[] },
    onDemand: (onDemand as unknown as OnDemandPart | undefined) ?? stored(features as unknown as readonly Field[]),
    edgeOnly: isList(edgeOnly) ? edgeOnly.map(String) : [],
  }
}

/** Of a service without on-demand views: what the edge answers is the answer. */
function stored(features: readonly Field[]): OnDemandPart {
  return {
    views: [{ as: '', columns: features }],
    entries: [],
    answer: features.map((_, column) => ({ view: 0, column })),
    packs: [],
  }
}

/** Numbers as the Worker reads its plan: an integer beyond 2^53 in an expression is the double that it is. */
function plain(value: Parsed): Parsed {
  if (typeof value === 'bigint') return Number(value)
  if (isList(value)) return value.map(plain)
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]))
  return value
}
