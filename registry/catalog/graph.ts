/**
 * Lineage: what is computed from what, from the columns of sources to services, as a graph that can be drawn. Columns stand
 * inside their source and features inside their view (`parent`); everything else is an edge in the direction of the data.
 */
import type { Facts, ViewFacts } from '../facts.ts'
import type {
  EntityObject,
  Metadata,
  OnDemandObject,
  RegistrySnapshot,
  ServiceObject,
  SourceObject,
  ViewObject,
} from '../objects.ts'
import { viewId } from '../objects.ts'
import { viewInputs } from '../on-demand.ts'
import { type Label, labelsOf } from './labels.ts'

export const NODE_KINDS = ['entity', 'source', 'column', 'view', 'feature', 'service'] as const
export type NodeKind = (typeof NODE_KINDS)[number]

export interface Node extends Metadata {
  /** `source:flights`, `column:flights.delay`, `view:airport_delays@1`, `feature:airport_delays@1.avg_delay`, … */
  readonly id: string
  readonly kind: NodeKind
  readonly name: string
  readonly version?: number
  /** The source of a column, the view of a feature. */
  readonly parent?: string
  readonly type?: string
  readonly visibility?: 'server' | 'public'
  /** No longer defined. */
  readonly retired?: true
}

export interface Edge {
  readonly from: string
  readonly to: string
  /**
   * `values`: the feature's values are computed from the column (or, where nobody looked, from the source), or on demand from
   * another feature. `keys`: join keys and the event timestamp of the view come from it. `rows`: it decides which rows the view has (filters, joins, groups).
   * `takes`: the service answers with the feature.
   */
  readonly kind: 'values' | 'keys' | 'rows' | 'takes'
}

export interface LineageGraph {
  readonly nodes: ReadonlyMap<string, Node>
  readonly edges: readonly Edge[]
}

export interface LabelledNode extends Node {
  /** Tags of its own, and those inherited from what it is computed from. */
  readonly labels: readonly Label[]
}

/** What `GET /v1/registry/lineage` answers. */
export interface Lineage {
  /** The registry revision. */
  readonly registry: number
  readonly nodes: readonly LabelledNode[]
  readonly edges: readonly Edge[]
}

export const nodeId = {
  entity: (name: string): string => `entity:${name}`,
  source: (name: string): string => `source:${name}`,
  /** @param column `source.column` */
  column: (column: string): string => `column:${column}`,
  view: (view: string): string => `view:${view}`,
  feature: (view: string, feature: string): string => `feature:${view}.${feature}`,
  service: (service: string): string => `service:${service}`,
}

/** The whole graph, retained versions included, in the order of the registry. */
export function lineageGraph(snapshot: RegistrySnapshot, facts: Facts): LineageGraph {
  const graph = new Builder(snapshot, facts)
  for (const entity of snapshot.entities) graph.entity(entity)
  for (const source of snapshot.sources) graph.source(source)
  for (const view of snapshot.views) graph.view(view)
  for (const view of snapshot.on_demand ?? []) graph.onDemand(view)
  for (const service of snapshot.services) graph.service(service)
  return graph
}

/** The graph as data. @param only the ids of the nodes that are wanted; all of them without it */
export function lineageData(registry: number, graph: LineageGraph, only?: ReadonlySet<string>): Lineage {
  const labels = labelsOf(graph)
  const wanted = (id: string): boolean => only?.has(id) ?? true
  return {
    registry,
    nodes: [...graph.nodes.values()]
      .filter(({ id }) => wanted(id))
      .map((node) => ({ ...node, labels: labels.get(node.id) ?? [] })),
    edges: graph.edges.filter(({ from, to }) => wanted(from) && wanted(to)),
  }
}

class Builder implements LineageGraph {
  readonly nodes = new Map<string, Node>()
  readonly edges: Edge[] = []
  readonly #facts: Facts
  readonly #defined: ReadonlySet<string>
  /** Lower-case `source.column` -> the id of its node: DuckDB tells no case apart. */
  readonly #columns = new Map<string, string>()
  readonly #onDemand: ReadonlyMap<string, OnDemandObject>

  constructor(snapshot: RegistrySnapshot, facts: Facts) {
    this.#facts = facts
    this.#onDemand = new Map((snapshot.on_demand ?? []).map((view) => [viewId(view), view]))
    this.#defined = new Set(snapshot.sources.map((source) => source.name))
  }

  entity({ name, join_keys, ...rest }: EntityObject): void {
    const type = join_keys.map((key) => `${key.name} ${key.type}`).join(', ')
    this.#add({ id: nodeId.entity(name), kind: 'entity', name, ...(type === '' ? {} : { type }), ...metadata(rest) })
  }

