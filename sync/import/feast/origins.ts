/** What kind of thing a Feast data source is, and how the list of work left calls it. */
import type { FeastPlainSource } from './schema.ts'

const STREAMS: Readonly<Record<string, string>> = {
  PUSH_SOURCE: 'push',
  STREAM_KAFKA: 'Kafka',
  STREAM_KINESIS: 'Kinesis',
  REQUEST_SOURCE: 'request',
}

const WAREHOUSES: Readonly<Record<string, string>> = {
  BATCH_BIGQUERY: 'BigQuery',
  BATCH_SNOWFLAKE: 'Snowflake',
  BATCH_REDSHIFT: 'Redshift',
  BATCH_TRINO: 'Trino',
  BATCH_SPARK: 'Spark',
  BATCH_ATHENA: 'Athena',
  BATCH_ICEBERG: 'Iceberg',
}

/** Undefined for a source of rows at rest. */
export function streamKind(source: FeastPlainSource): string | undefined {
  return STREAMS[source.type]
}

/** `BigQuery table shop.orders`, for what is not read from files. */
export function originOf(source: FeastPlainSource): string {
  const { bigqueryOptions, redshiftOptions, snowflakeOptions, trinoOptions, athenaOptions, sparkOptions } = source
  const warehouse = bigqueryOptions ?? redshiftOptions ?? snowflakeOptions ?? trinoOptions ?? athenaOptions
  const custom = configurationOf(source)
  const kind = WAREHOUSES[source.type] ?? classOf(source)
  const query = warehouse?.query || sparkOptions?.query || custom('query')
  const table = warehouse?.table || warehouse?.tableRef || sparkOptions?.table || custom('table')
  if (table) return `${kind} table ${table}`
  return query ? `${kind} query ${query.replace(/\s+/g, ' ').trim()}` : `${kind} source`
}

/** Custom sources keep their settings as JSON of their own; table and query are what most call them. */
function configurationOf(source: FeastPlainSource): (name: string) => string {
  try {
    const text = Buffer.from(source.customOptions?.configuration ?? '', 'base64').toString()
    const settings: unknown = JSON.parse(text)
    return (name) => {
      const value: unknown = typeof settings === 'object' && settings !== null ? Reflect.get(settings, name) : undefined
      return typeof value === 'string' ? value : ''
    }
  } catch {
    return () => '' // a source class may keep them in any form
  }
}

/** `feast.infra…postgres_source.PostgreSQLSource` -> `PostgreSQL` */
function classOf(source: FeastPlainSource): string {
  const name = source.dataSourceClassType.split('.').at(-1) ?? ''
  return name.replace(/Source$/, '') || 'unknown'
}
