/**
 * Features on the device. Loaded by the client when a call asks for it, so that a page that never does has nothing of it.
 *
 * The request to the edge carries join keys alone; whatever else a row has stays here.
 */
import { type Answered, metaOf, type Served } from '../answer.ts'
import { ClientError, isClientError } from '../error.ts'
import type { ClientModule, LocalCall } from '../local.ts'
import type { ServicePlan } from '../plan.ts'
import { type Compute, computing, givenFields } from './compute.ts'
import { type LocalPart, localPart } from './plan.ts'
import { demandLocal, readyEntries } from './ready.ts'
import { keyRows, readGiven } from './rows.ts'

/**
 * The values, statuses and issues that the edge would answer, from the same stored inputs.
 * @throws ClientError NOT_LOCAL where a device cannot compute it and the edge may not either, INVALID for a row that the edge would refuse
 */
export async function computeLocally(call: LocalCall): Promise<Answered> {
  try {
    return await compute(call, await call.plan(call.service))
  } catch (error) {
    if (call.only || !isClientError(error, 'NOT_LOCAL')) throw error
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
    const part = partOf(plan)
    demandLocal(part, code)
    const keys = await keyRows(part.fields, rows)
    const given = await readGiven(givenFields(part), rows)
    // Side by side, so that the first call waits no longer than the slower of the two.
    const [compute, found] = await Promise.all([prepare(part, code), stored(keys).catch(refused)])
    served = found
    if (served.plan.id === plan.id) {
      const { raw } = served
      const { rows, issues, statuses } = compute(given, raw.rows)
      const meta = metaOf({ ...served, raw: { ...raw, issues: [...raw.issues, ...issues] } }, false)
      const all = options.statuses && statuses().map((own, row) => ({ ...raw.statuses?.[row], ...own }))
      return { rows, meta: { ...meta, computed: 'local', ...(all && { statuses: all }) } }
    }
    // Another version went online since the plan was read: by its own plan, with the inputs that this one names.
    plan = served.plan
  }
  throw new ClientError(`${plan.id} is another version with every request.`, { code: 'UNREADABLE', status: 200 })
}

/** What was public when the plan was read may be public no more: the edge then gives no inputs. */
function refused(error: unknown): never {
  if (isClientError(error, 'INVALID') && error.details.field === 'compute' && error.details.row === undefined)
    throw new ClientError(error.message, { code: 'NOT_LOCAL', status: error.status, requestId: error.requestId })
  throw error
}

/** Of which a client keeps one for each version. */
const parts = new WeakMap<ServicePlan, LocalPart>()

function partOf(plan: ServicePlan): LocalPart {
  const part = parts.get(plan) ?? localPart(plan)
  parts.set(plan, part)
  return part
}

interface Prepared {
  readonly code: readonly ClientModule[]
  readonly compute: Promise<Compute>
}

/** A failure is tried again: code may load the next time. */
const known = new WeakMap<LocalPart, Prepared>()

function prepare(part: LocalPart, code: readonly ClientModule[]): Promise<Compute> {
  const before = known.get(part)
  const isSql = part.onDemand.entries.every(({ form }) => form === 'sql')
  if (before && (isSql || before.code === code)) return before.compute
  const compute = readyEntries(part, code).then((run) => computing(part, run))
  known.set(part, { code, compute })
  compute.catch(() => known.delete(part))
  return compute
}
