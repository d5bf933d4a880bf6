/** The on-demand features of joined rows, by the evaluator that the Worker and a page have. Loaded only where a plan has some. */
import { loadPacks } from '../../core/expressions/packs.ts'
import type { Computed, Values } from '../../core/on-demand/column.ts'
import { readyEntry } from '../../core/on-demand/entry.ts'
import type { CodeModules } from '../../core/on-demand/modules.ts'
import type { OnDemandPlan } from '../../core/plan.ts'

/**
 * @param columns values of the plan's stored columns, by view and column
 * @param fields values of the spine's fields, by name
 * @returns what each entry computed
 */
export async function computeOnDemand(
  plan: OnDemandPlan,
  columns: readonly (readonly Values[])[],
  fields: ReadonlyMap<string, Values>,
  rows: number,
  modules: CodeModules,
): Promise<readonly (readonly Computed[])[]> {
  const packs = await loadPacks(plan.packs)
  const done: (readonly Computed[])[] = []
  for (const entry of plan.onDemand) {
    const inputs = entry.inputs.map(({ from }): Values => {
      if ('constant' in from) return []
      if ('field' in from) return fields.get(from.field) ?? []
      if ('entry' in from) return done[from.entry]?.[from.feature]?.values ?? []
      return columns[from.view]?.[from.column] ?? []
    })
    done.push(readyEntry(entry, { packs, modules })(inputs, rows))
  }
  return done
}
