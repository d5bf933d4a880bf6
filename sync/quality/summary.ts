/** The first scan: what one pass over a feature's values says about them. */
import type { ValueType } from '../../core/types.ts'
import { float32Text, timestampText } from '../../core/values.ts'
import { QUANTILES } from '../../registry/checks.ts'
import type { FeatureStatistics, QuantileValues } from '../../registry/quality.ts'
import { type Answers, type Column, hashSql, type Measures, sampledSql } from './column.ts'

/** With fewer values of a sensitive feature, its mean and its quantiles are somebody's values. */
const FEW = 20

export interface Summary {
  readonly known: Omit<FeatureStatistics, 'approx_distinct' | 'type'>
  /** Of distinct values, wrong by a third at worst. */
  readonly roughDistinct: number
  /** The 1 % and the 99 % quantile of numbers, and their ends. */
  readonly spread: { readonly inner: Ends; readonly outer: Ends } | null
  /** Candidates for the most frequent values, as DuckDB gives them. */
  readonly frequent: readonly unknown[]
}

export type Ends = readonly [from: number, to: number]

export function summaryMeasures(column: Column): Measures {
  const { id, type } = column
  const distinct = type.kind === 'list' ? hashSql(column) : id
  return { n: `count(${id})`, rough: `approx_count_distinct(${distinct})`, ...measuresOf(column) }
}

function measuresOf({ id, type, top, sampled }: Column): Measures {
  const some = (value: string): string => sampledSql(value, sampled)
  switch (type.kind) {
    case 'int32':
    case 'int64':
      return {
        min: `min(${id})::varchar`,
        max: `max(${id})::varchar`,
        mean: `avg(${id})`,
        stddev: `stddev_pop(${id}v)`,
        quantiles: quantilesSql(some(`${id}v`), sampled),
        frequent: `approx_top_k(${some(id)}, ${top})`,
      }
    case 'float32':
    case 'float64':
      return {
        min: `min(${id}v)`,
        max: `max(${id}v)`,
        finite: `count(${id}v)`,
        moderate: `count(${id}m)`,
        nan: `count_if(isnan(${id}))`,
        mean: `avg(${id}m)`,
        stddev: `stddev_pop(${id}m)`,
        quantiles: quantilesSql(some(`${id}v`), sampled),
      }
    case 'timestamp':
    case 'date':
      return { min: `min(${id}v)`, max: `max(${id}v)`, quantiles: quantilesSql(some(`${id}v`), sampled) }
    case 'bool':
      return { true: `count_if(${id})` }
    case 'string':
      return {
        min: `min(${id}t)`,
        max: `max(${id}t)`,
        frequent: `approx_top_k(${some(`${id}t`)}, ${top})`,
        ...lengths(`length(${id})`),
      }
    case 'json':
      return lengths(`length(${id}::varchar)`)
    case 'bytes':
      return lengths(`octet_length(${id})`)
    case 'list':
      return lengths(`len(${id})`)
    default:
      return {}
  }
}

/** Of a DOUBLE: by t-digest, which gives others when threads meet in another order, or exactly, of rows that are few enough. */
export function quantilesSql(column: string, exact: boolean): string {
  return `${exact ? 'quantile_cont' : 'approx_quantile'}(${column}, [${QUANTILES.join(', ')}])`
}

function lengths(length: string): Measures {
  return { shortest: `min(${length})`, longest: `max(${length})`, length: `avg(${length})` }
}

export function summaryOf({ type, sensitive }: Column, rows: number, answers: Answers): Summary {
  const count = answers.number('n') ?? 0
  const measured = sensitive ? count >= FEW : count > 0
  return {
    known: {
      count,
      nulls: rows - count,
      null_share: rows === 0 ? 0 : (rows - count) / rows,
      ...notFinite(type, count, answers),
      ...(sensitive ? {} : ends(type, answers)),
      ...(measured ? numbers(type, count, answers) : {}),
      ...lengthsOf(answers),
      ...(sensitive ? { sensitive: true } : {}),
    },
    roughDistinct: Math.min(count, answers.number('rough') ?? 0),
    spread: measured && isNumber(type) ? spread(answers) : null,
    frequent: sensitive ? [] : answers.list('frequent'),
  }
}

