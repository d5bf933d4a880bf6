/** What must not be told of a single entity, by tags of its own and by those of the columns that it is computed from. */
import { describe, expect, it } from 'vitest'
import type { Facts } from '../facts.ts'
import { NO_FACTS } from '../facts.ts'
import type { RegistrySnapshot } from '../objects.ts'
import { lineageData, lineageGraph } from './graph.ts'
import { PAYMENT_FACTS, registeredPayments } from './payments.fixture.ts'
import { sensitiveNames } from './sensitive.ts'

const REGISTERED = await registeredPayments()

type View = RegistrySnapshot['views'][number]

/** @param change to the newest version of the view, as it is registered and as it is read */
function namesOf(name: string, change: (view: View) => View = (view) => view, facts: Facts = PAYMENT_FACTS): string[] {
  const views = REGISTERED.views.map((view) => (view.name === name ? change(view) : view))
  const view = views.findLast((one) => one.name === name)
  if (!view) throw new Error(`no view ${name}`)
  const registry = { ...REGISTERED, views }
  return [...sensitiveNames(view, lineageData(1, lineageGraph(registry, facts)))].sort()
}

function tagged(column: string, tags: Readonly<Record<string, string>>): (view: View) => View {
  return (view) => ({
    ...view,
    features: view.features.map((one) => (one.name === column ? { ...one, tags } : one)),
  })
}

describe('a name of a view is sensitive', () => {
  it('when its values are computed from a column that is tagged so, unless its own tag says otherwise', () => {
    // `cards` counts them, and says that it reveals nothing.
    expect(namesOf('spend')).toEqual(['last_card'])
    expect(namesOf('spend', tagged('cards', {}))).toEqual(['cards', 'last_card'])
    expect(namesOf('spend', tagged('last_card', { pii: 'no' }))).toEqual([])
    expect(namesOf('spend', (view) => ({ ...view, tags: { pii: 'false' } }))).toEqual([])
    expect(namesOf('spend', tagged('spend_7d', { confidential: 'yes' }))).toEqual(['last_card', 'spend_7d'])
  })

  it('when a tag of its own is about something else', () => {
    expect(namesOf('spend', tagged('last_card', { phi: 'false' }))).toEqual(['last_card'])
  })

  it('with the keys, when its whole source is tagged so, unless the view says otherwise', () => {
    expect(namesOf('contact')).toEqual(['customer_id', 'email_domain'])
    expect(namesOf('contact', (view) => ({ ...view, tags: { pii: 'none' } }))).toEqual([])
  })

  it('when nobody has looked what it is computed from', () => {
    expect(namesOf('spend', undefined, NO_FACTS)).toEqual(['customer_id', 'last_card', 'spend_7d'])
  })

  it('as its newest version tags it, where an earlier one owns the rows', () => {
    const [first] = REGISTERED.views.filter((view) => view.name === 'spend')
    if (!first) throw new Error('no spend')
    const lineage = lineageData(1, lineageGraph(REGISTERED, PAYMENT_FACTS))
    const read = tagged('spend_7d', { pii: 'sum' })({ ...first, tags: { pii: 'false' } })
    expect([...sensitiveNames(read, lineage)]).toEqual(['spend_7d'])
  })
})
