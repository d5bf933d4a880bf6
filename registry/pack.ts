/**
 * The registry's snapshot as it is stored: the objects as they are, but for what would say the same thing many times over.
 * Features of one type that follow each other, about which nothing else is said, are one text: `float64 avg_delay late_share`;
 * and a source that a view reads is named by its place in a list of all of them.
 */
import { ShorelineError } from '../core/errors.ts'
import { canonicalJson } from './hash.ts'
import type {
  FeatureObject,
  LakeSourceObject,
  OnDemandObject,
  RegistrySnapshot,
  ServiceInput,
  ServiceObject,
  ViewObject,
} from './objects.ts'
import { viewId } from './objects.ts'

const SNAPSHOT_FORMAT = 3
/** The same, with on-demand views: what reads only format 3 would lose them. */
const ON_DEMAND_FORMAT = 4
/** Had `[name, type]` in place of each feature of such a text. */
const PAIRS_FORMAT = 2

/** A type and the names of the features that have it, or a feature with more to it. */
type PackedFeature = string | readonly [name: string, type: string] | FeatureObject
type PackedInput = Omit<ServiceInput, 'features'> & {
  /** Left out where all features of the view are taken as they are. */
  readonly features?: readonly (string | ServiceInput['features'][number])[]
}
type PackedView = Omit<ViewObject, 'features' | 'reads' | 'sources'> & {
  readonly features: readonly PackedFeature[]
  readonly reads: readonly number[]
}
type PackedOnDemand = Omit<OnDemandObject, 'features'> & { readonly features: readonly PackedFeature[] }
type PackedService = Omit<ServiceObject, 'inputs' | 'features'> & { readonly inputs: readonly PackedInput[] }

interface PackedSnapshot extends Omit<RegistrySnapshot, 'views' | 'on_demand' | 'services'> {
  readonly format: typeof ON_DEMAND_FORMAT | typeof SNAPSHOT_FORMAT | typeof PAIRS_FORMAT
  readonly on_demand?: readonly PackedOnDemand[]
  readonly reads: readonly LakeSourceObject[]
  readonly views: readonly PackedView[]
  readonly services: readonly PackedService[]
}

export function packRegistry(snapshot: RegistrySnapshot): string {
  const places = new Map<string, number>()
  const reads: LakeSourceObject[] = []
  const placeOf = (source: LakeSourceObject): number => {
    const text = canonicalJson(source)
    const known = places.get(text)
    if (known !== undefined) return known
    places.set(text, reads.length)
    return reads.push(source) - 1
  }
  const { views: stored, on_demand: onDemand, services: defined, ...rest } = snapshot
  const featuresOf = new Map([...stored, ...(onDemand ?? [])].map((view) => [viewId(view), names(view.features)]))
  const views = stored.map(({ sources: _, ...view }) => ({
    ...view,
    reads: view.reads.map(placeOf),
    features: packFeatures(view.features),
  }))
  const services = defined.map(({ features: _, ...service }) => ({
    ...service,
    inputs: service.inputs.map((input) => packInput(input, featuresOf)),
  }))
  const packed: PackedSnapshot = onDemand
    ? {
        ...rest,
        format: ON_DEMAND_FORMAT,
        reads,
        views,
        on_demand: onDemand.map((view) => ({ ...view, features: packFeatures(view.features) })),
        services,
      }
    : { ...rest, format: SNAPSHOT_FORMAT, reads, views, services }
  return canonicalJson(packed)
}

/** @throws ShorelineError UNAVAILABLE when this code cannot read the snapshot */
export function unpackRegistry(text: string): RegistrySnapshot {
  const stored = JSON.parse(text) as Partial<Pick<PackedSnapshot, 'format'>>
  if (stored.format === undefined) return stored as RegistrySnapshot // as it was written before there was a format
  if (![ON_DEMAND_FORMAT, SNAPSHOT_FORMAT, PAIRS_FORMAT].includes(stored.format))
    throw new ShorelineError(
      'UNAVAILABLE',
      `the registry has format ${String(stored.format)}, this code reads ${ON_DEMAND_FORMAT}. Use the version of Shoreline that wrote it.`,
    )
  const { format: _, reads, on_demand: packed, ...snapshot } = stored as PackedSnapshot
  const views = snapshot.views.map((view) => {
    const sources = view.reads.flatMap((place) => reads[place] ?? [])
    return {
      ...view,
      sources: sources.map((source) => source.name),
      reads: sources,
      features: view.features.flatMap(unpackFeature),
    }
  })
  const onDemand = packed?.map((view) => ({ ...view, features: view.features.flatMap(unpackFeature) }))
  const featuresOf = new Map(
    [...views, ...(onDemand ?? [])].map((view) => [viewId(view), view.features.map((feature) => feature.name)]),
  )
  return {
    ...snapshot,
    views,
    ...(onDemand && { on_demand: onDemand }),
    services: snapshot.services.map((service) => {
      const inputs = service.inputs.map((input) => unpackInput(input, featuresOf))
      return { ...service, inputs, features: inputs.flatMap((input) => input.features.map(({ name }) => name)) }
    }),
  }
}

function packFeatures(features: readonly FeatureObject[]): readonly PackedFeature[] {
  const packed: PackedFeature[] = []
  let type: string | undefined
  for (const feature of features) {
    const plain = feature.visibility === 'server' && feature.description === undefined && feature.tags === undefined
    if (!plain) packed.push(feature)
    else if (feature.type === type) packed.push(`${String(packed.pop())} ${feature.name}`)
    else packed.push(`${feature.type} ${feature.name}`)
    type = plain ? feature.type : undefined
  }
  return packed
}

function unpackFeature(packed: PackedFeature): readonly FeatureObject[] {
  if (isPair(packed)) return [{ name: packed[0], type: packed[1], visibility: 'server' }]
  if (typeof packed !== 'string') return [packed]
  const [type = '', ...names] = packed.split(' ')
  return names.map((name) => ({ name, type, visibility: 'server' }))
}

function isPair(feature: PackedFeature): feature is readonly [string, string] {
  return Array.isArray(feature)
}

/** Join keys and features cannot hold a comma. */
function names(features: readonly { readonly name: string }[]): string {
  return features.map((feature) => feature.name).join()
}

function packInput({ features, ...input }: ServiceInput, featuresOf: ReadonlyMap<string, string>): PackedInput {
  const plain = features.every((one) => one.feature === one.name)
  if (plain && names(features) === featuresOf.get(input.view)) return input
  return { ...input, features: features.map((one) => (one.feature === one.name ? one.name : one)) }
}

function unpackInput(
  { features, ...input }: PackedInput,
  featuresOf: ReadonlyMap<string, readonly string[]>,
): ServiceInput {
  const taken = features ?? featuresOf.get(input.view) ?? []
  return { ...input, features: taken.map((one) => (typeof one === 'string' ? { feature: one, name: one } : one)) }
}
