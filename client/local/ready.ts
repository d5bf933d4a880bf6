/**
 * A service made ready to be computed here: SQL by the evaluator, with the packs of functions that its plan names; TypeScript and
 * WebAssembly by the modules that the page brought. What a plan does not need is not loaded.
 */
import { loadPacks } from '../../core/expressions/packs.ts'
import type { RunEntry } from '../../core/on-demand/column.ts'
import { runSql } from '../../core/on-demand/sql-entry.ts'
import { ClientError } from '../error.ts'
import type { ClientModule } from '../local.ts'
import type { LocalPart } from './plan.ts'

/** @throws ClientError NOT_LOCAL naming what is not public, and the code that is not here */
export function demandLocal({ fields, edgeOnly, onDemand }: LocalPart, code: readonly ClientModule[]): void {
  const id = fields.service
  if (edgeOnly.length > 0)
    throw notLocal(id, `${edgeOnly.join(', ')} is not public, or computed from what is not`, { features: edgeOnly })
  const lacking = onDemand.entries.flatMap((entry) =>
    entry.form === 'sql' || code.some(({ hash }) => hash === entry.code)
      ? []
      : [{ view: entry.view, hash: entry.code }],
  )
  if (lacking.length === 0) return
  const named = lacking.map(({ view, hash }) => `${view} (${hash.slice(0, 12)}…)`).join(', ')
  throw notLocal(id, `the page has no code of ${named}. Run "shoreline code"`, { code: lacking })
}

/** By entry of the plan. @throws ClientError NOT_LOCAL, where packs or code do not load or are not understood */
export async function readyEntries(
  { fields, onDemand: { packs: names, entries } }: LocalPart,
  code: readonly ClientModule[],
): Promise<readonly RunEntry[]> {
  try {
    const packs = await loadPacks(names)
    return await Promise.all(
      entries.map(async (entry) =>
        entry.form === 'sql' ? runSql(entry, packs) : (await import('./coded.ts')).readyCoded(entry, code, packs),
      ),
    )
  } catch (cause) {
    throw notLocal(fields.service, cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), {}, cause)
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
