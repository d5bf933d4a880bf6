/** Checks definitions against the real sources with DuckDB, before anything is registered or written. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { Facts, SourceFacts, ViewFacts } from '../../registry/facts.ts'
import type { Definitions, ViewObject } from '../../registry/objects.ts'
import { describe, withTwoConnections } from '../duckdb.ts'
import { featureQuery, typedQuery } from '../materialize/typed.ts'
import { identifier } from '../sql/text.ts'
import { checkQueries } from './checks.ts'
import { countRows, type Estimate, KeyCounts, weight } from './estimate.ts'
import { viewFacts } from './lineage.ts'
import { checkViewColumns } from './plain-view.ts'
import { type CheckedSource, type CheckPlace, checkSource } from './sources.ts'
import { sqlError } from './sql-error.ts'

export interface CheckOptions extends CheckPlace {
  /** DuckDB's memory, `2GB`. */
  readonly memory: string
  /** Microseconds since the epoch: events after it are not counted. */
  readonly asOf: number
  /** The views whose rows are counted, name -> `view@version`: what a plan would have materialized. */
  readonly counted: ReadonlyMap<string, string>
  readonly progress?: (done: number, total: number) => void
}

export interface Checked {
  /** Everything that is wrong, a paragraph each. */
  readonly problems: readonly string[]
  /** By the names of the views. */
  readonly facts: Facts
  readonly estimates: readonly Estimate[]
}

/** Values that the queries of all new views may read together, to be run for a plan: some seconds. */
const COUNTED_VALUES = 100_000_000

/** Where a check is: two connections, one where each source is a table without rows, one where it is its files. */
interface Check {
  /** Binding a query against a table takes a tenth of what it takes against files. */
  readonly bind: DuckDBConnection
  readonly data: DuckDBConnection
  readonly sources: ReadonlyMap<string, CheckedSource>
  readonly keys: KeyCounts
  readonly problems: string[]
}

interface BoundView {
  readonly view: ViewObject
  readonly read: readonly CheckedSource[]
  readonly facts: ViewFacts
  /** SQL of its rows in their declared types. */
  readonly typed: string
}

/** @throws ShorelineError UNAVAILABLE when the lake cannot be reached at all; what is wrong with the definitions is in the answer */
export function checkDefinitions(definitions: Definitions, options: CheckOptions): Promise<Checked> {
  return withTwoConnections({ spill: join(options.folder, 'spill'), memory: options.memory }, async (bind, data) => {
    const problems: string[] = []
    const sources = await checkSources(bind, data, definitions, options, problems)
    const check: Check = { bind, data, sources, keys: new KeyCounts(data), problems }
    const bound: BoundView[] = []
    for (const [index, definition] of definitions.views.entries()) {
      options.progress?.(index, definitions.views.length)
      if (definition.sources.length === 0) continue // only pushed
      const view = viewOf(definitions, definition, sources)
      const one = view && (await attempt(check, view, () => bindView(check, view, options.asOf)))
      if (one) bound.push(one)
    }
    problems.push(...(await checkQueries(definitions, options)))
    const estimates = await estimateAll(check, bound, options)
    const found = [...sources].map(([name, { columns }]): [string, SourceFacts] => [name, { columns }])
    const views = bound.map(({ view, facts }): [string, ViewFacts] => [view.name, facts])
    return { problems, facts: { sources: Object.fromEntries(found), views: Object.fromEntries(views) }, estimates }
  })
}

async function checkSources(
  bind: DuckDBConnection,
  data: DuckDBConnection,
  definitions: Definitions,
  place: CheckPlace,
  problems: string[],
): Promise<ReadonlyMap<string, CheckedSource>> {
  const checked = new Map<string, CheckedSource>()
  for (const source of definitions.sources) {
    if (source.format === 'push') continue // nothing to look at: its rows come when they come
    try {
      const one = await checkSource(data, place, source)
      const columns = one.columns.map(({ name, type }) => `${identifier(name)} ${type}`)
      await bind.run(`create temp table ${identifier(source.name)} (${columns.join(', ')})`)
      checked.set(source.name, one)
    } catch (thrown) {
      if (!(thrown instanceof ShorelineError) || thrown.code === 'UNAVAILABLE') throw thrown
      problems.push(...problemsOf(thrown))
    }
  }
  return checked
}

/** Null when the sources or the entity are wrong themselves: that has been said. */
function viewOf(
  definitions: Definitions,
  definition: Definitions['views'][number],
  sources: ReadonlyMap<string, CheckedSource>,
): ViewObject | null {
  const entity = definitions.entities.find((one) => one.name === definition.entity)
  const reads = definition.sources.flatMap((name) => {
    const source = sources.get(name)?.source
    return source ? [source] : []
  })
  if (!entity || reads.length < definition.sources.length) return null
  return { ...definition, join_keys: entity.join_keys, reads, version: 0, hash: '' }
}

async function bindView({ bind, sources }: Check, view: ViewObject, asOf: number): Promise<BoundView> {
  const read = view.reads.flatMap((source) => sources.get(source.name) ?? [])
  checkViewColumns(view, read)
  const features = featureQuery(view, asOf)
  const typed = typedQuery(view, await describe(bind, features))
  return { view, read, facts: await viewFacts(bind, view, features), typed: typed(features) }
}

/** Counts when that takes some seconds at most; of a larger plan, the distinct keys say enough. */
async function estimateAll(check: Check, bound: readonly BoundView[], options: CheckOptions): Promise<Estimate[]> {
  const wanted = bound.filter(({ view }) => options.counted.has(view.name))
  const counting = wanted.reduce((sum, { view, read }) => sum + weight(view, read), 0) <= COUNTED_VALUES
  const estimates: Estimate[] = []
  for (const { view, read, facts, typed } of wanted) {
    const found = await attempt(check, view, () =>
      counting ? countRows(check.data, view, typed, read, options.asOf) : check.keys.estimate(view, facts, read),
    )
    if (found) estimates.push({ view: options.counted.get(view.name) ?? view.name, ...found })
  }
  return estimates
}

async function attempt<T>(check: Check, view: ViewObject, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (thrown) {
    const read = view.reads.flatMap((source) => check.sources.get(source.name) ?? [])
    check.problems.push(...problemsOf(thrown instanceof ShorelineError ? thrown : sqlError(view, read, thrown)))
    return null
  }
}

function problemsOf(thrown: ShorelineError): readonly string[] {
  const { problems } = thrown.details
  return Array.isArray(problems) ? problems.map(String) : [thrown.message]
}
