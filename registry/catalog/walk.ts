/** The part of the graph that one object is computed from, and the part that is computed from it. */
import type { Edge, LineageGraph, Node } from './graph.ts'

export const DIRECTIONS = ['both', 'upstream', 'downstream'] as const
export type Direction = (typeof DIRECTIONS)[number]

/**
 * The ids of the nodes around some of them, themselves included, and of what those stand in.
 *
 * A feature depends on its own columns and on what decides its view's rows and keys, not on the view's other features; a
 * column that decides rows reaches every feature of the view.
 */
export function around(graph: LineageGraph, from: readonly string[], direction: Direction): ReadonlySet<string> {
  const neighbours = new Neighbours(graph)
  const found = new Set<string>(from)
  if (direction !== 'downstream') reach(found, from, (id) => neighbours.upstream(id))
  if (direction !== 'upstream') reach(found, from, (id) => neighbours.downstream(id))
  for (const id of [...found]) {
    const parent = graph.nodes.get(id)?.parent
    if (parent !== undefined) found.add(parent)
  }
  return found
}

function reach(found: Set<string>, from: readonly string[], next: (id: string) => readonly string[]): void {
  const seen = new Set(from)
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    found.add(id)
    for (const one of next(id))
      if (!seen.has(one)) {
        seen.add(one)
        open.push(one)
      }
  }
}

class Neighbours {
  readonly #nodes: LineageGraph['nodes']
  readonly #into: ReadonlyMap<string, readonly Edge[]>
  readonly #outOf: ReadonlyMap<string, readonly Edge[]>
  readonly #inside: ReadonlyMap<string | undefined, readonly Node[]>

  constructor({ nodes, edges }: LineageGraph) {
    this.#nodes = nodes
    this.#into = Map.groupBy(edges, (edge) => edge.to)
    this.#outOf = Map.groupBy(edges, (edge) => edge.from)
    this.#inside = Map.groupBy(nodes.values(), (node) => node.parent)
  }

  upstream(id: string): readonly string[] {
    const { kind, parent } = this.#nodes.get(id) ?? {}
    const sources = [id, ...(kind === 'view' ? this.#contained(id) : [])].flatMap((one) => this.#into.get(one) ?? [])
    // What decides the view's rows and keys decides the feature's too. The view itself is no source of it.
    const shared = kind === 'feature' && parent !== undefined ? (this.#into.get(parent) ?? []) : []
    return [...(kind === 'view' ? this.#contained(id) : []), ...[...sources, ...shared].map((edge) => edge.from)]
  }

  downstream(id: string): readonly string[] {
    const reached = (this.#outOf.get(id) ?? []).map((edge) => edge.to)
    return [...this.#contained(id), ...reached]
  }

  #contained(id: string): readonly string[] {
    return (this.#inside.get(id) ?? []).map((node) => node.id)
  }
}
