/**
 * Features on the device. Loaded by the client when a call asks for it, so that a page that never does has nothing of it.
 *
 * The request to the edge carries join keys alone; whatever else a row has stays here.
 */
import { ClientError } from '../error.ts'
import type { Issue, ValueStatus } from '../meta.ts'
import type { ServicePlan } from '../plan.ts'
import { type Compute, computing, type InputRows, type LocalAnswer } from './compute.ts'
import type { ClientModule } from './module.ts'
import { type Ready, ready } from './ready.ts'
import { keyRows, type Row } from './rows.ts'

export type { LocalAnswer } from './compute.ts'
export type { ClientModule } from './module.ts'

/** Stored inputs of rows of join keys: what `POST /v1/features` answers with `compute: 'client'`. */
export interface Inputs {
  /** `flight_risk@1`, the version that answered. */
  readonly service: string
  readonly rows: InputRows
  readonly issues: readonly Issue[]
  /** Where they were asked for. */
  readonly statuses?: readonly Readonly<Record<string, ValueStatus>>[]
}

export interface Edge<I extends Inputs> {
  readonly code: readonly ClientModule[]
  plan(service: string): Promise<ServicePlan>
  /** From the network or a cache. */
  inputs(service: string, rows: readonly Row[]): Promise<I>
}

/** How often the service may be at another version than its plan, one after the other, before that is a fault. */
const VERSIONS = 3

/**
 * @param service as it is asked for: `flight_risk` or `flight_risk@1`
 * @returns what was computed, with the issues and statuses of what is stored before those of what is computed; and the answer with
 * the inputs, which says where they come from
 * @throws ClientError NOT_LOCAL where a device cannot compute it, INVALID for a row that the Worker would refuse as well
 */
export async function computeLocally<I extends Inputs>(
  edge: Edge<I>,
  service: string,
  rows: readonly Row[],
): Promise<LocalAnswer & { readonly inputs: I }> {
  let asked = service
  for (let version = 0; version < VERSIONS; version++) {
    const plan = await edge.plan(asked)
    const { ready, compute } = await prepare(plan, edge.code)
    const inputs = await edge.inputs(asked, keyRows(ready.fields, rows))
    if (inputs.service === plan.id) {
      const computed = compute(rows, inputs.rows)
      const statuses = computed.statuses.map((own, row) => ({ ...inputs.statuses?.[row], ...own }))
      return { rows: computed.rows, issues: [...inputs.issues, ...computed.issues], statuses, inputs }
    }
    // Another version went online since the plan was read: its own plan, and the inputs that this one names.
    asked = inputs.service
  }
  throw new ClientError(`${service} is another version with every request.`, { code: 'UNREADABLE', status: 200 })
}

interface Prepared {
  readonly ready: Ready
  readonly compute: Compute
}

/** By plan, which the client keeps one of for each version. Failures are tried again: code may load the next time. */
const known = new WeakMap<
  ServicePlan,
  { readonly code: readonly ClientModule[]; readonly prepared: Promise<Prepared> }
>()

function prepare(plan: ServicePlan, code: readonly ClientModule[]): Promise<Prepared> {
  const before = known.get(plan)
  if (before?.code === code) return before.prepared
  const prepared = ready(plan, code).then((made) => ({ ready: made, compute: computing(made) }))
  known.set(plan, { code, prepared })
  prepared.catch(() => known.delete(plan))
  return prepared
}
