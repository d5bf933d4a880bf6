/**
 * What an import reads of a Feast registry, as `feast registry-dump` prints it: protobuf's JSON form, which leaves out
 * empty values. Earlier releases called some fields otherwise; both names are read.
 */
import { z } from 'zod'
import { SOURCE_TYPES, VALUE_TYPES } from './messages.ts'

const text = z.string().default('')
const flag = z.boolean().default(false)
const tags = z.record(z.string(), z.string()).default({})
/** Present or not is all that matters. */
const present = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null)

/** By name, or by number as some tools write it. */
function enumOf(names: Readonly<Record<number, string>>) {
  return z
    .union([z.string(), z.number()])
    .default('INVALID')
    .transform((value) => (typeof value === 'number' ? (names[value] ?? `number ${value}`) : value))
}

const metadata = { description: text, owner: text, tags }

const feature = z.object({
  name: z.string(),
  valueType: enumOf(VALUE_TYPES),
  description: text,
  tags,
  vectorIndex: flag,
  vectorLength: z.number().int().default(0),
})
const features = z.array(feature).default([])

const table = z.object({ table: text, tableRef: text, query: text }).optional()
const plainSource = z.object({
  name: text,
  project: text,
  ...metadata,
  type: enumOf(SOURCE_TYPES),
  dataSourceClassType: text,
  fieldMapping: tags,
  timestampField: text,
  eventTimestampColumn: text,
  createdTimestampColumn: text,
  fileOptions: z
    .object({
      uri: text,
      fileUrl: text,
      s3EndpointOverride: text,
      fileFormat: z.object({ deltaFormat: present }).optional(),
    })
    .optional(),
  bigqueryOptions: table,
  redshiftOptions: table,
  snowflakeOptions: table,
  trinoOptions: table,
  athenaOptions: table,
  sparkOptions: z.object({ table: text, query: text, path: text, fileFormat: text, tableFormat: present }).optional(),
  customOptions: z.object({ configuration: text }).optional(),
  requestDataOptions: z
    .object({
      // Early releases had a map of types here; only the names are wanted, so it is passed over.
      schema: features.catch([]),
    })
    .optional(),
  kafkaOptions: z.object({ topic: text }).optional(),
  kinesisOptions: z.object({ streamName: text }).optional(),
})
const source = plainSource.extend({ batchSource: plainSource.optional() })

const view = z.object({
  name: z.string(),
  project: text,
  ...metadata,
  entities: z.array(z.string()).default([]),
  features,
  entityColumns: features,
  ttl: text,
  batchSource: source.optional(),
  streamSource: source.optional(),
  online: flag,
  disabled: flag,
  sourceViews: z.array(z.unknown()).default([]),
  featureTransformation: present,
})

const projection = z.object({
  featureViewName: z.string(),
  featureViewNameAlias: text,
  featureColumns: features,
  joinKeyMap: tags,
  versionTag: z.number().optional(),
})

const named = z.object({ name: text, project: text })
const onDemandSource = z.object({
  featureView: z.object({ spec: named }).optional(),
  featureViewProjection: z.object({ featureViewName: z.string() }).optional(),
  requestDataSource: source.optional(),
})

function specs<S extends z.ZodType>(spec: S) {
  return z.array(z.object({ spec })).default([])
}

export const registrySchema = z.object({
  project: text,
  entities: specs(
    z.object({ name: z.string(), project: text, ...metadata, valueType: enumOf(VALUE_TYPES), joinKey: text }),
  ),
  dataSources: z.array(source).default([]),
  featureViews: specs(view),
  featureServices: specs(
    z.object({
      name: z.string(),
      project: text,
      ...metadata,
      features: z.array(projection).default([]),
      loggingConfig: present,
    }),
  ),
  onDemandFeatureViews: specs(
    z.object({
      name: z.string(),
      project: text,
      features,
      sources: z.record(z.string(), onDemandSource).default({}),
    }),
  ),
  streamFeatureViews: specs(named),
  labelViews: specs(named),
  savedDatasets: specs(named),
  permissions: specs(named),
  validationReferences: z.array(named).default([]),
  projects: specs(z.object({ name: text })),
  projectMetadata: z.array(z.object({ project: text })).default([]),
})

export type Dump = z.output<typeof registrySchema>
export type FeastFeature = z.output<typeof feature>
export type FeastPlainSource = z.output<typeof plainSource>
export type FeastSource = z.output<typeof source>
export type FeastView = z.output<typeof view>
export type FeastProjection = z.output<typeof projection>
export type FeastEntity = Dump['entities'][number]['spec']
export type FeastService = Dump['featureServices'][number]['spec']
export type FeastOnDemandView = Dump['onDemandFeatureViews'][number]['spec']
