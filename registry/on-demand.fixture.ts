/** On-demand views for tests that have no DuckDB and no bundler: their SQL is taken to be a sum of the names in it. */
import type { Definitions, OnDemandForm, RowColumn } from './objects.ts'
import { rowsOf } from './on-demand.ts'

/** The definitions as the command line would send them. @param code view -> content hash */
export function prepared(definitions: Definitions, code: Readonly<Record<string, string>> = {}): Definitions {
  const rows = rowsOf(definitions)
  const { on_demand: onDemand } = definitions
  if (!onDemand) return definitions
  return {
    ...definitions,
    on_demand: onDemand.map((view) => {
      const row = rows.get(view.name) ?? []
      return { ...view, form: preparedForm(view.form, row, code[view.name] ?? hashOf(view.name)) }
    }),
  }
}

/** Some content hash. */
export function hashOf(text: string): string {
  return Buffer.from(text).toString('hex').slice(0, 64).padEnd(64, '0')
}

function preparedForm(form: OnDemandForm, row: readonly RowColumn[], hash: string): OnDemandForm {
  if (form.kind !== 'sql') return { ...form, code: form.code === '' ? hash : form.code }
  const bound = Object.entries(form.sql).map(([feature, text]) => {
    const words = new Set(text.match(/\b[a-z][a-z0-9_]*\b(?!\.)/g))
    const columns = row.flatMap(({ name, type }, column) => (words.has(name) ? [{ column, type }] : []))
    const reads = row.map((column) => column.name).filter((name) => words.has(name))
    const packs = words.has('sqrt') ? ['transcendental'] : []
    const root = { call: 'sum', type: 'float64', args: columns }
    return [feature, { sql: `(${text})`, tree: { format: 1 as const, packs, root }, reads }] as const
  })
  return { kind: 'sql', sql: form.sql, bound: Object.fromEntries(bound), packs: [] }
}
