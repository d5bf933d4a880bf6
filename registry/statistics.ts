/**
 * Statistics of registered training sets as constants of on-demand views: which there are, of which types of features, and what
 * a reference comes to. Every one is exact: what is written is read back as the same value, wherever the view is computed.
 */
import { ShorelineError } from '../core/errors.ts'
import { parseReference } from '../core/name.ts'
import { parseType, type ValueType } from '../core/types.ts'
import { parseTimestamp, type StoredValue, valueWriter } from '../core/values.ts'
import { QUANTILES } from './checks.ts'
import { nearest } from './definitions/nearest.ts'
import type { UsedStatistic } from './objects.ts'
import { type FeatureStatistics, keptCharacters, type SnapshotStatistics } from './quality.ts'
import type { TrainingColumn } from './training.ts'

/** Of a version of a training set, as the registry keeps them. */
export interface SetStatistics {
  readonly name: string
  readonly version: number
  /** By the columns of the set's features. */
  readonly statistics: Pick<SnapshotStatistics, 'features'>
  /** Where each column is from; of a feature `view@version:feature`. */
  readonly columns?: readonly Pick<TrainingColumn, 'name' | 'from'>[]
}

/** `stat('flight_delay_2001', 'avg_delay_7d', 'mean')` */
export type StatisticReference = Pick<UsedStatistic, 'set' | 'column' | 'statistic'>

/** What it comes to. */
export type StatisticValue = Pick<UsedStatistic, 'type' | 'value'>

/** `p50` is the median. */
const PERCENTILES: ReadonlyMap<string, string> = new Map(QUANTILES.map((q) => [`p${Math.round(q * 100)}`, String(q)]))

const NUMBERS: readonly string[] = ['int32', 'int64', 'float32', 'float64']
const INSTANTS: readonly string[] = ['timestamp', 'date']

/** Statistic -> the types of features that have it; null for all of them. */
const KINDS: ReadonlyMap<string, readonly string[] | null> = new Map<string, readonly string[] | null>([
  ['mean', [...NUMBERS, 'bool']],
  ['stddev', NUMBERS],
  ['min', [...NUMBERS, ...INSTANTS, 'string']],
  ['max', [...NUMBERS, ...INSTANTS, 'string']],
  ...[...PERCENTILES.keys()].map((name) => [name, [...NUMBERS, ...INSTANTS]] as const),
  ['vocabulary', ['string', 'int32', 'int64', 'bool']],
  ['count', null],
  ['nulls', null],
  ['null_share', null],
  ['distinct', null],
])

export const STATISTICS: readonly string[] = [...KINDS.keys()]

/** What others call them. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ...['median', 'q0.5', 'quantile'].map((name) => [name, 'p50'] as const),
  ...['avg', 'average'].map((name) => [name, 'mean'] as const),
  ...['std', 'stdev', 'stddev_pop', 'sigma'].map((name) => [name, 'stddev'] as const),
  ...['top', 'mode', 'categories'].map((name) => [name, 'vocabulary'] as const),
  ...['approx_distinct', 'unique', 'nunique'].map((name) => [name, 'distinct'] as const),
])

/** As it is written. */
export function statText({ set, column, statistic }: StatisticReference, of = set): string {
  return `stat(${[of, column, statistic].map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')})`
}

/** `12.5`, `"AA"`: as answers write it. */
export function valueText({ type, value }: StatisticValue): string {
  return value === null ? 'null' : valueWriter(parseType(type))(value)
}

/** `flight_delay_2001@3` -> its name and version; null for what names no set. */
export function setOf(set: string): ReturnType<typeof parseReference> {
  return parseReference(set)
}

/** @throws ShorelineError INVALID naming the reference and what is wrong with it, before anything is looked up */
export function checkReference(reference: StatisticReference): void {
  const said = statText(reference)
  if (setOf(reference.set) === null)
    throw invalid(said, `"${reference.set}" names no training set. Write its name, or name@version.`)
  const { statistic } = reference
  if (KINDS.has(statistic)) return
  const other = OTHER_NAMES.get(statistic.toLowerCase())
  const instead = other === undefined ? meant(statistic, STATISTICS, 'There are') : `Write ${other}.`
  throw invalid(said, `there is no statistic "${statistic}". ${instead}`)
}

/**
 * The constant that the reference stands for. Integers are int64, all other numbers are float64, which holds each of them.
 * @throws ShorelineError INVALID naming the reference and what is wrong with it
 */
export function statisticOf(reference: StatisticReference, set: SetStatistics): StatisticValue {
  checkReference(reference)
  const said = statText(reference)
  const id = `${set.name}@${set.version}`
  const { features } = set.statistics
  const { column, statistic } = reference
  const found = Object.hasOwn(features, column) ? features[column] : undefined
  if (!found)
    throw invalid(
      said,
      `the training set ${id} has no feature "${column}". ${meant(column, Object.keys(features), 'It has')}`,
    )
  const type = parseType(found.type)
  const taken = STATISTICS.filter((name) => KINDS.get(name)?.includes(type.kind) ?? true)
  if (!taken.includes(statistic))
    throw invalid(said, `${column} is ${found.type}, which has no ${statistic}. It has ${taken.join(', ')}.`)
  const value = storedOf(found, type, statistic)
  if (value !== null) {
    checkWhole(said, found, value, keptCharacters(Object.keys(features).length))
    return { type: typeOf(type, statistic), value }
  }
  if (found.sensitive)
    throw invalid(
      said,
      `${column} is sensitive, and of sensitive features no single value is kept. Use another statistic, or leave the feature out.`,
    )
  if (found.count === 0)
    throw invalid(said, `${column} has no value in any row of ${id}. Make a training set that has some, and name that.`)
  throw invalid(said, `${id} keeps none: its values are too far from each other, or not finite. Use another statistic.`)
}

