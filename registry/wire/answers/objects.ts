/** The registry's objects as JSON: `registry/objects.ts` says the same to the compiler, and is checked against it. */
import * as z from 'zod'
import type {
  CsvSourceObject,
  EntityObject,
  LakeSourceObject,
  NdjsonSourceObject,
  OnDemandForm,
  OnDemandInput,
  OnDemandObject,
  ParquetSourceObject,
  RegistrySnapshot,
  ServiceInput,
  ServiceObject,
  SourceObject,
  ViewObject,
} from '../../objects.ts'
import { checkObject } from '../checks.ts'
import {
  answer,
  count,
  expressionTree,
  list,
  record,
  shapeOf,
  storedValue,
  tags,
  texts,
  viewRef,
  visibility,
} from './shape.ts'

const version = z.int().min(1)
export const metadata = {
  description: z.string().exactOptional(),
  owner: z.string().exactOptional(),
  tags: tags.exactOptional(),
}
const joinKeys = list(answer({ name: z.string(), type: z.string() })).describe(
  'In the declared order, which is that of the canonical key.',
)
const versioned = {
  version,
  hash: z.string().describe('Of what the version means; metadata is no part of it.'),
  retired: z.literal(true).exactOptional().describe('No longer defined; retained for whoever names it.'),
}

export const entityFields = { name: z.string(), ...metadata, join_keys: joinKeys }

const fileSourceFields = {
  name: z.string(),
  ...metadata,
  path: z.string(),
  timestamp: z.string().describe('The column with the event timestamp.'),
  created: z.string().exactOptional(),
  columns: tags.exactOptional().describe('Feature -> column of the source, where they differ.'),
  column_tags: record(tags).exactOptional(),
  schema_drift: z
    .literal('union')
    .exactOptional()
    .describe('A column that a file lacks is null there; without it, files that differ are an error.'),
}
const columnTypes = list(answer({ name: z.string(), type: z.string() }))

export const parquetSourceFields = { ...fileSourceFields, format: z.literal('parquet') }

export const csvSourceFields = {
  ...fileSourceFields,
  format: z.literal('csv'),
  types: columnTypes.describe(
    'Columns that are parsed; others are text. Without a header, all of them in their order.',
  ),
  delimiter: z.string().exactOptional(),
  header: z.literal(false).exactOptional().describe('The files have no line with the names of the columns.'),
  null_text: z.string().exactOptional().describe('An unquoted field with this text is null.'),
}

export const ndjsonSourceFields = {
  ...fileSourceFields,
  format: z.literal('ndjson'),
  types: columnTypes.describe('The columns; other members of the objects are not read.'),
}

export const pushSourceFields = {
  name: z.string(),
  ...metadata,
  format: z.literal('push'),
  kind: z.enum(['features', 'events']).describe('Features are served, events are only kept.'),
  schema: list(answer({ name: z.string(), type: z.string() })),
}

export const featureFields = {
  name: z.string(),
  type: z.string(),
  description: z.string().exactOptional(),
  tags: tags.exactOptional(),
  visibility,
}

export const entityObject = shapeOf<EntityObject>()(answer(entityFields))
const lakeSourceObject = shapeOf<LakeSourceObject>()(
  z.union([
    shapeOf<ParquetSourceObject>()(answer(parquetSourceFields)),
    shapeOf<CsvSourceObject>()(answer(csvSourceFields)),
    shapeOf<NdjsonSourceObject>()(answer(ndjsonSourceFields)),
  ]),
)
export const sourceObject = shapeOf<SourceObject>()(z.union([lakeSourceObject, answer(pushSourceFields)]))

