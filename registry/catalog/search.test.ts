import { describe, expect, it } from 'vitest'
import { lineageData, lineageGraph } from './graph.ts'
import { PAYMENT_FACTS, registeredPayments } from './payments.fixture.ts'
import { type SearchOptions, search } from './search.ts'

const SNAPSHOT = await registeredPayments()
const LINEAGE = lineageData(SNAPSHOT.revision, lineageGraph(SNAPSHOT, PAYMENT_FACTS))

function found(query: string, options: SearchOptions = {}): readonly string[] {
  return search(LINEAGE, query, options).hits.map((hit) => hit.id)
}

describe('search', () => {
  it('finds by name, the object that is called so first', () => {
    expect(found('spend')).toEqual(['view:spend@2', 'feature:spend@2.spend_7d'])
    expect(found('SPEND_7d')).toEqual(['feature:spend@2.spend_7d'])
    expect(found('spe')).toContain('view:spend@2')
  })

  it('finds by description, owner and tag, and says where', () => {
    expect(found('fraud')).toEqual(['service:risk@2'])
    const [spend] = search(LINEAGE, 'risk@example.com', { kinds: ['view'] }).hits
    expect(spend).toMatchObject({ id: 'view:spend@2', owner: 'risk@example.com', matched: ['owner'] })
    expect(found('growth')).toEqual(['service:budget@2'])
  })

  it('finds what carries a tag because of what it is computed from', () => {
    expect(found('pii card', { kinds: ['feature'] })).toContain('feature:spend@2.last_card')
    expect(found('pii contact', { kinds: ['feature'] })).toEqual(['feature:contact@1.email_domain'])
  })

  it('wants every word, in whatever field', () => {
    expect(found('settled spend')).toEqual(['feature:spend@2.spend_7d'])
    expect(found('settled banana')).toEqual([])
  })

  it('passes over old versions and what is no longer defined', () => {
    expect(found('spend@1')).toEqual([])
    expect(found('budget')).toEqual(['service:budget@2'])
  })

  it('ranks a name above a tag, an owner and a description', () => {
    const [first, ...others] = found('risk')
    expect(first).toBe('service:risk@2')
    expect(others).toContain('view:spend@2') // its owner
    const scores = search(LINEAGE, 'risk').hits.map((hit) => hit.score)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
  })

  it('counts all and lists as many as asked for', () => {
    const answer = search(LINEAGE, 'pii', { limit: 2 })
    expect(answer.hits).toHaveLength(2)
    expect(answer.total).toBeGreaterThan(2)
  })
})
