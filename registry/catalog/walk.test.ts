import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Edge, type LineageGraph, lineageGraph, type Node, nodeId } from './graph.ts'
import { PAYMENT_FACTS, registeredPayments } from './payments.fixture.ts'
import { around, type Direction } from './walk.ts'

const GRAPH = lineageGraph(await registeredPayments(), PAYMENT_FACTS)

function walk(id: string, direction: Direction): readonly string[] {
  return [...around(GRAPH, [id], direction)].filter((one) => one !== id).sort()
}

describe('lineage of one object', () => {
  it('goes up from a feature to its own columns and to what decides the rows and keys of its view', () => {
    expect(walk('feature:spend@2.spend_7d', 'upstream')).toEqual([
      'column:payments.amount',
      'column:payments.at',
      'column:payments.customer_id',
      'column:payments.status',
      'entity:customer',
      'source:payments',
      'view:spend@2',
    ])
  })

  it('goes down from a column to the features computed from it and the services that take them', () => {
    expect(walk('column:payments.amount', 'downstream')).toEqual([
      'feature:spend@1.spend_7d',
      'feature:spend@2.spend_7d',
      'service:budget@1',
      'service:budget@2',
      'service:risk@1',
      'service:risk@2',
      'source:payments',
      'view:spend@1',
      'view:spend@2',
    ])
  })

  it('goes down from a column that decides rows to every feature of the view', () => {
    const reached = walk('column:payments.status', 'downstream')
    for (const feature of ['cards', 'last_card', 'spend_7d']) expect(reached).toContain(`feature:spend@2.${feature}`)
    expect(reached).not.toContain('feature:contact@1.email_domain')
  })

  it('goes down from a source to everything that reads it', () => {
    expect(walk('source:customers', 'downstream').filter((id) => /^(view|service)/.test(id))).toEqual([
      'service:risk@1',
      'service:risk@2',
      'view:contact@1',
    ])
  })

  it('goes both ways at once', () => {
    expect(walk('feature:contact@1.email_domain', 'both')).toEqual([
      'column:customers.changed',
      'column:customers.customer_id',
      'column:customers.email_domain',
      'entity:customer',
      'service:risk@1',
      'service:risk@2',
      'source:customers',
      'view:contact@1',
    ])
  })
})

const VIEWS = ['a', 'b']
const PARTS = ['1', '2', '3']

/** Any graph of columns, features of two views, and services. */
const graphs: fc.Arbitrary<LineageGraph> = fc
  .record({
    values: fc.array(fc.tuple(fc.constantFrom(...PARTS), fc.constantFrom(...VIEWS), fc.constantFrom(...PARTS))),
    views: fc.array(
      fc.tuple(fc.constantFrom(...PARTS), fc.constantFrom(...VIEWS), fc.constantFrom('rows' as const, 'keys' as const)),
    ),
    takes: fc.array(fc.tuple(fc.constantFrom(...VIEWS), fc.constantFrom(...PARTS), fc.constantFrom('s', 't'))),
  })
  .map(({ values, views, takes }) => {
    const nodes: Node[] = [
      { id: nodeId.source('x'), kind: 'source', name: 'x' },
      ...PARTS.map(
        (name): Node => ({ id: nodeId.column(`x.${name}`), kind: 'column', name, parent: nodeId.source('x') }),
      ),
      ...VIEWS.flatMap((view): Node[] => [
        { id: nodeId.view(view), kind: 'view', name: view },
        ...PARTS.map(
          (name): Node => ({ id: nodeId.feature(view, name), kind: 'feature', name, parent: nodeId.view(view) }),
        ),
      ]),
      ...['s', 't'].map((name): Node => ({ id: nodeId.service(name), kind: 'service', name })),
    ]
    const edges: Edge[] = [
      ...values.map(
        ([column, view, name]): Edge => ({
          from: nodeId.column(`x.${column}`),
          to: nodeId.feature(view, name),
          kind: 'values',
        }),
      ),
      ...views.map(
        ([column, view, kind]): Edge => ({ from: nodeId.column(`x.${column}`), to: nodeId.view(view), kind }),
      ),
      ...takes.map(
        ([view, name, service]): Edge => ({
          from: nodeId.feature(view, name),
          to: nodeId.service(service),
          kind: 'takes',
        }),
      ),
    ]
    return { nodes: new Map(nodes.map((node) => [node.id, node])), edges }
  })

describe('in any graph', () => {
  it('what is upstream of something has it downstream, and the other way round', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const ids = [...graph.nodes.values()]
          .filter(({ kind }) => ['column', 'feature', 'service'].includes(kind))
          .map(({ id }) => id)
        for (const from of ids)
          for (const to of ids)
            expect(around(graph, [from], 'downstream').has(to)).toBe(around(graph, [to], 'upstream').has(from))
      }),
      { numRuns: 60, seed: 7 },
    )
  })
})