export const viewFields = {
  name: z.string(),
  ...metadata,
  entity: z.string(),
  sources: texts,
  push: z.string().exactOptional().describe('Its push source.'),
  consistency: z.literal('primary').exactOptional(),
  sql: z.string().exactOptional(),
  timestamp: z.string(),
  created: z.string().exactOptional(),
  ttl: z.string().exactOptional(),
  lookback: z.string().exactOptional(),
  freshness: z.string().exactOptional(),
  schedule: z.string().exactOptional(),
  lag: z.string().exactOptional(),
  retention: z.string().exactOptional(),
  online: z.enum(['kv', 'd1']),
  checks: list(checkObject).exactOptional().describe('Before a snapshot is served; changedShare warns when left out.'),
  features: list(answer(featureFields)),
  ...versioned,
  join_keys: joinKeys,
  reads: list(lakeSourceObject).describe('The sources as they were when the version was made.'),
  pushed: texts.exactOptional().describe('The features that its push source brings.'),
  runs: version.exactOptional().describe('The earlier version whose runs this one reads.'),
}
export const viewObject = shapeOf<ViewObject>()(answer(viewFields))

const viewInput = shapeOf<ServiceInput>()(
  answer({
    view: viewRef,
    as: z.string().describe('The role.'),
    keys: record(z.string()).describe('Join key of the view -> field of the request.'),
    features: list(answer({ feature: z.string(), name: z.string() })),
  }),
)
const fields = list(answer({ name: z.string(), type: z.string() }))

const usedStatistic = {
  set: z.string().describe('The version of the training set, as name@version.'),
  column: z.string(),
  statistic: z.string(),
  type: z.string(),
  value: storedValue.describe('As a block would store it.'),
}

const expression = answer({
  sql: z.string().describe('What runs offline.'),
  tree: expressionTree.describe('What runs online: a typed expression tree.'),
  reads: texts.describe('The columns of the row that it reads.'),
})
const form = shapeOf<OnDemandForm>()(
  z.discriminatedUnion('kind', [
    answer({
      kind: z.literal('sql'),
      sql: record(z.string()).describe('Feature -> the expression as it was written.'),
      bound: record(expression).describe('Feature -> the expression as it was bound.'),
      packs: texts.describe('Packs of functions that the expressions call.'),
      statistics: list(answer(usedStatistic)).exactOptional().describe('What stat(…) in them stands for.'),
    }),
    answer({ kind: z.literal('typescript'), code: z.string().describe('The content hash of its module.') }),
    answer({
      kind: z.literal('wasm'),
      code: z.string().describe('The content hash of its module.'),
      export: z.string(),
      args: texts.describe('Columns of the row, as the function takes them.'),
      returns: texts.describe('Features, as the function returns them.'),
    }),
  ]),
)

const statisticsInput = answer({ statistics: list(answer({ name: z.string(), ...usedStatistic })) })

export const onDemandFields = {
  name: z.string(),
  ...metadata,
  inputs: list(shapeOf<OnDemandInput>()(z.union([viewInput, answer({ request: fields }), statisticsInput]))),
  features: list(answer(featureFields)),
  form,
  ...versioned,
  row: list(answer({ name: z.string(), type: z.string(), role: z.string().exactOptional() })).describe(
    'What it computes from: the features of its inputs, then join keys, request-time values, and statistics.',
  ),
  join_keys: joinKeys,
  request: fields.describe('Request-time values that it or its inputs need.'),
}
export const onDemandObject = shapeOf<OnDemandObject>()(answer(onDemandFields))

export const serviceFields = {
  name: z.string(),
  ...metadata,
  inputs: list(viewInput),
  ...versioned,
  plan: z.string().describe('The hash of its compiled plan.'),
  features: texts.describe('The names in the answer, in order.'),
  code: texts.exactOptional().describe('Content hashes of the on-demand modules that its plan runs.'),
  reads: texts.exactOptional().describe('The stored view versions that it reads, where some are not among its inputs.'),
}
export const serviceObject = shapeOf<ServiceObject>()(answer(serviceFields))

const numbers = record(version)

export const registryAnswer = shapeOf<RegistrySnapshot>()(
  answer({
    revision: count,
    entities: list(entityObject),
    sources: list(sourceObject),
    views: list(viewObject),
    on_demand: list(onDemandObject).exactOptional().describe('On-demand views; absent where there never was one.'),
    services: list(serviceObject),
    last: answer({ views: numbers, services: numbers })
      .exactOptional()
      .describe('The last version ever given to a name, where it is no longer among the objects.'),
  }),
)
