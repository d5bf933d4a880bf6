/** On-demand views whose code the page brings along, made ready. Loaded only where a plan has one. */
import type { Packs } from '../../core/expressions/packs.ts'
import type { RunEntry } from '../../core/on-demand/column.ts'
import { readyEntry } from '../../core/on-demand/entry.ts'
import type { PlanEntry } from '../../core/plan.ts'
import type { ClientModule } from '../local.ts'
import { loadModule } from './module.ts'

/** @throws Error when the module does not load, or is not what the plan needs */
export async function readyCoded(
  entry: Exclude<PlanEntry, { readonly form: 'sql' }>,
  code: readonly ClientModule[],
  packs: Packs,
): Promise<RunEntry> {
  const given = code.find(({ hash }) => hash === entry.code)
  if (!given) throw new Error(`the code of ${entry.view} is not here`)
  try {
    return readyEntry(entry, { packs, modules: { [entry.code]: await loadModule(given) } })
  } catch (cause) {
    throw new Error(`the code of ${entry.view} cannot be used: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}
