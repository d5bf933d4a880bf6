/** Definitions of a suite: a view that runs once a day, and one that is run when somebody asks. */
import { entity, featureService, featureView, parquetSource, t } from '../../../registry/index.ts'

const folder = process.env['LAKE_FOLDER'] ?? '/nonexistent'
const shop = entity('shop', { joinKeys: { shop: t.string() } })
const source = (name: string) =>
  parquetSource(name, { path: `file://${folder}/${name}/*.parquet`, timestamp: 'at', columns: {} })

export const sales = featureView('sales', {
  entity: shop,
  source: source('sales'),
  schedule: '0 3 * * *',
  features: { sold: t.int64() },
})
export const stock = featureView('stock', { entity: shop, source: source('stock'), features: { left: t.int64() } })

export const shops = featureService('shops', { features: [sales, stock] })
