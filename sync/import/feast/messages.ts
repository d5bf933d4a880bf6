/**
 * The part of Feast's protobuf messages that an import reads: field number -> name in protobuf's JSON form, and kind.
 * Everything else in a registry file is passed over.
 * The facts are from https://github.com/feast-dev/feast/tree/master/protos/feast
 */

type Plain = 'string' | 'bytes' | 'bool' | 'int' | 'duration' | 'ValueType' | 'SourceType'
export type One = Plain | MessageName
export type Kind = One | `${One}[]` | `map<${One}>`
type Fields = Readonly<Record<number, readonly [name: string, kind: Kind]>>

export type MessageName =
  | ('Registry' | 'ProjectMetadata' | 'Project' | 'Named' | 'Entity' | 'EntitySpec' | 'Feature' | 'DataSource')
  | ('FileOptions' | 'FileFormat' | 'Nothing' | 'TableOptions' | 'SparkOptions' | 'CustomOptions' | 'RequestOptions')
  | ('KafkaOptions' | 'KinesisOptions' | 'FeatureView' | 'FeatureViewSpec' | 'FeatureService' | 'FeatureServiceSpec')
  | ('Projection' | 'OnDemandView' | 'OnDemandSpec' | 'OnDemandSource' | 'Other' | 'OtherSpec' | 'Reference')

export const MESSAGES: Readonly<Record<MessageName, Fields>> = {
  Registry: {
    1: ['entities', 'Entity[]'],
    6: ['featureViews', 'FeatureView[]'],
    7: ['featureServices', 'FeatureService[]'],
    8: ['onDemandFeatureViews', 'OnDemandView[]'],
    11: ['savedDatasets', 'Other[]'],
    12: ['dataSources', 'DataSource[]'],
    13: ['validationReferences', 'Reference[]'],
    14: ['streamFeatureViews', 'Other[]'],
    15: ['projectMetadata', 'ProjectMetadata[]'],
    16: ['permissions', 'Other[]'],
    17: ['projects', 'Project[]'],
    19: ['labelViews', 'Other[]'],
  },
  ProjectMetadata: { 1: ['project', 'string'] },
  Project: { 1: ['spec', 'Named'] },
  Named: { 1: ['name', 'string'] },
  // What only gets a line in the list of work left.
  Other: { 1: ['spec', 'OtherSpec'] },
  OtherSpec: { 1: ['name', 'string'], 2: ['project', 'string'] },
  Reference: { 1: ['name', 'string'], 3: ['project', 'string'] },

  Entity: { 1: ['spec', 'EntitySpec'] },
  EntitySpec: {
    1: ['name', 'string'],
    2: ['valueType', 'ValueType'],
    3: ['description', 'string'],
    4: ['joinKey', 'string'],
    8: ['tags', 'map<string>'],
    9: ['project', 'string'],
    10: ['owner', 'string'],
  },
  Feature: {
    1: ['name', 'string'],
    2: ['valueType', 'ValueType'],
    3: ['tags', 'map<string>'],
    4: ['description', 'string'],
    5: ['vectorIndex', 'bool'],
    7: ['vectorLength', 'int'],
  },

  DataSource: {
    1: ['type', 'SourceType'],
    2: ['fieldMapping', 'map<string>'],
    3: ['timestampField', 'string'],
    5: ['createdTimestampColumn', 'string'],
    11: ['fileOptions', 'FileOptions'],
    12: ['bigqueryOptions', 'TableOptions'],
    13: ['kafkaOptions', 'KafkaOptions'],
    14: ['kinesisOptions', 'KinesisOptions'],
    15: ['redshiftOptions', 'TableOptions'],
    16: ['customOptions', 'CustomOptions'],
    17: ['dataSourceClassType', 'string'],
    18: ['requestDataOptions', 'RequestOptions'],
    19: ['snowflakeOptions', 'TableOptions'],
    20: ['name', 'string'],
    21: ['project', 'string'],
    22: ['pushOptions', 'Nothing'],
    23: ['description', 'string'],
    24: ['tags', 'map<string>'],
    25: ['owner', 'string'],
    26: ['batchSource', 'DataSource'],
    27: ['sparkOptions', 'SparkOptions'],
    30: ['trinoOptions', 'TableOptions'],
    35: ['athenaOptions', 'TableOptions'],
  },
  FileOptions: { 1: ['fileFormat', 'FileFormat'], 2: ['uri', 'string'], 3: ['s3EndpointOverride', 'string'] },
  FileFormat: { 2: ['deltaFormat', 'Nothing'] },
  Nothing: {},
  // Schema and database have other numbers from one warehouse to the next; a query or a table is in all of them.
  TableOptions: { 1: ['table', 'string'], 2: ['query', 'string'] },
  SparkOptions: {
    1: ['table', 'string'],
    2: ['query', 'string'],
    3: ['path', 'string'],
    4: ['fileFormat', 'string'],
    6: ['tableFormat', 'Nothing'],
  },
  CustomOptions: { 1: ['configuration', 'bytes'] },
  RequestOptions: { 2: ['deprecatedSchema', 'map<ValueType>'], 3: ['schema', 'Feature[]'] },
  KafkaOptions: { 2: ['topic', 'string'] },
  KinesisOptions: { 2: ['streamName', 'string'] },

  FeatureView: { 1: ['spec', 'FeatureViewSpec'] },
  FeatureViewSpec: {
    1: ['name', 'string'],
    2: ['project', 'string'],
    3: ['entities', 'string[]'],
    4: ['features', 'Feature[]'],
    5: ['tags', 'map<string>'],
    6: ['ttl', 'duration'],
    7: ['batchSource', 'DataSource'],
    8: ['online', 'bool'],
    9: ['streamSource', 'DataSource'],
    10: ['description', 'string'],
    11: ['owner', 'string'],
    12: ['entityColumns', 'Feature[]'],
    14: ['sourceViews', 'Named[]'],
    15: ['featureTransformation', 'Nothing'],
    20: ['disabled', 'bool'],
  },

  FeatureService: { 1: ['spec', 'FeatureServiceSpec'] },
  FeatureServiceSpec: {
    1: ['name', 'string'],
    2: ['project', 'string'],
    3: ['features', 'Projection[]'],
    4: ['tags', 'map<string>'],
    5: ['description', 'string'],
    6: ['owner', 'string'],
    7: ['loggingConfig', 'Nothing'],
  },
  Projection: {
    1: ['featureViewName', 'string'],
    2: ['featureColumns', 'Feature[]'],
    3: ['featureViewNameAlias', 'string'],
    4: ['joinKeyMap', 'map<string>'],
    10: ['versionTag', 'int'],
  },

  OnDemandView: { 1: ['spec', 'OnDemandSpec'] },
  OnDemandSpec: {
    1: ['name', 'string'],
    2: ['project', 'string'],
    3: ['features', 'Feature[]'],
    4: ['sources', 'map<OnDemandSource>'],
  },
  OnDemandSource: {
    1: ['featureView', 'FeatureView'],
    2: ['requestDataSource', 'DataSource'],
    3: ['featureViewProjection', 'Projection'],
  },
}

