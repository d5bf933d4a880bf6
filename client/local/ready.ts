/**
 * A service made ready to be computed here: SQL by the evaluator, with the packs of functions that its plan names; TypeScript and
 * WebAssembly by the modules that the page brought. What a plan does not need is not loaded.
 */
import { loadPacks, type Packs } from '../../core/expressions/packs.ts'
import type { RunEntry } from '../../core/on-demand/column.ts'
import { runSql } from '../../core/on-demand/sql-entry.ts'
import type { PlanEntry } from '../../core/plan.ts'
import { ClientError } from '../error.ts'
import type { ServicePlan } from '../plan.ts'
import { type ClientModule, loadModule } from './module.ts'
import { type LocalPart, localPart, type OnDemandPart } from './plan.ts'

export interface Ready extends LocalPart {
  /** By entry of the plan. */
  readonly run: readonly RunEntry[]
}

/** @throws ClientError NOT_LOCAL naming what is not public, and the code that is not here */
export async function ready(plan: ServicePlan, code: readonly ClientModule[]): Promise<Ready> {
  const part = localPart(plan)
  if (part.edgeOnly.length > 0)
    throw notLocal(plan.id, `${part.edgeOnly.join(', ')}: computed from what is not public`, {
      features: part.edgeOnly,
    })
  return { ...part, run: await readyEntries(plan.id, part.onDemand, code) }
}

async function readyEntries(
  id: string,
  part: OnDemandPart,
  code: readonly ClientModule[],
): Promise<readonly RunEntry[]> {
  const lacking = part.entries.flatMap((entry) =>
    entry.form === 'sql' || code.some(({ hash }) => hash === entry.code)
      ? []
      : [{ view: entry.view, hash: entry.code }],
  )
  if (lacking.length > 0)
    throw notLocal(
      id,
      `the client was not given the code of ${lacking.map(({ view, hash }) => `${view} (${hash.slice(0, 12)}…)`).join(', ')}. Run "shoreline code" and give it what that writes`,
      { code: lacking },
    )
  try {
    const packs = await loadPacks(part.packs)
    return await Promise.all(part.entries.map((entry) => readyOne(entry, packs, code)))
  } catch (cause) {
    throw notLocal(id, cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), {}, cause)
  }
}

async function readyOne(entry: PlanEntry, packs: Packs, code: readonly ClientModule[]): Promise<RunEntry> {
  if (entry.form === 'sql') return runSql(entry, packs)
  const given = code.find(({ hash }) => hash === entry.code)
  if (!given) throw new Error(`the code of ${entry.view} is not here`)
  const module = await loadModule(given).catch((cause: unknown) => {
    throw new Error(`the code of ${entry.view} cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  })
  const { readyEntry } = await import('../../core/on-demand/entry.ts')
  return readyEntry(entry, { packs, modules: { [entry.code]: module } })
}

function notLocal(id: string, why: string, details: Readonly<Record<string, unknown>>, cause?: unknown): ClientError {
  return new ClientError(`${id} cannot be computed on this device: ${why}.`, {
    code: 'NOT_LOCAL',
    status: 0,
    details,
    cause,
  })
}
