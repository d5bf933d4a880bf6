/**
 * Tags are policy (`pii`), so what is computed from tagged data carries its tags: columns have those of their source and
 * features those of their view, features inherit from the columns that their values come from, views from their join keys
 * and features, services from the features they take and the keys that callers send. A tag of an object's own wins over an
 * inherited one of the same name, and ends it: `{ pii: 'false' }` on a feature that only counts says so for everything
 * after it. Columns that merely decide which rows there are pass nothing on.
 */
import type { LineageGraph, Node } from './graph.ts'

export interface Label {
  readonly tag: string
  readonly value: string
  /** The nodes that carry the tag themselves, by id. */
  readonly from: readonly string[]
}

/** tag -> value -> ids of the nodes that carry it themselves. */
type Labels = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>

/** Every node's labels, by id, sorted by tag and value. */
export function labelsOf(graph: LineageGraph): ReadonlyMap<string, readonly Label[]> {
  const labels = new Map<string, Labels>()
  const inherited = inheritance(graph)
  const resolve = (id: string): Labels => {
    const known = labels.get(id)
    if (known) return known
    const found = merge(ownTags(graph, id), [...(inherited.get(id) ?? [])].map(resolve))
    labels.set(id, found)
    return found
  }
  return new Map([...graph.nodes.keys()].map((id) => [id, listed(resolve(id))]))
}

/** What each node inherits from, by id. */
function inheritance({ nodes, edges }: LineageGraph): ReadonlyMap<string, ReadonlySet<string>> {
  const inherited = new Map<string, Set<string>>()
  const add = (to: string, from: string): unknown => at(inherited, to, () => new Set<string>()).add(from)
  for (const { id, parent } of nodes.values()) if (parent?.startsWith('view:')) add(parent, id)
  const keys = new Map<string, string[]>()
  for (const { from, to, kind } of edges) {
    if (kind === 'rows' || nodes.get(from)?.kind === 'entity') continue
    add(to, from)
    if (kind === 'keys') at(keys, to, (): string[] => []).push(from)
  }
  const views = new Map<string, Set<string>>()
  for (const { from, to, kind } of edges) {
    const view = kind === 'takes' ? nodes.get(from)?.parent : undefined
    if (view !== undefined) at(views, to, () => new Set<string>()).add(view)
  }
  for (const [service, used] of views)
    for (const view of used) for (const key of keys.get(view) ?? []) add(service, key)
  return inherited
}

interface OwnTag {
  readonly value: string
  readonly carrier: string
}

/** A column's and a feature's own tags include those of the source or view it stands in. */
function ownTags({ nodes }: LineageGraph, id: string): ReadonlyMap<string, OwnTag> {
  const node = nodes.get(id)
  const parent = node?.parent === undefined ? undefined : nodes.get(node.parent)
  const tags = (one: Node | undefined): [string, OwnTag][] =>
    Object.entries(one?.tags ?? {}).map(([tag, value]) => [tag, { value, carrier: one?.id ?? id }])
  return new Map([...tags(parent), ...tags(node)])
}

function merge(own: ReadonlyMap<string, OwnTag>, sources: readonly Labels[]): Labels {
  const all = new Map<string, Map<string, Set<string>>>()
  for (const source of sources)
    for (const [tag, values] of source)
      for (const [value, from] of values) {
        const ids = at(
          at(all, tag, () => new Map<string, Set<string>>()),
          value,
          () => new Set<string>(),
        )
        for (const id of from) ids.add(id)
      }
  for (const [tag, { value, carrier }] of own) all.set(tag, new Map([[value, new Set([carrier])]]))
  return all
}

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function listed(labels: Labels): readonly Label[] {
  return [...labels]
    .flatMap(([tag, values]) => [...values].map(([value, from]) => ({ tag, value, from: [...from].sort() })))
    .sort((a, b) => (a.tag === b.tag ? order(a.value, b.value) : order(a.tag, b.tag)))
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
