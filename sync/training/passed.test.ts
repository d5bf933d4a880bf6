import { describe, expect, it } from 'vitest'
import { checkPassed } from './passed.ts'

function refused(type: string, format: 'parquet' | 'arrow'): string {
  try {
    checkPassed([{ name: 'x', type, is: 'passed' }], format)
    return ''
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

describe('a column of the spine that passes through', () => {
  it('is refused by name where no file keeps its values, with the cast', () => {
    expect(
      ['HUGEINT', 'UHUGEINT', 'INTERVAL', 'TIME WITH TIME ZONE', 'STRUCT(a HUGEINT)', 'UNION(a INTEGER)'].map((type) =>
        refused(type, 'parquet'),
      ),
    ).toMatchInlineSnapshot(`
      [
        "the spine's column x is HUGEINT, of which no file of a training set keeps every value. Cast it in the spine to bigint or decimal(38, 0), or leave it out.",
        "the spine's column x is UHUGEINT, of which no file of a training set keeps every value. Cast it in the spine to bigint or decimal(38, 0), or leave it out.",
        "the spine's column x is INTERVAL, of which no file of a training set keeps every value. Cast it in the spine to a number, as epoch_us(…) does, or leave it out.",
        "the spine's column x is TIME WITH TIME ZONE, of which no file of a training set keeps every value. Cast it in the spine to time, or leave it out.",
        "the spine's column x is STRUCT(a HUGEINT), of which no file of a training set keeps every value. Cast it in the spine to another type, or leave it out.",
        "the spine's column x is UNION(a INTEGER), of which no file of a training set keeps every value. Cast it in the spine to another type, or leave it out.",
      ]
    `)
  })

  it('is refused for Arrow where Arrow and data frames have no such type', () => {
    expect(
      ['HUGEINT', 'STRUCT(a INTEGER)', 'MAP(VARCHAR, INTEGER)', 'BIT'].map((type) => refused(type, 'arrow')),
    ).toMatchInlineSnapshot(`
      [
        "the spine's column x is HUGEINT, of which no file of a training set keeps every value. Cast it in the spine to bigint or decimal(38, 0), or leave it out.",
        "the spine's column x is STRUCT(a INTEGER), which has no Arrow type that data frames read. Cast it in the spine to varchar or JSON, or leave it out, or write Parquet.",
        "the spine's column x is MAP(VARCHAR, INTEGER), which has no Arrow type that data frames read. Cast it in the spine to varchar or JSON, or leave it out, or write Parquet.",
        "the spine's column x is BIT, which has no Arrow type that data frames read. Cast it in the spine to varchar or JSON, or leave it out, or write Parquet.",
      ]
    `)
  })

  it('is kept otherwise', () => {
    const both = [
      'DECIMAL(38,10)[]',
      "ENUM('a', 'b')",
      'FLOAT[3]',
      'TIMESTAMP WITH TIME ZONE[]',
      'UTINYINT',
      'TIMESTAMP_NS',
    ]
    for (const type of both) expect([refused(type, 'parquet'), refused(type, 'arrow')]).toEqual(['', ''])
    for (const type of ['STRUCT(a INTEGER)', 'MAP(VARCHAR, INTEGER)', 'BIT']) expect(refused(type, 'parquet')).toBe('')
  })

  it('is no feature, whose type is declared', () => {
    checkPassed([{ name: 'x', type: 'json', is: 'feature' }], 'arrow')
  })
})
