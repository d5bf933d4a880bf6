/** Definitions of the suite of syncs: what cards spend, once where checks warn and once where they block. */
import { check, entity, featureService, featureView, parquetSource, t } from '../../../registry/index.ts'

const folder = process.env['LAKE_FOLDER'] ?? '/nonexistent'

const card = entity('card', { joinKeys: { card: t.string() } })
const payments = parquetSource('payments', { path: `file://${folder}/payments/*.parquet`, timestamp: 'at' })
const features = { amount: t.float64(), payments: t.int64() }
const sql =
  'select card, max("at") as event_timestamp, sum(amount) as amount, count(*) as payments from payments group by card'

export const spend = featureView('spend', { entity: card, source: payments, schedule: '0 * * * *', sql, features })

export const guardedSpend = featureView('guarded_spend', {
  entity: card,
  source: payments,
  sql,
  features,
  checks: [check.notNull('amount'), check.meanChange('amount', { max: 0.5, severity: 'error' })],
})

export const cardSpend = featureService('card_spend', { features: [spend] })
export const cardBoth = featureService('card_both', {
  features: [spend.pick('amount'), guardedSpend.pick('amount').rename({ amount: 'guarded_amount' })],
})