function typeOf({ kind }: ValueType, statistic: string): string {
  if (statistic === 'count' || statistic === 'nulls' || statistic === 'distinct') return 'int64'
  const own = kind === 'int32' ? 'int64' : kind
  if (statistic === 'vocabulary') return `list(${own})`
  if (INSTANTS.includes(kind) && statistic !== 'null_share') return kind
  const isEnd = statistic === 'min' || statistic === 'max'
  return isEnd && !kind.startsWith('float') ? own : 'float64'
}

/**
 * The value in the type that a definition declares: its own, or for an integer int32 or float64 where they hold it.
 * @returns null where they do not
 */
export function declaredAs({ type, value }: StatisticValue, declared: string): StoredValue {
  if (type === declared) return value
  const [of, to] = [itemOf(type), itemOf(declared)]
  if (of !== null && to !== null && Array.isArray(value)) {
    const items = value.map((item) => declaredAs({ type: of, value: item }, to))
    return items.includes(null) ? null : items
  }
  const number = Number(value)
  if (type !== 'int64' || !Number.isSafeInteger(number)) return null
  return declared === 'float64' || (declared === 'int32' && (number | 0) === number) ? number : null
}

function itemOf(type: string): string | null {
  return /^list\((.+)\)$/.exec(type)?.[1] ?? null
}

/** As a block would store it; null where the set keeps none. */
function storedOf(found: FeatureStatistics, type: ValueType, statistic: string): StoredValue {
  switch (statistic) {
    case 'count':
      return String(found.count)
    case 'nulls':
      return String(found.nulls)
    case 'distinct':
      return String(Math.round(found.approx_distinct))
    case 'null_share':
      return found.null_share
    case 'mean':
    case 'stddev':
      return number(found[statistic])
    case 'min':
    case 'max':
      return end(type, found[statistic])
    case 'vocabulary': {
      const values = found.top?.map(({ value }) => end(type, value)) ?? []
      return values.length === 0 || values.includes(null) ? null : values
    }
    default: {
      const value = found.quantiles?.[PERCENTILES.get(statistic) ?? '']
      return INSTANTS.includes(type.kind) ? end(type, value) : number(value)
    }
  }
}

/** Minus zero is zero: JSON does not tell them apart. */
function number(value: number | string | undefined): StoredValue {
  return typeof value === 'number' ? value + 0 : null
}

/** A value of the feature as statistics write it: a timestamp as text, a float32 as the shortest of its decimals. */
function end({ kind }: ValueType, value: string | number | boolean | undefined): StoredValue {
  if (value === undefined) return null
  if (kind === 'timestamp') return parseTimestamp(String(value))
  if (kind === 'float32') return number(Math.fround(Number(value)))
  if (kind === 'float64') return number(Number(value))
  return kind === 'int32' || kind === 'int64' ? String(value) : value
}

/** Long texts are kept cut, and the beginning of a value is another value. A NUL cannot stand in SQL. */
function checkWhole(said: string, { type, lengths }: FeatureStatistics, value: StoredValue, kept: number): void {
  if (type !== 'string' || lengths === undefined) return
  const texts = [value].flat().filter((text) => typeof text === 'string')
  if (texts.some((text) => text.includes('\0')))
    throw invalid(said, 'it has a NUL. Compute a feature without, and use that.')
  const cut = texts.find((text) => lengths.max > kept && [...text].length >= kept)
  if (cut !== undefined)
    throw invalid(
      said,
      `of "${cut.slice(0, 20)}…" only the first ${kept} characters are kept. Compute a shorter feature, as md5(x), and use that.`,
    )
}

/** Whether JSON is a value of the type as a block would store it, and not null: evaluators take constants on trust. */
export function isConstant(type: ValueType, value: unknown): boolean {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean'
    case 'int32':
      return Number.isInteger(value) && (Number(value) | 0) === value
    case 'int64':
      return (
        typeof value === 'string' && /^-?[0-9]{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
      )
    case 'float64':
      return Number.isFinite(value)
    case 'string':
      return typeof value === 'string' && value.isWellFormed()
    case 'timestamp':
      return Number.isInteger(value) && Number(value) >= YEAR_1 && Number(value) < YEAR_10000
    case 'date':
      return typeof value === 'string' && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) && parseTimestamp(value) !== null
    case 'list':
      return Array.isArray(value) && value.every((item) => isConstant(type.of, item))
    default:
      return false
  }
}

/** In microseconds. */
const YEAR_1 = -62_135_596_800_000_000
const YEAR_10000 = 253_402_300_800_000_000

/** `t.list(t.string())`: how a definition says the type. */
export function typeCall(type: ValueType): string {
  if (type.kind === 'list') return `t.list(${typeCall(type.of)})`
  return type.kind === 'vector' ? `t.vector(${type.size})` : `t.${type.kind}()`
}

function meant(name: string, names: readonly string[], list: string): string {
  const near = nearest(name, names)
  return near === undefined ? `${list} ${names.join(', ')}.` : `Did you mean ${near}?`
}

function invalid(said: string, sentence: string): ShorelineError {
  return new ShorelineError('INVALID', `${said}: ${sentence}`)
}