function isNumber({ kind }: ValueType): boolean {
  return isFloat({ kind }) || kind === 'int32' || kind === 'int64'
}

function isFloat({ kind }: { readonly kind: string }): boolean {
  return kind === 'float32' || kind === 'float64'
}

function notFinite(type: ValueType, count: number, answers: Answers): Pick<FeatureStatistics, 'nan' | 'infinite'> {
  if (!isFloat(type)) return {}
  const nan = answers.number('nan') ?? 0
  return { nan, infinite: count - (answers.number('finite') ?? 0) - nan }
}

function ends(type: ValueType, answers: Answers): Pick<FeatureStatistics, 'min' | 'max'> {
  const [min, max] = [end(type, answers, 'min'), end(type, answers, 'max')]
  return min === null || max === null ? {} : { min, max }
}

function end(type: ValueType, answers: Answers, name: string): number | string | null {
  if (type.kind === 'int64' || type.kind === 'string') return answers.text(name)
  const value = answers.number(name)
  return value === null ? null : written(type, value)
}

/** A number as the type's values are written: instants as text, float32 as the shortest of its decimals. */
function written(type: ValueType, value: number): number | string {
  if (type.kind === 'timestamp') return timestampText(Math.round(value))
  if (type.kind === 'date') return new Date(Math.round(value) * DAY).toISOString().slice(0, 10)
  return type.kind === 'float32' ? Number(float32Text(value)) : value
}

const DAY = 86_400_000

function numbers(
  type: ValueType,
  count: number,
  answers: Answers,
): Pick<FeatureStatistics, 'mean' | 'stddev' | 'quantiles'> {
  if (type.kind === 'bool') return { mean: (answers.number('true') ?? 0) / count }
  const quantiles = quantilesOf(answers, (value) => (isNumber(type) ? value : written(type, value)))
  const [mean, stddev] = [answers.number('mean'), answers.number('stddev')]
  // Values that were left out of the sums would be missing in the mean.
  const whole = answers.number('moderate') === answers.number('finite')
  return {
    ...(whole && mean !== null && stddev !== null ? { mean, stddev } : {}),
    ...(quantiles ? { quantiles } : {}),
  }
}

/** Null without values. */
export function quantilesOf(answers: Answers, write: (value: number) => number | string): QuantileValues | null {
  const values = quantileNumbers(answers)
  return values && Object.fromEntries(QUANTILES.map((q, at) => [String(q), write(values[at] ?? 0)]))
}

/** Within the ends: DuckDB 1.5.6 takes the smallest positive normal double for the greatest of numbers that are all zero or less. */
function quantileNumbers(answers: Answers): readonly number[] | null {
  const values = answers.list('quantiles').map(Number)
  const [min, max] = [answers.number('min'), answers.number('max')]
  if (values.length < QUANTILES.length || !values.every(Number.isFinite) || min === null || max === null) return null
  return values.map((value) => Math.min(max, Math.max(min, value)) + 0)
}

function spread(answers: Answers): Summary['spread'] {
  const quantiles = quantileNumbers(answers)
  const [from, to, min, max] = [quantiles?.at(0), quantiles?.at(-1), answers.number('min'), answers.number('max')]
  return from === undefined || to === undefined || min === null || max === null
    ? null
    : { inner: [from, to], outer: [min, max] }
}

function lengthsOf(answers: Answers): Pick<FeatureStatistics, 'lengths'> {
  const [min, max, mean] = [answers.number('shortest'), answers.number('longest'), answers.number('length')]
  return min === null || max === null || mean === null ? {} : { lengths: { min, max, mean } }
}
