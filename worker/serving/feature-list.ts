/**
 * Features named one by one, without a service: a plan is made from the registry for the list, and kept while the same
 * registry is online. An application asks for the same few lists again and again.
 */
import { ShorelineError } from '../../core/errors.ts'
import { FEATURE_LISTS_IN_MEMORY, KV_IMMUTABLE_CACHE_TTL_S } from '../../core/limits.ts'
import { parseReference } from '../../core/name.ts'
import type { Code } from '../../core/on-demand/entry.ts'
import type { Plan } from '../../core/plan.ts'
import { registryKey } from '../../core/storage.ts'
import { compilePlan } from '../../registry/compile.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { RegistrySnapshot, ServiceInput } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { type AnyViewObject, allViews, isOnDemand, viewInputs } from '../../registry/on-demand.ts'
import { unpackRegistry } from '../../registry/pack.ts'
import { runsOf } from '../../registry/runs.ts'
import type { KvReader, Truth } from '../stores.ts'
import type { LoadedHead } from './heads.ts'
import { type PlanForm, type ReadyPlan, readyPlan } from './plans.ts'

export class FeatureLists {
  readonly #kv: KvReader
  readonly #truth: Truth
  readonly #code: () => Code
  /** Of one registry: the newest that was asked for. */
  #registry: RegistrySnapshot | undefined
  /** By list and by what is online; the one asked for last at the end. */
  readonly #plans = new Map<string, ReadyPlan>()

  constructor(kv: KvReader, truth: Truth, code: () => Code) {
    this.#kv = kv
    this.#truth = truth
    this.#code = code
  }

  /**
   * @param references `view:feature`, or `view@version:feature`; without a version the newest whose rows are online
   * @throws ShorelineError UNKNOWN_NAME, NOT_MATERIALIZED, INVALID for names that clash, UNAVAILABLE
   */
  async plan(head: LoadedHead, references: readonly string[], form: PlanForm): Promise<ReadyPlan> {
    const { fullNames, client } = form
    // Which version is the newest online changes with the revision.
    const key = `${head.revision} ${fullNames} ${client} ${references.join(' ')}`
    const known = this.#plans.get(key)
    const plan =
      known ?? readyPlan(planOf(await this.registry(head.registry), head, references, fullNames), form, this.#code())
    this.#plans.delete(key)
    this.#plans.set(key, plan)
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= FEATURE_LISTS_IN_MEMORY) break
      this.#plans.delete(oldest)
    }
    return plan
  }

  /** @throws ShorelineError UNAVAILABLE when neither KV nor D1 has it */
  async registry(revision: number): Promise<RegistrySnapshot> {
    if (this.#registry?.revision === revision) return this.#registry
    const text =
      (await this.#kv.get(registryKey(revision), KV_IMMUTABLE_CACHE_TTL_S)) ??
      (await this.#truth.registryText(revision))
    if (text === null)
      throw new ShorelineError('UNAVAILABLE', `registry ${revision}, which the head names, is not to be had.`)
    this.#registry = unpackRegistry(text)
    return this.#registry
  }
}

function planOf(registry: RegistrySnapshot, head: LoadedHead, references: readonly string[], fullNames: boolean): Plan {
  const registered = allViews(registry)
  const versions = Map.groupBy(registered.values(), (view) => view.name)
  /** By the view as it was written: `a` and `a@1` may be the same version, and are asked for as two. */
  const inputs = new Map<string, { readonly view: string; readonly taken: Set<string> }>()
  for (const reference of references) {
    const { as, name, version, feature } = split(reference)
    const view = pick(versions, registered, head, name, version)
    if (!view.features.some((one) => one.name === feature)) throw noFeature(view, feature)
    const id = viewId(view)
    const input = inputs.get(as) ?? { view: id, taken: new Set() }
    inputs.set(as, input)
    input.taken.add(feature)
  }
  const listed = [...inputs].map(([as, { view, taken }]): ServiceInput => {
    return { view, as, keys: {}, features: [...taken].map((feature) => ({ feature, name: feature })) }
  })
  return compilePlan({ name: '', version: 0, inputs: listed }, registered, {
    subject: 'features',
    field: 'Ask for them one by one, or in a service with roles.',
    feature: fullNames ? null : 'Ask with full_names.',
  })
}

interface Reference {
  /** The view as it was written, with its version if it had one. */
  readonly as: string
  readonly name: string
  readonly version?: number
  readonly feature: string
}

function split(reference: string): Reference {
  const at = reference.indexOf(':')
  const view = at < 0 ? null : parseReference(reference.slice(0, at))
  const feature = reference.slice(at + 1)
  if (view && feature !== '') return { ...view, as: reference.slice(0, at), feature }
  throw new ShorelineError(
    'MALFORMED',
    `features: ${JSON.stringify(shorten(reference))} is not view:feature. Write the view, a colon and the feature, as in "airport_delays:avg_delay_7d".`,
    { field: 'features' },
  )
}

function pick(
  byName: ReadonlyMap<string, readonly AnyViewObject[]>,
  registered: ReadonlyMap<string, AnyViewObject>,
  head: LoadedHead,
  name: string,
  version: number | undefined,
): AnyViewObject {
  const versions = byName.get(name) ?? []
  const online = (view: AnyViewObject): boolean =>
    isOnDemand(view)
      ? viewInputs(view).every((input) => {
          const read = registered.get(input.view)
          return read !== undefined && online(read)
        })
      : view.sources.length === 0 || head.views.has(runsOf(view))
  const newest = versions.at(-1)
  if (!newest) throw unknownView(name, [...byName.keys()])
  if (version === undefined && newest.retired)
    throw new ShorelineError(
      'NOT_MATERIALIZED',
      `View ${name} is retired. Its versions ${versions.map((view) => view.version).join(', ')} answer by name: ask for "${viewId(newest)}:…".`,
      { view: name },
    )
  const wanted = version === undefined ? versions : versions.filter((view) => view.version === version)
  if (wanted.length === 0)
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `View ${name} has no version ${version}; it has ${versions.map((view) => view.version).join(', ')}.`,
      { view: name },
    )
  const found = wanted.findLast(online)
  if (found) return found
  throw new ShorelineError(
    'NOT_MATERIALIZED',
    `View ${version === undefined ? name : `${name}@${version}`} is registered, but not online in revision ${head.revision}. Run "shoreline sync".`,
    { view: name },
  )
}

function unknownView(name: string, names: readonly string[]): ShorelineError {
  const meant = nearest(name, names)
  return new ShorelineError(
    'UNKNOWN_NAME',
    `There is no view ${shorten(name)}. ${meant ? `Did you mean ${meant}?` : 'GET /v1/registry lists what there is.'}`,
    { view: shorten(name) },
  )
}

function noFeature(view: AnyViewObject, feature: string): ShorelineError {
  const names = view.features.map((one) => one.name)
  const meant = nearest(feature, names)
  return new ShorelineError(
    'UNKNOWN_NAME',
    `View ${viewId(view)} has no feature ${shorten(feature)}. ${meant ? `Did you mean ${meant}?` : `It has ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}.`}`,
    { view: view.name, feature: shorten(feature) },
  )
}

/** How many names an error lists. */
const LISTED = 20

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
