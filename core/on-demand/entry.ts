/**
 * An on-demand view of a plan, made ready: from columns of its inputs to columns of its features. The same function serves the
 * Worker, a browser and the offline path, so that one definition has one meaning.
 *
 * What is done for each row loops by index, as expressions do: an iterator would cost more than many of them. Constants are made
 * ready once, and cost a row nothing.
 */
import type { Packs } from '../expressions/packs.ts'
import type { PlanEntry } from '../plan.ts'
import type { RunEntry } from './column.ts'
import { type CodeModules, computeOf } from './modules.ts'
import { runSql } from './sql-entry.ts'
import { runTypeScript } from './typescript-entry.ts'
import { runWasm } from './wasm-entry.ts'

export type { Computed, RunEntry, Values } from './column.ts'

export interface Code {
  readonly packs: Packs
  readonly modules: CodeModules
}

/** @throws ShorelineError UNAVAILABLE when its code is not here, INVALID for an expression of a format that is not read */
export function readyEntry(entry: PlanEntry, { packs, modules }: Code): RunEntry {
  switch (entry.form) {
    case 'sql':
      return runSql(entry, packs)
    case 'typescript':
      return runTypeScript(entry, computeOf(modules, entry.code, entry.view))
    case 'wasm':
      return runWasm(entry, modules)
  }
}
