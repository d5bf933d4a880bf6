/**
 * A service made ready to be computed here: SQL by the evaluator, with the packs of functions that its plan names; TypeScript and
 * WebAssembly by the modules that the page brought. What a plan does not need is not loaded.
 */
import { loadPacks } from '../../core/expressions/packs.ts'
import type { RunEntry } from '../../core/on-demand/column.ts'
import { runSql } from '../../core/on-demand/sql-entry.ts'
import { ClientError } from '../error.ts'
import type { ClientModule } from '../local.ts'
import type { ServicePlan } from '../plan.ts'
import { type LocalPart, localPart, type OnDemandPart } from './plan.ts'

export interface Ready extends LocalPart {
  /** By entry of the plan. */
  readonly run: readonly RunEntry[]
}

/** @throws ClientError NOT_LOCAL naming what is not public, and the code that is not here */
export async function ready(plan: ServicePlan, code: readonly ClientModule[]): Promise<Ready> {
  const part = localPart(plan)
  if (part.edgeOnly.length > 0)
    throw notLocal(plan.id, `${part.edgeOnly.join(', ')} is not public, or computed from what is not`, {
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
      `the page has no code of ${lacking.map(({ view, hash }) => `${view} (${hash.slice(0, 12)}…)`).join(', ')}. Run "shoreline code"`,
      { code: lacking },
    )
  try {
    const packs = await loadPacks(part.packs)
    return await Promise.all(
      part.entries.map(async (entry) =>
        entry.form === 'sql' ? runSql(entry, packs) : (await import('./coded.ts')).readyCoded(entry, code, packs),
      ),
    )
  } catch (cause) {
    throw notLocal(id, cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), {}, cause)
  }
}

function notLocal(id: string, why: string, details: Readonly<Record<string, unknown>>, cause?: unknown): ClientError {
  return new ClientError(`${id} cannot be computed on this device: ${why}.`, {
    code: 'NOT_LOCAL',
    status: 0,
    details,
    cause,
  })
}
