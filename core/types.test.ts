import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DUCKDB_TYPE, duckdbType, isKeyKind, isType, parseType, t, typeText, type ValueType } from './types.ts'

const SCALARS = 'bool int32 int64 float32 float64 string timestamp date uuid bytes json'.split(' ')

const types = fc.letrec<{ type: ValueType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...SCALARS).map((kind) => parseType(kind)),
    fc.integer({ min: 1, max: 100_000 }).map((size): ValueType => ({ kind: 'vector', size })),
    tie('type').map((of): ValueType => ({ kind: 'list', of })),
  ),
})).type

describe('a value type', () => {
  it('is what its text says, at any depth', () => {
    fc.assert(
      fc.property(types, (type) => {
        expect(parseType(typeText(type))).toEqual(type)
        expect(isType(type)).toBe(true)
      }),
      { seed: 9 },
    )
  })

  it.each([
    [t.bool(), 'bool', 'BOOLEAN'],
    [t.int32(), 'int32', 'INTEGER'],
    [t.int64(), 'int64', 'BIGINT'],
    [t.float32(), 'float32', 'FLOAT'],
    [t.float64(), 'float64', 'DOUBLE'],
    [t.string(), 'string', 'VARCHAR'],
    [t.timestamp(), 'timestamp', 'TIMESTAMP'],
    [t.date(), 'date', 'DATE'],
    [t.uuid(), 'uuid', 'UUID'],
    [t.bytes(), 'bytes', 'BLOB'],
    [t.json(), 'json', 'JSON'],
    [t.list(t.list(t.int64())), 'list(list(int64))', 'BIGINT[][]'],
    [t.vector(384), 'vector(384)', 'FLOAT[384]'],
    [t.list(t.vector(3)), 'list(vector(3))', 'FLOAT[3][]'],
  ])('%j is called %s, and %s in DuckDB', (type, text, duckdb) => {
    expect(typeText(type)).toBe(text)
    expect(duckdbType(type)).toBe(duckdb)
  })

  it.each([
    ['', '""'],
    ['int', '"int"'],
    ['INT64', '"INT64"'],
    ['list', '"list"'],
    ['list()', '"list()"'],
    ['list(int64', '"list(int64"'],
    ['list(list(int))', '"int"'],
    ['vector(0)', '"vector(0)"'],
    ['vector(03)', '"vector(03)"'],
    ['vector(100001)', '"vector(100001)"'],
    ['vector(1.5)', '"vector(1.5)"'],
    ['toString', '"toString"'],
    ['int64 ', '"int64 "'],
  ])('%j is refused', (text, named) => {
    expect(() => parseType(text)).toThrow(
      `${named} is no value type. The types are ${SCALARS.join(', ')}, list(type), vector(n).`,
    )
  })

  it.each([
    null,
    'int64',
    t.int64,
    {},
    { kind: 'int' },
    { kind: 'toString' },
    { kind: 'list' },
    { kind: 'list', of: 'int64' },
    { kind: 'vector' },
    { kind: 'vector', size: 1.5 },
    { kind: 'vector', size: 100_001 },
  ])('is not %j', (value) => {
    expect(isType(value)).toBe(false)
  })
})

it('join keys are what has one canonical text', () => {
  expect(Object.keys(DUCKDB_TYPE)).toEqual(SCALARS)
  expect(SCALARS.filter(isKeyKind)).toEqual(['bool', 'int32', 'int64', 'string', 'timestamp', 'date', 'uuid'])
  expect([isKeyKind('list'), isKeyKind('vector')]).toEqual([false, false])
})
