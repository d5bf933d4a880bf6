/** Checks definitions against the real sources with DuckDB, before anything is registered or written. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { Facts, SourceFacts, ViewFacts } from '../../registry/facts.ts'
import type { Definitions, ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { describe, duckdbError, withDuckDB } from '../duckdb.ts'
import { featureQuery, typedQuery } from '../materialize/typed.ts'
import { estimate, type ViewEstimate } from './estimate.ts'
import { viewFacts } from './lineage.ts'
import { checkViewColumns } from './plain-view.ts'
import { type CheckedSource, type CheckPlace, checkSource } from './sources.ts'

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
  readonly estimates: readonly ViewEstimate[]
}

/** @throws ShorelineError UNAVAILABLE when the lake cannot be reached at all; what is wrong with the definitions is in the answer */
export function checkDefinitions(definitions: Definitions, options: CheckOptions): Promise<Checked> {
  return withDuckDB({ spill: join(options.folder, 'spill'), memory: options.memory }, async (db) => {
    const problems: string[] = []
    const sources = await checkSources(db, definitions, options, problems)
    const views = new Map<string, ViewFacts>()
    const estimates: ViewEstimate[] = []
    for (const [index, definition] of definitions.views.entries()) {
      options.progress?.(index, definitions.views.length)
      const view = viewOf(definitions, definition, sources)
      if (!view) continue
      try {
        const checked = await checkView(db, view, sources, options)
        views.set(view.name, checked.facts)
        if (checked.estimate) estimates.push(checked.estimate)
      } catch (thrown) {
        problems.push(
          ...problemsOf(thrown instanceof ShorelineError ? thrown : duckdbError(`view ${view.name}`, thrown)),
        )
      }
    }
    const found = [...sources].map(([name, { columns }]): [string, SourceFacts] => [name, { columns }])
    return { problems, facts: { sources: Object.fromEntries(found), views: Object.fromEntries(views) }, estimates }
  })
}

/** What a full materialization of a retained version costs: its sources may be others than the definitions' of now. */
export function estimateRetained(view: ViewObject, options: Omit<CheckOptions, 'counted'>): Promise<ViewEstimate> {
  return withDuckDB({ spill: join(options.folder, 'spill'), memory: options.memory }, async (db) => {
    const read: CheckedSource[] = []
    for (const source of view.reads) read.push(await checkSource(db, options, source))
    const features = featureQuery(view, options.asOf)
    const typed = typedQuery(view, await describe(db, features))
    return { view: viewId(view), ...(await estimate(db, view, typed(features), read, options.asOf)) }
  })
}

async function checkSources(
  db: DuckDBConnection,
  definitions: Definitions,
  place: CheckPlace,
  problems: string[],
): Promise<ReadonlyMap<string, CheckedSource>> {
  const checked = new Map<string, CheckedSource>()
  for (const source of definitions.sources)
    try {
      checked.set(source.name, await checkSource(db, place, source))
    } catch (thrown) {
      if (!(thrown instanceof ShorelineError) || thrown.code === 'UNAVAILABLE') throw thrown
      problems.push(...problemsOf(thrown))
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

async function checkView(
  db: DuckDBConnection,
  view: ViewObject,
  sources: ReadonlyMap<string, CheckedSource>,
  { asOf, counted }: CheckOptions,
): Promise<{ readonly facts: ViewFacts; readonly estimate?: ViewEstimate }> {
  const read = view.reads.flatMap((source) => sources.get(source.name) ?? [])
  checkViewColumns(view, read)
  const features = featureQuery(view, asOf)
  const typed = typedQuery(view, await describe(db, features))
  const facts = await viewFacts(db, view, features)
  const id = counted.get(view.name)
  if (id === undefined) return { facts }
  return { facts, estimate: { view: id, ...(await estimate(db, view, typed(features), read, asOf)) } }
}

function problemsOf(thrown: ShorelineError): readonly string[] {
  const { problems } = thrown.details
  return Array.isArray(problems) ? problems.map(String) : [thrown.message]
}
