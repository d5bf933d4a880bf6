import { describe, expect, it } from 'vitest'
import { lineageGraph } from './graph.ts'
import { PAYMENT_FACTS, registeredPayments } from './payments.fixture.ts'
import { findNode } from './reference.ts'

const GRAPH = lineageGraph(await registeredPayments(), PAYMENT_FACTS)

describe('a reference', () => {
  it.each([
    ['spend', 'view:spend@2'],
    ['spend@1', 'view:spend@1'],
    ['view:spend', 'view:spend@2'],
    ['spend.cards', 'feature:spend@2.cards'],
    ['spend:cards', 'feature:spend@2.cards'],
    ['spend@1:cards', 'feature:spend@1.cards'],
    ['feature:spend@1.cards', 'feature:spend@1.cards'],
    ['payments', 'source:payments'],
    ['payments.card', 'column:payments.card'],
    ['payments.CARD', 'column:payments.card'],
    ['customer', 'entity:customer'],
    ['risk@1', 'service:risk@1'],
  ])('%s is %s', (reference, id) => {
    expect(findNode(GRAPH, reference).id).toBe(id)
  })

  it.each([
    ['spend@3', 'Nothing is registered as spend@3.'],
    ['paymnts', 'Nothing is registered as paymnts. Did you mean payments?'],
    ['payments.crad', 'Did you mean payments.card?'],
    ['view:risk', 'Nothing is registered as view:risk.'],
    ['?!', 'GET /v1/registry/search?q=… finds objects by any of their words.'],
  ])('%s is nothing', (reference, message) => {
    expect(() => findNode(GRAPH, reference)).toThrow(message)
  })

  it('that two kinds have says which to write', async () => {
    const snapshot = await registeredPayments()
    const entities = snapshot.entities.map((one) => ({ ...one, name: 'payments' }))
    const graph = lineageGraph({ ...snapshot, entities }, PAYMENT_FACTS)
    expect(() => findNode(graph, 'payments')).toThrow(
      'payments is the name of several objects. Write one of entity:payments, source:payments.',
    )
    expect(findNode(graph, 'source:payments').kind).toBe('source')
  })
})
