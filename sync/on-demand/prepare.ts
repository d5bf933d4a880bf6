/**
 * What the command line adds to definitions before they are planned or applied: the SQL of on-demand views, bound by DuckDB,
 * the statistics of training sets that they compute with, and the content hashes of their code. Without on-demand views nothing
 * is done.
 */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type {
  Definitions,
  NamedStatistic,
  OnDemandDefinition,
  OnDemandInput,
  RowColumn,
} from '../../registry/objects.ts'
import { rowsOf } from '../../registry/on-demand.ts'
import type { Loaded } from '../definitions.ts'
import { withDuckDB } from '../duckdb.ts'
import { type BoundSql, bindExpressions, type SqlView } from './bind.ts'
import { type CodeFile, collectCode } from './code.ts'
import { offlineColumn, registerFunctions } from './offline.ts'
import { StatisticsOfSets, type StatisticsOfView, type StatisticsSource } from './statistics.ts'

export interface Prepared {
  readonly definitions: Definitions
  /** Content hash -> module: what the definitions run. */
  readonly code: ReadonlyMap<string, CodeFile>
  /** What a reviewer should know of the statistics that views compute with, a sentence each. */
  readonly warnings: readonly string[]
}

export interface PrepareOptions {
  /** Where definitions' relative paths begin. */
  readonly root: string
  /** Everything local, `.shoreline`. */
  readonly folder: string
  /** What the whole process may take, as in `--memory 2GB`. */
  readonly memory: string
  /** Where statistics of training sets come from. */
  readonly statistics: StatisticsSource
}

/** @throws ShorelineError INVALID with everything that is wrong, a paragraph each */
export async function prepareDefinitions(loaded: Loaded, options: PrepareOptions): Promise<Prepared> {
  const { definitions } = loaded
  const { on_demand: onDemand } = definitions
  if (!onDemand) return { definitions, code: new Map(), warnings: [] }
  const problems: string[] = []
  const code = await problemsInto(problems, () => collectCode(loaded, options.root))
  const sets = new StatisticsOfSets(options.statistics)
  const resolved: OnDemandDefinition[] = []
  for (const view of onDemand)
    resolved.push({ ...view, inputs: await resolveInputs(view, sets.of(view.name), problems) })
  const bound = await bindAll(onDemand, rowsOf(definitions), sets, options, problems)
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  const prepared = resolved.map((view): OnDemandDefinition => {
    const { form } = view
    if (form.kind === 'sql') return { ...view, form: { ...form, ...bound.get(view.name) } }
    return { ...view, form: { ...form, code: code?.hashes.get(view.name) ?? '' } }
  })
  const warnings = await sets.warnings(definitions)
  return { definitions: { ...definitions, on_demand: prepared }, code: code?.files ?? new Map(), warnings }
}

/** Statistics among them with their values. */
async function resolveInputs(
  { name, inputs }: OnDemandDefinition,
  statistics: StatisticsOfView,
  problems: string[],
): Promise<OnDemandDefinition['inputs']> {
  const resolved: OnDemandInput[] = []
  for (const input of inputs) {
    if (!('statistics' in input)) {
      resolved.push(input)
      continue
    }
    const found: NamedStatistic[] = []
    for (const one of input.statistics) {
      const place = `onDemandView ${name}: statistics ${one.name}`
      const value = await problemsInto(problems, () => statistics.resolveNamed(one), place)
      if (value) found.push(value)
    }
    resolved.push({ statistics: found })
  }
  return resolved
}

/** A view without a row refers to what is not there: registering it says so. */
async function bindAll(
  views: readonly OnDemandDefinition[],
  rows: ReadonlyMap<string, readonly RowColumn[]>,
  sets: StatisticsOfSets,
  { folder, memory }: PrepareOptions,
  problems: string[],
): Promise<ReadonlyMap<string, BoundSql>> {
  const wanted = views.flatMap((view) => sqlView(view, rows.get(view.name), sets.of(view.name)) ?? [])
  const bound = new Map<string, BoundSql>()
  if (wanted.length === 0) return bound
  await withDuckDB({ spill: join(folder, 'spill'), memory }, async (db) => {
    await registerFunctions(db)
    for (const view of wanted) {
      const one = await problemsInto(problems, () => bindSql(db, view))
      if (one) bound.set(view.name, one)
    }
  })
  return bound
}

/**
 * As the registry keeps it: what an expression reads by the names of the row, where DuckDB knows its columns by their roles, too.
 * @throws ShorelineError INVALID
 */
export async function bindSql(db: DuckDBConnection, view: SqlView): Promise<BoundSql> {
  const { bound, ...rest } = await bindExpressions(db, view)
  const names = new Map(view.row.map((column) => [offlineColumn(column), column.name]))
  const named = Object.entries(bound).map(([feature, one]) => {
    return [feature, { ...one, reads: one.reads.map((read) => names.get(read) ?? read) }] as const
  })
  return { bound: Object.fromEntries(named), ...rest }
}

/** @returns null for a view in another form, or without a row */
export function sqlView(
  { name, form, features }: OnDemandDefinition,
  row: SqlView['row'] | undefined,
  statistics: StatisticsOfView,
): SqlView | null {
  if (form.kind !== 'sql' || !row) return null
  const sql = features.map((feature) => [feature.name, { text: form.sql[feature.name] ?? '', type: feature.type }])
  return { name, row, sql: Object.fromEntries(sql), statistics: (reference) => statistics.resolve(reference) }
}

/** @param place comes before what is wrong, where that does not say it itself */
async function problemsInto<T>(problems: string[], work: () => Promise<T>, place?: string): Promise<T | null> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError) || thrown.code !== 'INVALID') throw thrown
    const { problems: several } = thrown.details
    problems.push(
      ...(Array.isArray(several)
        ? several.map(String)
        : [`${place === undefined ? '' : `${place}: `}${thrown.message}`]),
    )
    return null
  }
}
