/** Whether the checks of a view fit its columns: they are there, and of a type that the check can look at. */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { INT32, INT64, readDate, readInstant, readInteger, readUuid } from '../../core/read-scalars.ts'
import { type CheckObject, checkText, columnsOf } from '../checks.ts'
import { nearest } from './nearest.ts'

/** Join key or feature -> type. */
type ColumnTypes = ReadonlyMap<string, string>
type Columns = readonly { readonly name: string; readonly type: string }[]

const NUMBERS: readonly string[] = ['int32', 'int64', 'float32', 'float64']

/** Which types a check of a column takes, and how an error calls them; every type for those that are not here. */
const TAKES: Readonly<Partial<Record<CheckObject['kind'], readonly [readonly string[], string]>>> = {
  range: [[...NUMBERS, 'timestamp', 'date'], 'numbers, timestamps and dates'],
  one_of: [['string', 'bool', 'int32', 'int64', 'date', 'uuid'], 'string, bool, int32, int64, date and uuid'],
  unique: [
    ['string', 'bool', 'int32', 'int64', 'timestamp', 'date', 'uuid', 'bytes'],
    'string, bool, int32, int64, timestamp, date, uuid and bytes',
  ],
  mean_change: [[...NUMBERS, 'bool'], 'numbers and bool'],
  quantile_change: [NUMBERS, 'numbers'],
}
/** Comparisons read the statistics, which are of features. */
const OF_FEATURES: readonly CheckObject['kind'][] = [
  'mean_change',
  'quantile_change',
  'null_share_change',
  'distinct_change',
]

/** A sentence for everything that is wrong. */
export function checkProblems(checks: readonly CheckObject[], features: Columns, joinKeys: Columns): readonly string[] {
  const keys = typesOf(joinKeys)
  const all = typesOf([...joinKeys, ...features])
  const own = typesOf(features)
  const seen = new Set<string>()
  return checks.flatMap((check) => {
    const text = checkText(check)
    if (seen.has(text)) return [`the check "${text}" is listed twice. List it once.`]
    seen.add(text)
    const columns = OF_FEATURES.includes(check.kind) ? own : all
    return columnsOf(check).flatMap((column) => columnProblem(check, column, columns, keys) ?? [])
  })
}

function typesOf(columns: Columns): ColumnTypes {
  return new Map(columns.map(({ name, type }) => [name, type]))
}

function columnProblem(check: CheckObject, column: string, columns: ColumnTypes, keys: ColumnTypes): string | null {
  const subject = `the check "${checkText(check)}"`
  const type = columns.get(column)
  if (type === undefined) {
    if (keys.has(column)) return `${subject} is of the join key ${column}. Name a feature.`
    const meant = nearest(column, [...columns.keys()])
    const names = [...columns.keys()].join(', ')
    return `${subject} names ${column}, which is no feature. ${meant ? `Did you mean ${meant}?` : `There are ${names}.`}`
  }
  const [types, called] = TAKES[check.kind] ?? []
  if (types && !types.includes(type))
    return `${subject} is of ${column}, which is ${type}; it takes ${called}. Name another feature, or write check.sql.`
  return valueProblem(subject, check, column, type)
}

/** Bounds and values are such as the column may hold. */
function valueProblem(subject: string, check: CheckObject, column: string, type: string): string | null {
  try {
    if (check.kind === 'one_of') for (const value of check.values) readValue(column, type, value)
    if (check.kind !== 'range') return null
    const [min, max] = [check.min, check.max].map((bound) =>
      bound === undefined ? undefined : readBound(column, type, bound),
    )
    return min !== undefined && max !== undefined && min > max
      ? `${subject} has a min that is greater than its max. Exchange them.`
      : null
  } catch (thrown) {
    return `${subject}: ${messageOf(thrown).replace('send', 'write')}`
  }
}

function readValue(column: string, type: string, value: string | number | boolean): void {
  if (type === 'int32' || type === 'int64') readInteger(column, value, type === 'int32' ? INT32 : INT64)
  else if (type === 'date') readDate(column, value)
  else if (type === 'uuid') readUuid(column, value)
  else if (typeof value !== (type === 'bool' ? 'boolean' : 'string'))
    throw new ShorelineError('INVALID', `${column}: ${JSON.stringify(value)} is no ${type}. Write values of its type.`)
}

/** The bound as something that `<` compares. @throws ShorelineError INVALID */
function readBound(column: string, type: string, bound: string | number): number | bigint | string {
  if (type === 'timestamp') return readInstant(column, bound)
  if (type === 'date') return readDate(column, bound)
  if (typeof bound === 'number' && Number.isFinite(bound)) return bound
  return readInteger(column, bound, INT64)
}
