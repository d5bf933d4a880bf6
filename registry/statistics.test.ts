/** What a reference to a statistic comes to, for every type; and what is said where it comes to nothing. */
import { describe, expect, it } from 'vitest'
import { parseType } from '../core/types.ts'
import type { FeatureStatistics } from './quality.ts'
import {
  declaredAs,
  isConstant,
  type SetStatistics,
  STATISTICS,
  statisticOf,
  statText,
  typeCall,
  valueText,
} from './statistics.ts'

const seen = { count: 9, nulls: 1, null_share: 0.1, approx_distinct: 4 }
const quantiles = { '0.01': 1, '0.05': 1, '0.25': 2, '0.5': 2.5, '0.75': 4, '0.95': 9, '0.99': 9 }
const FEATURES: Readonly<Record<string, FeatureStatistics>> = {
  delay: { type: 'float64', ...seen, min: -1.5, max: 9, mean: 3.25, stddev: 2, quantiles },
  narrow: { type: 'float32', ...seen, min: 0.1, max: 9, mean: 3.25, stddev: 2, quantiles },
  flights: { type: 'int64', ...seen, min: '-9007199254740993', max: '7', mean: 3, stddev: 2, quantiles },
  gate: { type: 'int32', ...seen, min: -3, max: 7, mean: 3, stddev: 2, quantiles, top: [{ value: 7, count: 5 }] },
  late: { type: 'bool', ...seen, mean: 0.25, top: [{ value: false, count: 6 }] },
  carrier: {
    ...{ type: 'string', ...seen, min: 'AA', max: 'WN', lengths: { min: 2, max: 2, mean: 2 } },
    top: [
      { value: 'WN', count: 5 },
      { value: 'AA', count: 4 },
    ],
  },
  seen_at: {
    ...{ type: 'timestamp', ...seen, min: '2001-07-01T00:00:00Z', max: '2001-07-02T00:00:00.000001Z' },
    quantiles: { '0.5': '2001-07-01T12:00:00Z' },
  },
  day: { type: 'date', ...seen, min: '2001-07-01', max: '2001-07-02', quantiles: { '0.5': '2001-07-01' } },
  shape: { type: 'vector(2)', ...seen },
  passenger: { type: 'string', ...seen, sensitive: true },
  empty: { type: 'float64', count: 0, nulls: 9, null_share: 1, approx_distinct: 0 },
  infinite: { type: 'float64', ...seen, infinite: 9 },
  note: {
    ...{ type: 'string', ...seen, min: 'a', max: 'b'.repeat(100), lengths: { min: 1, max: 120, mean: 60 } },
    top: [{ value: 'a', count: 5 }],
  },
  odd: { type: 'string', ...seen, min: 'a\0', max: 'b', lengths: { min: 1, max: 2, mean: 1 } },
}
const SET: SetStatistics = { name: 'late', version: 3, statistics: { features: FEATURES } }

const find = (column: string, statistic: string) => statisticOf({ set: 'late', column, statistic }, SET)

