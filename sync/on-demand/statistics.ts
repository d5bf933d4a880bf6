/**
 * Statistics of training sets, looked up for on-demand views. A view keeps the version of a set that its newest registered
 * version took, so that a new version of the set changes nothing by itself and two plans in a row are the same.
 */
import { ShorelineError } from '../../core/errors.ts'
import { parseType } from '../../core/types.ts'
import type {
  Definitions,
  FeatureObject,
  NamedStatistic,
  RegistrySnapshot,
  UsedStatistic,
} from '../../registry/objects.ts'
import { usedStatistics } from '../../registry/on-demand.ts'
import {
  checkReference,
  declaredAs,
  type SetStatistics,
  type StatisticReference,
  setOf,
  statisticOf,
  statText,
  typeCall,
  valueText,
} from '../../registry/statistics.ts'

/** @param set `name@version`, or a name for its newest version. @throws ShorelineError UNKNOWN_NAME */
export type FindSet = (set: string) => Promise<SetStatistics>

export interface StatisticsSource {
  readonly find: FindSet
  /** What is registered: it says which versions are taken already. Null takes the newest of each. */
  readonly registry: (() => Promise<RegistrySnapshot>) | null
}

/** Of all views: each set is asked for once. */
export class StatisticsOfSets {
  readonly #source: StatisticsSource
  readonly #found = new Map<string, Promise<SetStatistics>>()
  readonly #views = new Map<string, StatisticsOfView>()
  #registry: Promise<RegistrySnapshot> | undefined

  constructor(source: StatisticsSource) {
    this.#source = source
  }

  of(view: string): StatisticsOfView {
    const found = this.#views.get(view) ?? new StatisticsOfView(view, this)
    this.#views.set(view, found)
    return found
  }

  find(set: string): Promise<SetStatistics> {
    const known = this.#found.get(set)
    if (known) return known
    const found = this.#source.find(set)
    this.#found.set(set, found)
    return found
  }

  /** The version of the set that the view took; where there were several, the newest of them. */
  async taken(view: string, set: string): Promise<number | undefined> {
    if (!this.#source.registry) return undefined
    this.#registry ??= this.#source.registry()
    const registered = (await this.#registry).on_demand?.findLast(({ name }) => name === view)
    const versions = (registered ? usedStatistics(registered) : []).flatMap((one) => {
      const { name, version } = setOf(one.set) ?? {}
      return name === set && version !== undefined ? [version] : []
    })
    return versions.length === 0 ? undefined : Math.max(...versions)
  }

  /** What a reviewer should know, a sentence each: of sets of which there is a newer version, and of values that browsers get. */
  async warnings(definitions: Definitions): Promise<readonly string[]> {
    const sentences: string[] = []
    for (const [view, { kept, from }] of this.#views) {
      const shown = definitions.on_demand?.find(({ name }) => name === view)?.features.some(isPublic) ?? false
      for (const [said, feature] of shown ? from : [])
        if (!isPublicFeature(definitions, feature))
          sentences.push(
            `onDemandView ${view} has public features and computes with ${said} of ${feature}, which is not public. Browsers get the value with the plan: make its features visibility: 'server' unless it reveals nothing.`,
          )
      for (const [name, version] of kept) {
        const newest = await this.find(name)
        if (newest.version > version)
          sentences.push(
            `onDemandView ${view} keeps statistics of ${name}@${version}, and ${name}@${newest.version} is newer. Apply with --new-statistics to take that, or name a version.`,
          )
      }
    }
    return sentences
  }
}

function isPublic({ visibility }: Pick<FeatureObject, 'visibility'>): boolean {
  return visibility === 'public'
}

/** @param feature `view.feature`; of a view that is no longer defined it is not public */
function isPublicFeature({ views, on_demand: onDemand = [] }: Definitions, feature: string): boolean {
  const [view, name] = feature.split('.')
  const found = [...views, ...onDemand].find((one) => one.name === view)?.features.find((one) => one.name === name)
  return found !== undefined && isPublic(found)
}

/** Of one view, which names each set by its version or never. */
export class StatisticsOfView {
  readonly #view: string
  readonly #sets: StatisticsOfSets
  /** Set -> how the view names it. */
  readonly #named = new Map<string, string>()
  /** Set -> the version that is kept because nothing names another. */
  readonly kept = new Map<string, number>()
  /** What is computed with, as it is written with its version -> the feature that it is of, as `view.feature`. */
  readonly from = new Map<string, string>()

  constructor(view: string, sets: StatisticsOfSets) {
    this.#view = view
    this.#sets = sets
  }

  /** @throws ShorelineError INVALID naming the reference and what is wrong with it */
  async resolve(reference: StatisticReference): Promise<UsedStatistic> {
    checkReference(reference)
    const set = await this.#find(reference)
    const { column, statistic } = reference
    const used = { set: `${set.name}@${set.version}`, column, statistic, ...statisticOf(reference, set) }
    const [, view, feature] =
      /^(.+)@[0-9]+:(.+)$/.exec(set.columns?.find(({ name }) => name === column)?.from ?? '') ?? []
    if (view !== undefined) this.from.set(statText(used), `${view}.${feature}`)
    return used
  }

  /** In the type that it is declared with. @throws ShorelineError INVALID */
  async resolveNamed(declared: NamedStatistic): Promise<NamedStatistic> {
    const found = await this.resolve(declared)
    const value = declaredAs(found, declared.type)
    if (value === null)
      throw new ShorelineError(
        'INVALID',
        `${statText(declared)}: it is ${valueText(found)}, of type ${found.type}, and declared as ${declared.type}. Write its type, as in stat(…, '${declared.statistic}', ${typeCall(parseType(found.type))}).`,
      )
    return { ...found, name: declared.name, type: declared.type, value }
  }

  async #find(reference: StatisticReference): Promise<SetStatistics> {
    const { name = '', version } = setOf(reference.set) ?? {}
    const before = this.#named.get(name)
    this.#named.set(name, before ?? reference.set)
    if (before !== undefined && before !== reference.set && (before === name || version === undefined))
      throw new ShorelineError(
        'INVALID',
        `${statText(reference)}: the view names ${before} as well. Name the version everywhere, or nowhere.`,
      )
    const taken = version === undefined ? await this.#sets.taken(this.#view, name) : undefined
    if (taken !== undefined) this.kept.set(name, taken)
    try {
      return await this.#sets.find(taken === undefined ? reference.set : `${name}@${taken}`)
    } catch (thrown) {
      if (!(thrown instanceof ShorelineError) || thrown.code !== 'UNKNOWN_NAME') throw thrown
      throw new ShorelineError(
        'INVALID',
        `${statText(reference)}: there is no training set ${reference.set}. "shoreline training-sets" lists those that are registered, "shoreline train" makes one.`,
      )
    }
  }
}
