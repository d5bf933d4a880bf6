import { describe, expect, it } from 'vitest'
import { NO_FACTS } from '../facts.ts'
import { CONTACT_FACTS, PAYMENT_FACTS, paymentDefinitions, SPEND_FACTS } from './payments.fixture.ts'
import { definitionWarnings } from './warnings.ts'

const FACTS = { ...PAYMENT_FACTS, views: { spend: SPEND_FACTS, contact: CONTACT_FACTS } }

describe('a plan warns', () => {
  it('of a public feature that is computed from sensitive data, and of no other', async () => {
    expect(await definitionWarnings(paymentDefinitions(), FACTS)).toEqual([
      "feature contact.email_domain is public and carries pii: contact, from source customers. Make it visibility: 'server', or say tags: { pii: 'false' } on email_domain if it reveals nothing.",
    ])
  })

  it('of every public feature of a source with such a column, where nobody could look', async () => {
    const warnings = await definitionWarnings(paymentDefinitions(), NO_FACTS)
    expect(warnings.map((one) => one.split(' ')[1])).toEqual(['contact.email_domain', 'spend.spend_7d'])
  })
})
