/**
 * Statistics of registered training sets, for on-demand views that scale or encode with them: the same constants in training,
 * at the edge and in a browser. In SQL the call stands where the value does; the other forms have them as columns of their row.
 *
 * @example
 * statistics({
 *   mean: stat('flight_delay_2001', 'avg_delay_7d', 'mean'),
 *   carriers: stat('flight_delay_2001', 'carrier', 'vocabulary'),
 * })
 */
import { isType, type Type, typeText } from '../../core/types.ts'
import type { NamedStatistic } from '../objects.ts'
import { checkReference } from '../statistics.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import { notAType } from './feature.ts'
import { checkColumnName, isRecord } from './options.ts'
import type { Carries, Columns, None } from './rows.ts'

/** `p50` is the median. */
export type Percentile = 'p1' | 'p5' | 'p25' | 'p50' | 'p75' | 'p95' | 'p99'

/** `T`: the TypeScript type of its value. */
export interface Statistic<T = unknown> extends Definition<'stat'> {
  readonly name: 'stat'
  readonly object: Omit<NamedStatistic, 'name' | 'value'>
  /** For inference only. */
  readonly _ts?: T
}

/**
 * One statistic of a feature of a training set, by the column that the set has it in. An apply fixes the version of the set that
 * it found; `'name@3'` names one.
 *
 * @param type of the value where it is not the usual one: `min` and `max` of an int64 are `t.int64()`, of a timestamp `t.timestamp()`
 * @throws ShorelineError INVALID
 */
export function stat(set: string, column: string, statistic: 'count' | 'nulls' | 'distinct'): Statistic<bigint>
export function stat(set: string, column: string, statistic: 'mean' | 'stddev' | 'null_share'): Statistic<number>
export function stat(set: string, column: string, statistic: 'min' | 'max' | Percentile): Statistic<number>
export function stat(set: string, column: string, statistic: 'vocabulary'): Statistic<readonly string[]>
export function stat<T>(
  set: string,
  column: string,
  statistic: 'min' | 'max' | Percentile | 'vocabulary',
  type: Type<T>,
): Statistic<T>
export function stat(set: unknown, column: unknown, statistic: unknown, type?: unknown): Statistic {
  if (typeof set !== 'string' || typeof column !== 'string' || typeof statistic !== 'string')
    return refuse(
      'stat',
      `${[set, column, statistic].map(shown).join(', ')} are not three texts. Write stat('training_set', 'column', 'mean').`,
    )
  checkReference({ set, column, statistic })
  if (type !== undefined && !isType(type)) return refuse(`stat('${set}', '${column}', '${statistic}')`, notAType(type))
  const declared = type === undefined ? usualType(statistic) : typeText(type)
  const object = frozen({ set, column, statistic, type: declared })
  return Object.freeze({ [DEFINITION]: 'stat' as const, name: 'stat' as const, object })
}

function usualType(statistic: string): string {
  if (statistic === 'vocabulary') return 'list(string)'
  return ['count', 'nulls', 'distinct'].includes(statistic) ? 'int64' : 'float64'
}

/** `S`: name -> TypeScript type of its value. */
export interface Statistics<S = unknown> extends Definition<'statistics'>, Carries<Columns<None, None, None>> {
  readonly name: 'statistics'
  readonly fields: readonly NamedStatistic[]
  /** For inference only. */
  readonly _statistics?: S
}

type Values<S> = { -readonly [P in keyof S]: S[P] extends Statistic<infer T> ? T : never }

/** @throws ShorelineError INVALID naming the statistic */
export function statistics<const S extends Readonly<Record<string, Statistic>>>(values: S): Statistics<Values<S>> {
  if (!isRecord(values) || Object.keys(values).length === 0)
    return refuse(
      'statistics',
      `it has ${isRecord(values) ? 'none' : shown(values)}. Write statistics({ name: stat('training_set', 'column', 'mean') }).`,
    )
  const fields = Object.entries(values).map(([name, value]: [string, unknown]): NamedStatistic => {
    checkColumnName('statistics', 'value', name)
    if (!isStatistic(value))
      return refuse('statistics', `${name} is ${shown(value)}. Write stat('training_set', 'column', 'mean').`)
    return { name, ...value.object, value: null }
  })
  return Object.freeze({ [DEFINITION]: 'statistics' as const, name: 'statistics' as const, fields: frozen(fields) })
}

function isStatistic(value: unknown): value is Statistic {
  return isDefinition(value, 'stat')
}

export function isStatistics(value: unknown): value is Statistics {
  return isDefinition(value, 'statistics')
}