export const VALUE_TYPES: Readonly<Record<number, string>> = {
  ...['INVALID', 'BYTES', 'STRING', 'INT32', 'INT64', 'DOUBLE', 'FLOAT', 'BOOL', 'UNIX_TIMESTAMP'],
  11: 'BYTES_LIST',
  12: 'STRING_LIST',
  13: 'INT32_LIST',
  14: 'INT64_LIST',
  15: 'DOUBLE_LIST',
  16: 'FLOAT_LIST',
  17: 'BOOL_LIST',
  18: 'UNIX_TIMESTAMP_LIST',
  19: 'NULL',
  20: 'MAP',
  21: 'MAP_LIST',
  22: 'BYTES_SET',
  23: 'STRING_SET',
  24: 'INT32_SET',
  25: 'INT64_SET',
  26: 'DOUBLE_SET',
  27: 'FLOAT_SET',
  28: 'BOOL_SET',
  29: 'UNIX_TIMESTAMP_SET',
  32: 'JSON',
  33: 'JSON_LIST',
  34: 'STRUCT',
  35: 'STRUCT_LIST',
  36: 'UUID',
  37: 'TIME_UUID',
  38: 'UUID_LIST',
  39: 'TIME_UUID_LIST',
  40: 'UUID_SET',
  41: 'TIME_UUID_SET',
  42: 'VALUE_LIST',
  43: 'VALUE_SET',
  44: 'DECIMAL',
  45: 'DECIMAL_LIST',
  46: 'DECIMAL_SET',
  47: 'SCALAR_MAP',
  48: 'ZONED_TIMESTAMP',
}

export const SOURCE_TYPES: Readonly<Record<number, string>> = {
  0: 'INVALID',
  1: 'BATCH_FILE',
  2: 'BATCH_BIGQUERY',
  3: 'STREAM_KAFKA',
  4: 'STREAM_KINESIS',
  5: 'BATCH_REDSHIFT',
  6: 'CUSTOM_SOURCE',
  7: 'REQUEST_SOURCE',
  8: 'BATCH_SNOWFLAKE',
  9: 'PUSH_SOURCE',
  10: 'BATCH_TRINO',
  11: 'BATCH_SPARK',
  12: 'BATCH_ATHENA',
  13: 'BATCH_ICEBERG',
}
