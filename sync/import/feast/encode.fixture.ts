/**
 * Writes a dump as the bytes of a registry file, for tests: an encoder with its own table, so that a wrong number in the
 * reader's does not go unseen. The numbers are those of Feast's messages.
 */

type Field = readonly [number: number, type: Type]
type Type = 'text' | 'bool' | 'int' | 'bytes' | 'duration' | 'value' | 'source' | 'texts' | 'junk' | Message
interface Message {
  readonly many?: true
  readonly byKey?: true
  readonly fields: Readonly<Record<string, Field>>
}

const message = (fields: Message['fields']): Message => ({ fields })
const many = (fields: Message['fields']): Message => ({ many: true, fields })

const feature = {
  name: [1, 'text'],
  valueType: [2, 'value'],
  tags: [3, 'texts'],
  description: [4, 'text'],
  vectorIndex: [5, 'bool'],
  vectorLength: [7, 'int'],
} as const
const table = message({ table: [1, 'text'], query: [2, 'text'] })
const plainSource = {
  type: [1, 'source'],
  fieldMapping: [2, 'texts'],
  timestampField: [3, 'text'],
  createdTimestampColumn: [5, 'text'],
  fileOptions: [11, message({ uri: [2, 'text'], s3EndpointOverride: [3, 'text'] })],
  bigqueryOptions: [12, table],
  snowflakeOptions: [19, table],
  customOptions: [16, message({ configuration: [1, 'bytes'] })],
  dataSourceClassType: [17, 'text'],
  requestDataOptions: [18, message({ schema: [3, many(feature)] })],
  name: [20, 'text'],
  project: [21, 'text'],
  description: [23, 'text'],
  tags: [24, 'texts'],
  owner: [25, 'text'],
  sparkOptions: [27, message({ table: [1, 'text'], path: [3, 'text'], fileFormat: [4, 'text'] })],
  meta: [50, 'junk'],
} as const
const source = { ...plainSource, batchSource: [26, message(plainSource)] } as const
const projection = {
  featureViewName: [1, 'text'],
  featureColumns: [2, many(feature)],
  featureViewNameAlias: [3, 'text'],
  joinKeyMap: [4, 'texts'],
  timestampField: [5, 'text'],
} as const

const REGISTRY = message({
  entities: [
    1,
    many({
      spec: [
        1,
        message({
          name: [1, 'text'],
          valueType: [2, 'value'],
          description: [3, 'text'],
          joinKey: [4, 'text'],
          tags: [8, 'texts'],
          project: [9, 'text'],
          owner: [10, 'text'],
        }),
      ],
      meta: [2, 'junk'],
    }),
  ],
  featureViews: [
    6,
    many({
      spec: [
        1,
        message({
          name: [1, 'text'],
          project: [2, 'text'],
          entities: [3, 'texts'],
          features: [4, many(feature)],
          tags: [5, 'texts'],
          ttl: [6, 'duration'],
          batchSource: [7, message(source)],
          online: [8, 'bool'],
          streamSource: [9, message(source)],
          description: [10, 'text'],
          owner: [11, 'text'],
          entityColumns: [12, many(feature)],
        }),
      ],
      meta: [2, 'junk'],
    }),
  ],
  featureServices: [
    7,
    many({
      spec: [
        1,
        message({
          name: [1, 'text'],
          project: [2, 'text'],
          features: [3, many(projection)],
          tags: [4, 'texts'],
          description: [5, 'text'],
          owner: [6, 'text'],
          loggingConfig: [7, 'junk'],
        }),
      ],
      meta: [2, 'junk'],
    }),
  ],
  onDemandFeatureViews: [
    8,
    many({
      spec: [
        1,
        message({
          name: [1, 'text'],
          project: [2, 'text'],
          features: [3, many(feature)],
          sources: [
            4,
            {
              byKey: true,
              fields: { featureViewProjection: [3, message(projection)], requestDataSource: [2, message(source)] },
            },
          ],
          featureTransformation: [10, 'junk'],
          mode: [11, 'text'],
        }),
      ],
    }),
  ],
  dataSources: [12, many(source)],
  streamFeatureViews: [
    14,
    many({
      spec: [
        1,
        message({ name: [1, 'text'], project: [2, 'text'], entities: [3, 'texts'], features: [4, many(feature)] }),
      ],
    }),
  ],
  projects: [17, many({ spec: [1, message({ name: [1, 'text'] })] })],
})

