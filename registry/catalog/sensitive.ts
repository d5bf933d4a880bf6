/** Which data is not for everybody: by its own tags, and by those of what it is computed from. */
import { type Edge, type Lineage, nodeId } from './graph.ts'

/** Which tags say that data is not for everybody. Any value but a harmless one says so. */
const SENSITIVE: ReadonlySet<string> = new Set(['pii', 'phi', 'pci', 'sensitive', 'confidential'])
const HARMLESS: ReadonlySet<string> = new Set(['false', 'no', 'none'])

export function isSensitive(tag: string, value: string): boolean {
  return SENSITIVE.has(tag.toLowerCase()) && !HARMLESS.has(value.toLowerCase())
}

interface Tagged {
  readonly tags?: Readonly<Record<string, string>>
}

interface TaggedView extends Tagged {
  readonly features: readonly (Tagged & { readonly name: string })[]
}

/** The features of a view that its own tags or theirs call sensitive: a feature's tag wins over its view's. */
export function sensitiveFeatures(view: TaggedView): ReadonlySet<string> {
  return new Set(view.features.filter((feature) => hasSensitive(ownTags(view, feature))).map(({ name }) => name))
}

/**
 * Those, the features whose values are computed from sensitive data, and the join keys, all of them, where one of them is
 * (or the event timestamp, which lineage does not tell apart). A tag of the feature's or the view's own wins over an inherited
 * one, as in the catalog's labels.
 * @param lineage what the view is computed from. Where it says nothing of a column, every column of the sources counts
 */
export function sensitiveNames(
  view: TaggedView & {
    readonly name: string
    readonly version: number
    readonly join_keys: readonly { name: string }[]
  },
  { nodes, edges }: Pick<Lineage, 'nodes' | 'edges'>,
): ReadonlySet<string> {
  const labels = new Map(nodes.map((node) => [node.id, node.labels]))
  const inherits = (to: string, kind: Edge['kind'], { tags = {} }: Tagged): boolean =>
    edges
      .filter((edge) => edge.to === to && edge.kind === kind)
      .flatMap((edge) => labels.get(edge.from) ?? [])
      .some(({ tag, value }) => !Object.hasOwn(tags, tag) && isSensitive(tag, value))
  const id = `${view.name}@${view.version}`
  const derived = view.features.filter(({ name, ...feature }) =>
    inherits(nodeId.feature(id, name), 'values', ownTags(view, feature)),
  )
  const keys = inherits(nodeId.view(id), 'keys', view) ? view.join_keys : []
  return new Set([...sensitiveFeatures(view), ...[...derived, ...keys].map(({ name }) => name)])
}

export function hasSensitive({ tags = {} }: Tagged): boolean {
  return Object.entries(tags).some(([tag, value]) => isSensitive(tag, value))
}

function ownTags(view: Tagged, feature: Tagged): Tagged {
  return { tags: { ...view.tags, ...feature.tags } }
}
