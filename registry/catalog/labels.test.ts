import { describe, expect, it } from 'vitest'
import { lineageGraph } from './graph.ts'
import { type Label, labelsOf } from './labels.ts'
import { PAYMENT_FACTS, registeredPayments } from './payments.fixture.ts'

const LABELS = labelsOf(lineageGraph(await registeredPayments(), PAYMENT_FACTS))

function labels(id: string): Readonly<Record<string, string>> {
  return Object.fromEntries((LABELS.get(id) ?? []).map(({ tag, value, from }) => [`${tag}: ${value}`, from.join(', ')]))
}

describe('labels', () => {
  it('come with a column to every feature that is computed from it', () => {
    expect(labels('feature:spend@2.last_card')).toEqual({ 'pii: card': 'column:payments.card' })
    expect(labels('feature:spend@2.spend_7d')).toEqual({})
  })

  it('come with a source to all its columns and what is computed from them', () => {
    expect(labels('column:customers.unused')).toEqual({ 'pii: contact': 'source:customers' })
    expect(labels('feature:contact@1.email_domain')).toEqual({ 'pii: contact': 'source:customers' })
  })

  it('end where a feature says otherwise', () => {
    expect(labels('feature:spend@2.cards')).toEqual({ 'pii: false': 'feature:spend@2.cards' })
  })

  it('do not come from columns that only decide which rows there are', () => {
    // customer_id groups the rows of spend; only its use as a join key passes its tag on, to the view.
    expect(labels('feature:spend@2.spend_7d')).not.toHaveProperty(['pseudonymous: true'])
    expect(labels('view:spend@2')).toMatchObject({ 'pseudonymous: true': 'column:payments.customer_id' })
  })

  it('reach a view from all its features, and a service from those that it takes and the keys that callers send', () => {
    expect(labels('view:spend@2')).toEqual({
      'pii: card': 'column:payments.card',
      'pii: false': 'feature:spend@2.cards',
      'pseudonymous: true': 'column:payments.customer_id',
    })
    expect(labels('service:budget@2')).toEqual({
      'pseudonymous: true': 'column:payments.customer_id',
      'team: growth': 'service:budget@2',
    })
    expect(labels('service:risk@2')).toEqual({
      'pii: card': 'column:payments.card',
      'pii: contact': 'source:customers',
      'pii: false': 'feature:spend@2.cards',
      'pseudonymous: true': 'column:payments.customer_id',
    })
  })

  it('name everybody who carries one', () => {
    const shared: readonly Label[] = LABELS.get('service:risk@1') ?? []
    expect(shared.find((one) => one.value === 'contact')?.from).toEqual(['source:customers'])
  })
})