const SOURCES = ['INVALID', 'BATCH_FILE', 'BATCH_BIGQUERY', 'STREAM_KAFKA', 'STREAM_KINESIS', 'BATCH_REDSHIFT']
SOURCES.push('CUSTOM_SOURCE', 'REQUEST_SOURCE', 'BATCH_SNOWFLAKE', 'PUSH_SOURCE', 'BATCH_TRINO', 'BATCH_SPARK')
const VALUES: Readonly<Record<string, number>> = {
  ...{ INVALID: 0, BYTES: 1, STRING: 2, INT32: 3, INT64: 4, DOUBLE: 5, FLOAT: 6, BOOL: 7, UNIX_TIMESTAMP: 8 },
  ...{ BYTES_LIST: 11, STRING_LIST: 12, INT32_LIST: 13, INT64_LIST: 14, FLOAT_LIST: 16, MAP: 20, STRING_SET: 23 },
  ...{ JSON: 32, STRUCT: 34, UUID: 36, DECIMAL: 44, ZONED_TIMESTAMP: 48 },
}

/** Fields that no message has, of every wire type. A reader passes them over. */
const JUNK = Uint8Array.from([0x08, 0x96, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1d, 1, 2, 3, 4, 0xa2, 0x06, 1, 0xff])

/** @param dump as `feast registry-dump` prints it */
export function registryBytes(dump: Readonly<Record<string, unknown>>): Uint8Array {
  const { project, ...rest } = dump
  const projects = typeof project === 'string' ? { projects: [{ spec: { name: project } }] } : {}
  return Uint8Array.from([
    ...fieldsOf(REGISTRY, { ...rest, ...projects }),
    ...field(3, utf8('1')),
    ...field(5, [...JUNK]),
  ])
}

function fieldsOf({ fields }: Message, value: object): number[] {
  return Object.entries(value).flatMap(([name, held]) => {
    const known = fields[name]
    if (!known) throw new Error(`the encoder has no field ${name}`)
    return encoded(known[0], known[1], held)
  })
}

function encoded(number: number, type: Type, value: unknown): number[] {
  if (type === 'junk') return field(number, [...JUNK])
  if (type === 'text') return field(number, utf8(String(value)))
  if (type === 'bytes') return field(number, [...Buffer.from(String(value), 'base64')])
  if (type === 'bool') return [...varint(number * 8), value === true ? 1 : 0]
  if (type === 'int') return [...varint(number * 8), ...varint(Number(value))]
  if (type === 'value') return [...varint(number * 8), ...varint(VALUES[String(value)] ?? 47)]
  if (type === 'source') return [...varint(number * 8), ...varint(SOURCES.indexOf(String(value)))]
  if (type === 'duration') {
    const [seconds, nanos = ''] = String(value).slice(0, -1).split('.')
    const fraction = nanos === '' ? [] : [0x10, ...varint(Number(nanos.padEnd(9, '0')))]
    return field(number, [0x08, ...varint(Number(seconds)), ...fraction])
  }
  if (type === 'texts')
    return Array.isArray(value)
      ? value.flatMap((text) => field(number, utf8(String(text))))
      : Object.entries(value as object).flatMap(([key, text]) =>
          field(number, [...field(1, utf8(key)), ...field(2, utf8(String(text)))]),
        )
  if (type.many) return (value as readonly object[]).flatMap((one) => field(number, fieldsOf(type, one)))
  if (type.byKey)
    return Object.entries(value as Readonly<Record<string, object>>).flatMap(([key, one]) =>
      field(number, [...field(1, utf8(key)), ...field(2, fieldsOf(type, one))]),
    )
  return field(number, fieldsOf(type, value as object))
}

function field(number: number, bytes: readonly number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

function utf8(text: string): number[] {
  return [...new TextEncoder().encode(text)]
}
