import { beforeAll, describe, expect, it } from 'vitest'
import { applyDefinitions } from '../apply.ts'
import { NO_FACTS } from '../facts.ts'
import { type Lineage, lineageData, lineageGraph } from './graph.ts'
import { PAYMENT_FACTS, paymentDefinitions, registeredPayments } from './payments.fixture.ts'

let lineage: Lineage

beforeAll(async () => {
  const snapshot = await registeredPayments()
  lineage = lineageData(snapshot.revision, lineageGraph(snapshot, PAYMENT_FACTS))
})

function node(id: string) {
  return lineage.nodes.find((one) => one.id === id)
}

function into(id: string): readonly string[] {
  return lineage.edges.filter((edge) => edge.to === id).map((edge) => `${edge.kind} ${edge.from}`)
}

describe('the lineage graph', () => {
  it('has every object, retained versions, and the columns that were found in the sources', () => {
    const ids = lineage.nodes.map((one) => one.id)
    expect(ids.filter((id) => !/^(column|feature):/.test(id))).toEqual([
      'entity:customer',
      'source:customers',
      'source:payments',
      'view:contact@1',
      'view:spend@1',
      'view:spend@2',
      'service:budget@1',
      'service:budget@2',
      'service:risk@1',
      'service:risk@2',
    ])
    expect(ids).toContain('column:customers.unused')
    expect(new Set(ids).size).toBe(ids.length)
    expect(node('feature:spend@2.spend_7d')).toMatchObject({
      name: 'spend_7d',
      parent: 'view:spend@2',
      type: 'float64',
      visibility: 'public',
      description: 'Settled payments of seven days',
    })
    expect(node('column:payments.card')).toMatchObject({
      parent: 'source:payments',
      type: 'VARCHAR',
      tags: { pii: 'card' },
    })
  })

  it('draws values from the columns they are computed from, and rows from those that decide them', () => {
    expect(into('feature:spend@2.spend_7d')).toEqual(['values column:payments.amount'])
    expect(into('view:spend@2')).toEqual([
      'keys entity:customer',
      'keys column:payments.customer_id',
      'keys column:payments.at',
      'rows column:payments.customer_id',
      'rows column:payments.status',
    ])
    expect(into('service:budget@1')).toEqual(['takes feature:spend@1.spend_7d'])
  })

  it('has only edges between nodes that it has', () => {
    const ids = new Set(lineage.nodes.map((one) => one.id))
    expect(lineage.edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([])
  })

  it('takes a column to be the one that DuckDB means, whatever its case', async () => {
    const { snapshot } = await applyDefinitions(await registeredPayments(), paymentDefinitions('10d'))
    const facts = {
      ...PAYMENT_FACTS,
      views: { 'contact@1': { columns: { email_domain: ['customers.EMAIL_Domain'] }, rows: [] } },
    }
    const { edges } = lineageGraph(snapshot, facts)
    expect(edges.filter((edge) => edge.to === 'feature:contact@1.email_domain')).toEqual([
      { from: 'column:customers.email_domain', to: 'feature:contact@1.email_domain', kind: 'values' },
    ])
  })

  it('takes a view that nobody checked to read everything of its sources', async () => {
    const { edges, nodes } = lineageGraph(await registeredPayments(), NO_FACTS)
    expect(edges.filter((edge) => edge.to === 'feature:spend@2.cards').map((edge) => edge.from)).toEqual([
      'source:payments',
      'column:payments.card',
      'column:payments.customer_id',
    ])
    expect(nodes.get('source:payments')).toBeDefined()
  })

  it('keeps a source that is no longer defined for the versions that read it, marked retired', async () => {
    const definitions = paymentDefinitions('10d')
    const without = {
      ...definitions,
      sources: definitions.sources.filter((source) => source.name !== 'customers'),
      views: definitions.views.filter((view) => view.name !== 'contact'),
      services: definitions.services.filter((service) => service.name !== 'risk'),
    }
    const { snapshot } = await applyDefinitions(await registeredPayments(), without)
    const { nodes } = lineageGraph(snapshot, PAYMENT_FACTS)
    for (const id of ['source:customers', 'view:contact@1', 'service:risk@2'])
      expect(nodes.get(id)).toMatchObject({ retired: true })
    expect(nodes.get('source:payments')).not.toHaveProperty('retired')
  })
})