  source(source: SourceObject): void {
    const { name } = source
    const retired = this.#defined.has(name) ? {} : { retired: true as const }
    this.#add({ id: nodeId.source(name), kind: 'source', name, ...metadata(source), ...retired })
    if (source.format === 'push') {
      for (const column of source.schema) this.#column(name, column.name, column.type)
      return
    }
    const found = Object.hasOwn(this.#facts.sources, name) ? this.#facts.sources[name] : undefined
    for (const column of found?.columns ?? []) this.#column(name, column.name, column.type)
    for (const column of Object.keys(source.column_tags ?? {})) this.#column(name, column)
    for (const [column, tags] of Object.entries(source.column_tags ?? {})) {
      const node = this.nodes.get(this.#column(name, column))
      if (node) this.nodes.set(node.id, { ...node, tags })
    }
  }

  view(view: ViewObject): void {
    const id = viewId(view)
    for (const source of view.reads) if (!this.nodes.has(nodeId.source(source.name))) this.source(source)
    this.#viewNodes(view)
    if (this.nodes.has(nodeId.entity(view.entity))) this.#edge(nodeId.entity(view.entity), nodeId.view(id), 'keys')
    const facts = Object.hasOwn(this.#facts.views, id) ? this.#facts.views[id] : undefined
    if (facts) this.#readColumns(view, facts)
    else this.#readEverything(view)
    this.#readPushed(view)
  }

  /** What it reads comes first: its join keys are theirs. */
  onDemand(view: OnDemandObject): void {
    const id = viewId(view)
    if (this.nodes.has(nodeId.view(id))) return
    const inputs = viewInputs(view)
    for (const input of inputs) {
      const read = this.#onDemand.get(input.view)
      if (read) this.onDemand(read)
    }
    this.#viewNodes(view)
    const keys = [...new Set(inputs.flatMap((input) => this.#keysInto(nodeId.view(input.view))))]
    for (const from of keys) this.#edge(from, nodeId.view(id), 'keys')
    const columns = new Map(
      inputs.flatMap((input) =>
        input.features.map(({ feature, name }) => [name, nodeId.feature(input.view, feature)] as const),
      ),
    )
    const keyNames = new Set(view.join_keys.map((key) => key.name))
    const keyColumns = keys.filter((from) => this.nodes.get(from)?.kind !== 'entity')
    for (const { name: feature } of view.features) {
      const from = rowReads(view, feature).flatMap(
        (name) => columns.get(name) ?? (keyNames.has(name) ? keyColumns : []),
      )
      for (const one of new Set(from)) this.#edge(one, nodeId.feature(id, feature), 'values')
    }
  }

  service(service: ServiceObject): void {
    const { name, version } = service
    const id = nodeId.service(viewId(service))
    const retired = service.retired ? { retired: true as const } : {}
    this.#add({ id, kind: 'service', name, version, ...metadata(service), ...retired })
    const taken = service.inputs.flatMap((input) =>
      input.features.map(({ feature }) => nodeId.feature(input.view, feature)),
    )
    for (const feature of new Set(taken)) this.#edge(feature, id, 'takes')
  }

  #viewNodes(view: ViewObject | OnDemandObject): void {
    const { name, version } = view
    const id = viewId(view)
    const retired = view.retired ? { retired: true as const } : {}
    this.#add({ id: nodeId.view(id), kind: 'view', name, version, ...metadata(view), ...retired })
    for (const { name: feature, type, visibility, ...rest } of view.features)
      this.#add({
        id: nodeId.feature(id, feature),
        kind: 'feature',
        name: feature,
        parent: nodeId.view(id),
        type,
        visibility,
        ...metadata(rest),
      })
  }

  /** Where the join keys of a view come from. */
  #keysInto(view: string): readonly string[] {
    return this.edges.filter(({ to, kind }) => kind === 'keys' && to === view).map(({ from }) => from)
  }

  #readColumns(view: ViewObject, facts: ViewFacts): void {
    const id = viewId(view)
    const features = new Set(view.features.map((feature) => feature.name))
    const keys = new Set<string>()
    for (const [name, columns] of Object.entries(facts.columns))
      for (const column of columns)
        if (features.has(name)) this.#edge(this.#named(column), nodeId.feature(id, name), 'values')
        else keys.add(this.#named(column))
    for (const column of keys) this.#edge(column, nodeId.view(id), 'keys')
    for (const column of new Set(facts.rows.map((one) => this.#named(one)))) this.#edge(column, nodeId.view(id), 'rows')
  }

  /** Nobody has looked which columns the view reads: then it may be any of its sources'. */
  #readEverything(view: ViewObject): void {
    const id = viewId(view)
    for (const source of view.reads) {
      const columns = [...this.nodes.values()].filter((node) => node.parent === nodeId.source(source.name))
      for (const from of [nodeId.source(source.name), ...columns.map((column) => column.id)]) {
        this.#edge(from, nodeId.view(id), 'keys')
        for (const feature of view.features) this.#edge(from, nodeId.feature(id, feature.name), 'values')
      }
    }
  }

  /** What is pushed comes under the names that the features and the join keys have. */
  #readPushed({ push, pushed = [], join_keys, ...view }: ViewObject): void {
    if (push === undefined) return
    const id = viewId(view)
    if (!this.nodes.has(nodeId.source(push)))
      this.#add({ id: nodeId.source(push), kind: 'source', name: push, retired: true })
    for (const { name } of join_keys) this.#edge(this.#column(push, name), nodeId.view(id), 'keys')
    for (const name of pushed) this.#edge(this.#column(push, name), nodeId.feature(id, name), 'values')
  }

  /** @param column `source.column` */
  #named(column: string): string {
    const dot = column.indexOf('.')
    return this.#column(column.slice(0, dot), column.slice(dot + 1))
  }

  #column(source: string, name: string, type?: string): string {
    const key = `${source}.${name}`.toLowerCase()
    const known = this.#columns.get(key)
    if (known !== undefined) return known
    const id = nodeId.column(`${source}.${name}`)
    this.#columns.set(key, id)
    this.#add({ id, kind: 'column', name, parent: nodeId.source(source), ...(type === undefined ? {} : { type }) })
    return id
  }

  #add(node: Node): void {
    this.nodes.set(node.id, node)
  }

  #edge(from: string, to: string, kind: Edge['kind']): void {
    this.edges.push({ from, to, kind })
  }
}

/** The columns of the row that a feature is computed from: of code nobody knows, but for its arguments. */
function rowReads({ form, row }: OnDemandObject, feature: string): readonly string[] {
  if (form.kind === 'sql') return form.bound[feature]?.reads ?? []
  return form.kind === 'wasm' ? form.args : row.map((column) => column.name)
}

function metadata({ description, owner, tags }: Metadata): Metadata {
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(tags === undefined ? {} : { tags }),
  }
}
