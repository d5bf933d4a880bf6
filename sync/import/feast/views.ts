/** Feature views: those that read rows as they are. What computes is listed, not guessed. */
import type { Duration } from '../../../registry/definitions/options.ts'
import type { Entities } from './entities.ts'
import { type NewFeature, type NewView, saidOf, sorted } from './model.ts'
import type { FeastRegistry } from './registry.ts'
import { Names, type Report } from './report.ts'
import type { FeastFeature, FeastOnDemandView, FeastView } from './schema.ts'
import type { Sources } from './sources.ts'
import { typeOf } from './value-types.ts'

export interface ConvertedView {
  readonly view: NewView
  readonly keys: readonly { readonly feast: string; readonly name: string; readonly type: string }[]
  /** Feast's name -> ours, in order; what was left out is not there. */
  readonly features: ReadonlyMap<string, string>
}

/** By Feast's names. */
export function convertViews(
  registry: FeastRegistry,
  entities: Entities,
  sources: Sources,
  report: Report,
): ReadonlyMap<string, ConvertedView> {
  const names = new Names(report)
  const converted = new Map<string, ConvertedView>()
  for (const feast of registry.views) {
    const object = `view ${feast.name}`
    const reason = computes(feast)
    if (reason) {
      report.left(object, `not converted: ${reason}`)
      continue
    }
    const entity = entities.of(feast)
    const source = sources.of(feast)
    if (!entity)
      report.left(object, `not converted: not all of its entities (${feast.entities.join(', ')}) are registered`)
    else if (source === undefined) report.left(object, 'not converted: it has no batch source')
    else {
      const view = convertView(feast, names, { entity, source, sources }, report)
      if (view) converted.set(feast.name, view)
    }
  }
  for (const view of registry.onDemandViews) report.left(`on-demand view ${view.name}`, onDemandWork(view))
  for (const name of registry.streamViews)
    report.left(`stream view ${name}`, 'not converted: write its aggregation as the sql of a view over a batch source')
  for (const { kind, name } of registry.others) report.left(`${kind} ${name}`, 'not converted: it has no counterpart')
  return converted
}

interface Reads {
  readonly entity: NonNullable<ReturnType<Entities['of']>>
  readonly source: string
  readonly sources: Sources
}

function convertView(feast: FeastView, viewNames: Names, reads: Reads, report: Report): ConvertedView | undefined {
  const object = `view ${feast.name}`
  const { entity, source, sources } = reads
  const names = new Names(report, object)
  for (const key of entity.keys) names.claim('join_key', key.name)
  const kept: NewFeature[] = []
  const features = new Map<string, string>()
  const leftOut: string[] = []
  for (const feature of feast.features) {
    // Registries of early releases list the join keys among the features.
    if (entity.keys.some((key) => key.feast === feature.name)) continue
    const type = typeOf(feature)
    if (!type) {
      leftOut.push(`${feature.name} (${feature.valueType})`)
      report.left(object, `feature ${feature.name} is left out: ${feature.valueType} has no counterpart`)
      continue
    }
    if (type.note) report.left(object, `feature ${feature.name}: ${type.note}`)
    const name = names.claim('feature', feature.name)
    features.set(feature.name, name)
    kept.push({ name, type: type.type, ...featureSaid(feature) })
  }
  if (kept.length === 0) {
    report.left(object, 'not converted: no feature of it is left')
    return undefined
  }
  for (const key of entity.keys) sources.read(feast, key.feast, key.name)
  for (const [feastName, name] of features) sources.read(feast, feastName, name)
  if (feast.disabled) report.left(object, 'it is disabled in Feast, and is materialized and served here')
  else if (!feast.online) report.left(object, 'it is not online in Feast, and is materialized and served here')
  const ttl = ttlOf(object, feast.ttl, report)
  const view: NewView = {
    name: viewNames.claim('view', feast.name),
    ...saidOf(feast),
    entity: entity.name,
    source,
    ...(ttl && { ttl }),
    features: kept,
    leftOut,
  }
  const keys = entity.keys.map((key) => ({ feast: key.feast, name: key.name, type: key.type.kind }))
  return { view, keys, features }
}

function featureSaid({ description, tags }: FeastFeature): Pick<NewFeature, 'description' | 'tags'> {
  return {
    ...(description.trim() !== '' && { description }),
    ...(Object.keys(tags).length > 0 && { tags: sorted(tags) }),
  }
}

/** Why a view cannot be read as rows. */
function computes(view: FeastView): string | undefined {
  if (view.featureTransformation) return 'a transformation computes it; write that as the sql of a view'
  if (view.sourceViews.length > 0) return 'it is computed from other views; write that as the sql of a view'
  return undefined
}

function onDemandWork(view: FeastOnDemandView): string {
  const inputs = Object.entries(view.sources).map(
    ([name, source]) =>
      source.featureViewProjection?.featureViewName ||
      source.featureView?.spec.name ||
      source.requestDataSource?.name ||
      name,
  )
  const outputs = view.features.map((feature) => `${feature.name} ${feature.valueType}`)
  return `not converted: its Python from ${inputs.sort().join(', ') || 'nothing'} to ${outputs.join(', ') || 'nothing'} is for you to write`
}

const UNITS = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const
const LONGEST = 999_999_999

/** `86400s` -> `1d`: the largest unit that is exact. Nothing and zero mean forever, to Feast as to us. */
function ttlOf(object: string, feast: string, report: Report): Duration | undefined {
  const [, whole = '0', fraction = ''] = /^(\d+)(?:\.(\d+))?s$/.exec(feast) ?? []
  const seconds = Number(whole) + (Number(fraction) > 0 ? 1 : 0)
  if (Number(fraction) > 0) report.left(object, `its ttl of ${feast} is rounded up to ${seconds}s`)
  if (seconds === 0) {
    if (feast !== '' && !/^0(\.0+)?s$/.test(feast)) report.left(object, `its ttl of ${feast} is left out`)
    return undefined
  }
  const [unit, size] = UNITS.find(([, of]) => seconds % of === 0) ?? ['s', 1]
  if (seconds / size <= LONGEST) return `${seconds / size}${unit}`
  report.left(object, `its ttl of ${feast} is left out: it is longer than ours can be`)
  return undefined
}
