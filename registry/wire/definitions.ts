/** The shape of definitions in `POST /v1/registry/plan` and `apply`. What the names refer to is checked by `registry/apply.ts`. */
import * as z from 'zod'
import type { ExpressionJson } from '../../core/expressions/tree.ts'
import { isName, parseReference } from '../../core/name.ts'
import { isKeyKind, KEY_KINDS, parseType, typeNames } from '../../core/types.ts'
import { isConstant, STATISTICS } from '../statistics.ts'
import { storedValue } from './answers/shape.ts'
import { checkObject } from './checks.ts'
import { isExpression } from './expression.ts'

const name = z
  .string()
  .refine(isName, 'is not a name: lower-case letters, digits, single underscores, starting with a letter, at most 63')
const keyType = z.string().refine(isKeyKind, `is no type of a join key; the types are ${KEY_KINDS.join(', ')}`)
const valueType = z.string().refine(isTypeText, `is no value type; the types are ${typeNames()}`)
const tags = z.record(z.string(), z.string())
const metadata = { description: z.string().optional(), owner: z.string().optional(), tags: tags.optional() }

const entity = z.strictObject({
  name,
  ...metadata,
  join_keys: z.array(z.strictObject({ name, type: keyType })),
})

const column = z.strictObject({ name: z.string().min(1), type: valueType })

const fileSource = {
  name,
  ...metadata,
  path: z.string().min(1),
  timestamp: z.string().min(1),
  created: z.string().optional(),
  columns: z.record(z.string(), z.string()).optional(),
  column_tags: z.record(z.string(), tags).optional(),
  schema_drift: z.literal('union').optional(),
}

const parquetSource = z.strictObject({ ...fileSource, format: z.literal('parquet') })

const csvSource = z.strictObject({
  ...fileSource,
  format: z.literal('csv'),
  types: z.array(column),
  delimiter: z.string().length(1).optional(),
  header: z.literal(false).optional(),
  null_text: z.string().optional(),
})

const ndjsonSource = z.strictObject({ ...fileSource, format: z.literal('ndjson'), types: z.array(column).min(1) })

const pushSource = z.strictObject({
  name,
  ...metadata,
  format: z.literal('push'),
  kind: z.enum(['features', 'events']),
  schema: z.array(z.strictObject({ name, type: valueType })).min(1),
})

const source = z.discriminatedUnion('format', [parquetSource, csvSource, ndjsonSource, pushSource])

const feature = z.strictObject({
  name,
  type: valueType,
  description: z.string().optional(),
  tags: tags.optional(),
  visibility: z.enum(['server', 'public']),
})

const view = z.strictObject({
  name,
  ...metadata,
  entity: name,
  sources: z.array(name),
  push: name.optional(),
  consistency: z.literal('primary').optional(),
  sql: z.string().optional(),
  timestamp: z.string().min(1),
  created: z.string().optional(),
  ttl: z.string().optional(),
  lookback: z.string().optional(),
  freshness: z.string().optional(),
  schedule: z.string().optional(),
  lag: z.string().optional(),
  retention: z.string().optional(),
  online: z.enum(['kv', 'd1']),
  checks: z.array(checkObject).optional(),
  features: z.array(feature).min(1),
})

const viewInput = z.strictObject({
  view: name,
  as: name,
  keys: z.record(z.string(), name),
  features: z.array(z.strictObject({ feature: name, name })).min(1),
})

const requestInput = z.strictObject({ request: z.array(z.strictObject({ name, type: valueType })).min(1) })

const usedStatistic = {
  set: z.string().refine((text) => parseReference(text)?.version !== undefined, 'is no version of a training set'),
  column: z.string().min(1),
  statistic: z.string().refine((text) => STATISTICS.includes(text), `is none; there are ${STATISTICS.join(', ')}`),
  type: valueType,
  value: storedValue,
}
const CONSTANT = 'is no value of its type'
const constantOf = ({ type, value }: { readonly type: string; readonly value: unknown }): boolean =>
  isTypeText(type) && isConstant(parseType(type), value)
const statistic = z.strictObject(usedStatistic).refine(constantOf, CONSTANT)
const statisticsInput = z.strictObject({
  statistics: z.array(z.strictObject({ name, ...usedStatistic }).refine(constantOf, CONSTANT)).min(1),
})

const expression = z.strictObject({
  sql: z.string(),
  tree: z.custom<ExpressionJson>(isExpression, 'is no expression tree that is evaluated here'),
  reads: z.array(name),
})

const contentHash = z.string().regex(/^[0-9a-f]{64}$/, 'is no content hash; the command line bundles and uploads code')

const onDemandView = z.strictObject({
  name,
  ...metadata,
  inputs: z.array(z.union([viewInput, requestInput, statisticsInput])).min(1),
  features: z.array(feature).min(1),
  form: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('sql'),
      sql: z.record(name, z.string()),
      bound: z.record(name, expression),
      packs: z.array(z.string()),
      statistics: z.array(statistic).optional(),
    }),
    z.strictObject({ kind: z.literal('typescript'), code: contentHash }),
    z.strictObject({
      kind: z.literal('wasm'),
      code: contentHash,
      export: z.string().min(1),
      args: z.array(name),
      returns: z.array(name),
    }),
  ]),
})

const service = z.strictObject({
  name,
  ...metadata,
  inputs: z.array(viewInput).min(1),
})

export const definitionsShape = z.strictObject({
  entities: z.array(entity),
  sources: z.array(source),
  views: z.array(view),
  on_demand: z.array(onDemandView).optional(),
  services: z.array(service),
})

function isTypeText(text: string): boolean {
  try {
    parseType(text)
    return true
  } catch {
    return false
  }
}
