/**
 * Features on the device. Loaded by the client when a call asks for it, so that a page that never does has nothing of it.
 *
 * The request to the edge carries join keys alone; whatever else a row has stays here.
 */
import { type Answered, metaOf, type Served } from '../answer.ts'
import { ClientError } from '../error.ts'
import type { ClientModule, LocalCall } from '../local.ts'
import type { ServicePlan } from '../plan.ts'
import { type Compute, computing, givenFields } from './compute.ts'
import { type Ready, ready } from './ready.ts'
import { keyRows, readGiven } from './rows.ts'

/**
 * The values, statuses and issues that the edge would answer, from the same stored inputs.
 * @throws ClientError NOT_LOCAL where a device cannot compute it and the edge may not either, INVALID for a row that the edge would refuse
 */
export async function computeLocally(call: LocalCall): Promise<Answered> {
  try {
    return await compute(call, await call.plan(call.service))
  } catch (error) {
    if (call.only || !(error instanceof ClientError) || error.code !== 'NOT_LOCAL') throw error
    const { rows, meta } = await call.edge()
    return { rows, meta: { ...meta, fallback: error.message } }
  }
}

/** How often the service may be another version than its plan, one after the other, before that is a fault. */
const VERSIONS = 3

async function compute({ rows, code, options, stored }: LocalCall, first: ServicePlan): Promise<Answered> {
  let plan = first
  let served: Served | undefined
  for (let version = 0; version < VERSIONS; version++) {
    const { ready, compute } = await prepare(plan, code)
    const keys = await keyRows(ready.fields, rows)
    const given = await readGiven(givenFields(ready), rows)
    served = await stored(keys)
    if (served.plan.id === plan.id) {
      const { raw } = served
      const { rows, issues, statuses } = compute(given, raw.rows)
      const meta = metaOf({ ...served, raw: { ...raw, issues: [...raw.issues, ...issues] } }, false)
      const all = statuses.map((own, row) => ({ ...raw.statuses?.[row], ...own }))
      return { rows, meta: { ...meta, computed: 'local', ...(options.statuses && { statuses: all }) } }
    }
    // Another version went online since the plan was read: by its own plan, with the inputs that this one names.
    plan = served.plan
  }
  throw new ClientError(`${plan.id} is another version with every request.`, { code: 'UNREADABLE', status: 200 })
}

interface Prepared {
  readonly ready: Ready
  readonly compute: Compute
}

/** By plan, of which a client keeps one for each version. A failure is tried again: code may load the next time. */
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
