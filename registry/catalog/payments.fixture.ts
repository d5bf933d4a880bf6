/** Two sources with personal data, two views and two services, registered twice: the second apply changed a ttl. */
import { t } from '../../core/types.ts'
import { applyDefinitions } from '../apply.ts'
import { collect } from '../definitions/collect.ts'
import { entity } from '../definitions/entity.ts'
import { featureService } from '../definitions/feature-service.ts'
import { featureView } from '../definitions/feature-view.ts'
import type { Duration } from '../definitions/options.ts'
import { parquetSource } from '../definitions/parquet-source.ts'
import type { Facts, ViewFacts } from '../facts.ts'
import { type Definitions, EMPTY_REGISTRY, type RegistrySnapshot } from '../objects.ts'

const customer = entity('customer', {
  joinKeys: { customer_id: t.string() },
  description: 'Who pays',
  owner: 'risk@example.com',
})
const payments = parquetSource('payments', {
  path: 'file:///payments/*.parquet',
  timestamp: 'at',
  columnTags: { card: { pii: 'card' }, customer_id: { pseudonymous: 'true' } },
})
const customers = parquetSource('customers', {
  path: 'file:///customers/*.parquet',
  timestamp: 'changed',
  owner: 'crm@example.com',
  tags: { pii: 'contact' },
})

export function paymentDefinitions(ttl: Duration = '30d'): Definitions {
  const spend = featureView('spend', {
    entity: customer,
    source: payments,
    ttl,
    owner: 'risk@example.com',
    description: 'What a customer spent',
    sql: "select customer_id, max(at) as event_timestamp, sum(amount) as spend_7d, count(distinct card) as cards, any_value(card) as last_card from payments where status = 'settled' group by customer_id",
    features: {
      spend_7d: { type: t.float64(), description: 'Settled payments of seven days', visibility: 'public' },
      cards: { type: t.int64(), tags: { pii: 'false' }, visibility: 'public' },
      last_card: t.string(),
    },
  })
  const contact = featureView('contact', {
    entity: customer,
    source: customers,
    features: { email_domain: { type: t.string(), visibility: 'public' } },
  })
  return collect({
    risk: featureService('risk', { features: [spend, contact], description: 'Card fraud' }),
    budget: featureService('budget', { features: [spend.pick('spend_7d')], tags: { team: 'growth' } }),
  })
}

export const SPEND_FACTS: ViewFacts = {
  columns: {
    customer_id: ['payments.customer_id'],
    event_timestamp: ['payments.at'],
    spend_7d: ['payments.amount'],
    cards: ['payments.card'],
    last_card: ['payments.card'],
  },
  rows: ['payments.customer_id', 'payments.status'],
}
export const CONTACT_FACTS: ViewFacts = {
  columns: {
    customer_id: ['customers.customer_id'],
    event_timestamp: ['customers.changed'],
    email_domain: ['customers.email_domain'],
  },
  rows: [],
}

const text = (name: string) => ({ name, type: 'VARCHAR' })

export const PAYMENT_FACTS: Facts = {
  sources: {
    payments: { columns: [...['customer_id', 'card', 'amount', 'status', 'at'].map(text)] },
    customers: { columns: [...['customer_id', 'email_domain', 'changed', 'unused'].map(text)] },
  },
  views: { 'spend@1': SPEND_FACTS, 'spend@2': SPEND_FACTS, 'contact@1': CONTACT_FACTS },
}

/** Versions `spend@1`, `spend@2`, `contact@1`, `risk@1`, `risk@2`, `budget@1`, `budget@2`. */
export async function registeredPayments(): Promise<RegistrySnapshot> {
  const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, paymentDefinitions('30d'))
  return (await applyDefinitions(snapshot, paymentDefinitions('10d'))).snapshot
}
