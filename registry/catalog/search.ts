/**
 * Search over the catalog: names, descriptions, tags and owners of everything that is defined. Every word of the query has
 * to be found in an object; where it is found decides the order.
 */
import type { LabelledNode, Lineage, NodeKind } from './graph.ts'

export interface SearchHit {
  readonly id: string
  readonly kind: NodeKind
  readonly name: string
  readonly version?: number
  readonly description?: string
  readonly owner?: string
  readonly tags: Readonly<Record<string, string>>
  /** The fields in which the words were found, best first. */
  readonly matched: readonly Field[]
  readonly score: number
}

export interface SearchAnswer {
  readonly query: string
  /** How many there are in all. */
  readonly total: number
  readonly hits: readonly SearchHit[]
}

export interface SearchOptions {
  readonly kinds?: readonly NodeKind[]
  readonly limit?: number
}

export type Field = 'name' | 'tag' | 'owner' | 'description'

/** What a word is worth where it is found. A name says most; an owner is looked for by whoever means that owner. */
const WEIGHTS: Readonly<Record<Field, number>> = { name: 10, tag: 5, owner: 4, description: 2 }
/** The word as it stands, the beginning of one, inside of one. */
const WHOLE = 4
const BEGINNING = 2
const INSIDE = 1
/** The query is the object's name. */
const EXACT = 100
/** Among equals, what people use before what it is made of. */
const KIND_ORDER: readonly NodeKind[] = ['service', 'view', 'feature', 'entity', 'source', 'column']

export const DEFAULT_HITS = 50

/** @param lineage of everything that is registered; old versions and what is no longer defined are passed over */
export function search(
  { nodes }: Lineage,
  query: string,
  { kinds, limit = DEFAULT_HITS }: SearchOptions = {},
): SearchAnswer {
  const words = wordsOf(query)
  const exact = query.trim().toLowerCase()
  const hits = current(nodes).flatMap((node): SearchHit[] => {
    if (kinds && !kinds.includes(node.kind)) return []
    const found = match(node, words)
    if (!found) return []
    return [hit(node, found.matched, found.score + (node.name.toLowerCase() === exact ? EXACT : 0))]
  })
  hits.sort((a, b) => b.score - a.score || rank(a.kind) - rank(b.kind) || (a.id < b.id ? -1 : 1))
  return { query, total: hits.length, hits: hits.slice(0, limit) }
}

/** The newest version of what is defined, and what stands in it. */
function current(nodes: readonly LabelledNode[]): readonly LabelledNode[] {
  const newest = new Map<string, LabelledNode>()
  for (const node of nodes) if (node.parent === undefined) newest.set(`${node.kind}:${node.name}`, node)
  const shown = new Set([...newest.values()].filter((node) => !node.retired).map((node) => node.id))
  return nodes.filter((node) => shown.has(node.parent ?? node.id))
}

/** `avg_delay_7d` is three words, and so is "avg delay 7d". */
function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

function match(
  node: LabelledNode,
  words: readonly string[],
): { readonly score: number; readonly matched: readonly Field[] } | null {
  const fields = fieldsOf(node)
  const scores = new Map<Field, number>()
  for (const word of words) {
    const [field, worth] = best(fields, word)
    if (field === null) return null
    scores.set(field, (scores.get(field) ?? 0) + worth)
  }
  if (words.length === 0) return null
  const matched = [...scores].sort(([, a], [, b]) => b - a).map(([field]) => field)
  return { score: [...scores.values()].reduce((sum, worth) => sum + worth, 0), matched }
}

function fieldsOf({
  name,
  description,
  owner,
  labels,
}: LabelledNode): readonly (readonly [Field, readonly string[]])[] {
  return [
    ['name', wordsOf(name)],
    ['tag', labels.flatMap(({ tag, value }) => [...wordsOf(tag), ...wordsOf(value)])],
    ['owner', wordsOf(owner ?? '')],
    ['description', wordsOf(description ?? '')],
  ]
}

function best(fields: readonly (readonly [Field, readonly string[]])[], word: string): readonly [Field | null, number] {
  let found: Field | null = null
  let worth = 0
  for (const [field, words] of fields) {
    const value = Math.max(0, ...words.map((one) => closeness(one, word))) * WEIGHTS[field]
    if (value <= worth) continue
    worth = value
    found = field
  }
  return [found, worth]
}

function closeness(word: string, wanted: string): number {
  if (word === wanted) return WHOLE
  if (word.startsWith(wanted)) return BEGINNING
  return word.includes(wanted) ? INSIDE : 0
}

function hit(node: LabelledNode, matched: readonly Field[], score: number): SearchHit {
  const { id, kind, name, version, description, owner, labels } = node
  return {
    id,
    kind,
    name,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    tags: Object.fromEntries(labels.map(({ tag, value }) => [tag, value])),
    matched,
    score,
  }
}

function rank(kind: NodeKind): number {
  return KIND_ORDER.indexOf(kind)
}