describe('a statistic', () => {
  it.each([
    ['delay', 'mean', 'float64', 3.25],
    ['delay', 'stddev', 'float64', 2],
    ['delay', 'min', 'float64', -1.5],
    ['delay', 'p50', 'float64', 2.5],
    ['delay', 'p1', 'float64', 1],
    ['delay', 'p99', 'float64', 9],
    ['delay', 'count', 'int64', '9'],
    ['delay', 'nulls', 'int64', '1'],
    ['delay', 'null_share', 'float64', 0.1],
    ['delay', 'distinct', 'int64', '4'],
    // The double that is the float32, so that the smallest value less the minimum is zero.
    ['narrow', 'min', 'float64', Math.fround(0.1)],
    ['flights', 'min', 'int64', '-9007199254740993'],
    ['flights', 'p50', 'float64', 2.5],
    ['gate', 'max', 'int64', '7'],
    ['gate', 'vocabulary', 'list(int64)', ['7']],
    ['late', 'mean', 'float64', 0.25],
    ['late', 'vocabulary', 'list(bool)', [false]],
    ['carrier', 'min', 'string', 'AA'],
    ['carrier', 'vocabulary', 'list(string)', ['WN', 'AA']],
    ['seen_at', 'min', 'timestamp', Date.UTC(2001, 6, 1) * 1000],
    ['seen_at', 'max', 'timestamp', Date.UTC(2001, 6, 2) * 1000 + 1],
    ['seen_at', 'p50', 'timestamp', Date.UTC(2001, 6, 1, 12) * 1000],
    ['seen_at', 'null_share', 'float64', 0.1],
    ['day', 'p50', 'date', '2001-07-01'],
    ['shape', 'count', 'int64', '9'],
    ['passenger', 'distinct', 'int64', '4'],
    ['empty', 'nulls', 'int64', '9'],
    ['note', 'min', 'string', 'a'],
    ['note', 'vocabulary', 'list(string)', ['a']],
  ])('of %s, its %s, is a %s', (column, statistic, type, value) => {
    expect(find(column, statistic)).toEqual({ type, value })
    expect(isConstant(parseType(type), value)).toBe(true)
  })

  it.each([
    ['dealy', 'mean', `the training set late@3 has no feature "dealy". Did you mean delay?`],
    ['toString', 'mean', 'the training set late@3 has no feature "toString". It has delay, narrow,'],
    ['delay', 'avg', 'there is no statistic "avg". Write mean.'],
    ['delay', 'p2', 'there is no statistic "p2". Did you mean p1?'],
    ['delay', 'Median', 'there is no statistic "Median". Write p50.'],
    ['delay', 'kurtosis', 'there is no statistic "kurtosis". There are mean, stddev, min, max, p1, p5,'],
    ['delay', 'means', 'there is no statistic "means". Did you mean mean?'],
    [
      'carrier',
      'mean',
      'carrier is string, which has no mean. It has min, max, vocabulary, count, nulls, null_share, distinct.',
    ],
    ['shape', 'min', 'shape is vector(2), which has no min. It has count, nulls, null_share, distinct.'],
    ['delay', 'vocabulary', 'delay is float64, which has no vocabulary.'],
    ['passenger', 'vocabulary', 'passenger is sensitive, and of sensitive features no single value is kept.'],
    ['empty', 'mean', 'empty has no value in any row of late@3.'],
    ['infinite', 'mean', 'late@3 keeps none: its values are too far from each other, or not finite.'],
    ['note', 'max', 'of "bbbbbbbbbbbbbbbbbbbb…" only the first 100 characters are kept.'],
    ['odd', 'min', 'it has a NUL.'],
  ])('of %s, its %s, is refused', (column, statistic, says) => {
    expect(() => find(column, statistic)).toThrow(`stat('late', '${column}', '${statistic}'): ${says}`)
  })

  it.each(['', 'Late', 'late@', 'late@0', 'late@1@2', 'a__b'])('of the set "%s" is refused', (set) => {
    expect(() => statisticOf({ set, column: 'delay', statistic: 'mean' }, SET)).toThrow('names no training set')
  })

  it('is written as it is called', () => {
    expect(statText({ set: "o'hare", column: 'x', statistic: 'mean' })).toBe("stat('o''hare', 'x', 'mean')")
    expect(valueText(find('seen_at', 'max'))).toBe('"2001-07-02T00:00:00.000001Z"')
    expect(valueText(find('flights', 'min'))).toBe('-9007199254740993')
    expect(STATISTICS).toContain('p95')
  })
})

describe('a declared type', () => {
  it.each([
    ['gate', 'max', 'int32', 7],
    ['gate', 'max', 'float64', 7],
    ['gate', 'vocabulary', 'list(int32)', [7]],
    ['flights', 'max', 'float64', 7],
    ['flights', 'min', 'int64', '-9007199254740993'],
    ['delay', 'count', 'float64', 9],
    // What it would change is refused.
    ['flights', 'min', 'float64', null],
    ['flights', 'min', 'int32', null],
    ['delay', 'min', 'int64', null],
    ['delay', 'min', 'float32', null],
    ['carrier', 'min', 'float64', null],
    ['carrier', 'vocabulary', 'list(int64)', null],
    ['seen_at', 'min', 'float64', null],
    ['seen_at', 'min', 'string', null],
  ])('for the %s of %s, of %s, holds it or not', (column, statistic, declared, value) => {
    expect(declaredAs(find(column, statistic), declared)).toEqual(value)
  })

  it('is written as definitions have it', () => {
    expect(['list(string)', 'int64', 'vector(3)'].map((type) => typeCall(parseType(type)))).toEqual([
      't.list(t.string())',
      't.int64()',
      't.vector(3)',
    ])
  })
})

describe('a constant', () => {
  it.each([
    ['float64', Number.NaN],
    ['float64', '1'],
    ['float64', null],
    ['int32', 2_147_483_648],
    ['int32', 1.5],
    ['int64', 1],
    ['int64', '9223372036854775808'],
    ['int64', '1n'],
    ['string', 1],
    ['string', '\ud800'],
    ['bool', 'true'],
    ['timestamp', 1.5],
    ['timestamp', 253_402_300_800_000_000],
    ['date', '2001-02-30'],
    ['list(int64)', ['1', null]],
    ['list(int64)', '1'],
    ['json', '{}'],
    ['vector(1)', 'AACAPw=='],
  ])('of %s is not %s', (type, value) => {
    expect(isConstant(parseType(type), value)).toBe(false)
  })
})
