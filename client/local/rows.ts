/**
 * Rows of a caller: the join keys, which are all that is sent, and the values that stay here. They are checked and read as the
 * Worker would; what is not plainly right goes to `careful.ts`, which has its every rule and word.
 */
import { parseTimestamp, type StoredValue } from '../../core/values.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Field {
  readonly name: string
  readonly type: string
}

export interface Fields {
  /** `flight_risk@1` */
  readonly service: string
  readonly keys: readonly Field[]
  /** What the request brings beside them. */
  readonly given: readonly Field[]
}

const careful = () => import('./careful.ts')

/** Join keys alone. @throws ClientError INVALID, where the rows are not of these fields */
export async function keyRows(fields: Fields, rows: readonly Row[]): Promise<readonly Row[]> {
  const names = [...fields.keys, ...fields.given].map(({ name }) => name)
  const plainly = rows.every(
    (row) => Object.keys(row).length === names.length && names.every((name) => row[name] !== undefined),
  )
  if (!plainly) (await careful()).checkFields(fields, rows)
  return rows.map((row) => Object.fromEntries(fields.keys.map(({ name }) => [name, row[name]])))
}

export type Given = ReadonlyMap<string, readonly StoredValue[]>

/** By field, a value for each row as a block would store it. @throws ClientError INVALID naming the row and the field */
export async function readGiven(fields: readonly Field[], rows: readonly Row[]): Promise<Given> {
  const read = fields.map(async ({ name, type }) => {
    const values = rows.map((row) => plainValue(row[name], type))
    if (values.includes(undefined)) return [name, (await careful()).readField({ name, type }, rows)] as const
    return [name, values as readonly StoredValue[]] as const
  })
  return new Map(await Promise.all(read))
}

/** Undefined where it takes a closer look. Minus zero goes through JSON as zero, and so it is zero here. */
function plainValue(value: unknown, type: string): StoredValue | undefined {
  if (value === null) return null
  switch (typeof value) {
    case 'number':
      if (type === 'float64' && Number.isFinite(value)) return value + 0
      if (type === 'int32' && (value | 0) === value) return value | 0
      return type === 'int64' && Number.isSafeInteger(value) ? String(value) : undefined
    case 'bigint':
      return type === 'int64' && BigInt.asIntN(64, value) === value ? String(value) : undefined
    case 'boolean':
      return type === 'bool' ? value : undefined
    case 'string':
      if (type === 'timestamp') return parseTimestamp(value) ?? undefined
      return type === 'string' && value.isWellFormed?.() && !value.includes('\0') ? value : undefined
  }
  return undefined
}
