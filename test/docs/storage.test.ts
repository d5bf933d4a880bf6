/** The test vectors of docs/storage.md hold for every implementation of the canonical key and the partition. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { joinKeyParts, keyReader } from '../../core/keys.ts'
import { partitionOf } from '../../core/partition.ts'
import { duckdbType, type KeyKind, parseType } from '../../core/types.ts'
import { keyExpression, partitionExpression } from '../../sync/sql/key.ts'
import { query } from '../e2e/flights-oracle.fixture.ts'

interface Vector {
  readonly types: readonly KeyKind[]
  readonly values: readonly unknown[]
  readonly key: string
  readonly h: number
  readonly of_6: number
  readonly of_1000: number
}

const page = readFileSync(new URL('../../docs/storage.md', import.meta.url), 'utf8')
const vectors = JSON.parse(
  /Test vectors[^`]*(?:`[^`]*`[^`]*)*```json\n([\s\S]*?)```/.exec(page)?.[1] ?? 'null',
) as readonly Vector[]

describe('the test vectors of docs/storage.md', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(8))

  it.each(vectors)('hold in the Worker: $key', ({ types, values, key, of_6, of_1000 }) => {
    const parts = types.map((kind, index) => keyReader({ name: 'key', kind })(values[index]))
    expect(joinKeyParts(parts)).toBe(key)
    expect([partitionOf(key, 6), partitionOf(key, 1000)]).toEqual([of_6, of_1000])
  })

  it.each(vectors)('hold in DuckDB: $key', async ({ types, values, key, h, of_6, of_1000 }) => {
    const columns = types.map((kind, index) => ({ name: `k${index}`, type: parseType(kind) }))
    const literals = values.map((value, index) => {
      const type = duckdbType(parseType(types[index] ?? 'string'))
      return `'${String(value).replaceAll("'", "''").replace(/Z$/, '')}'::${type} as k${index}`
    })
    const [row] = await query(
      `select key, ('0x' || substr(md5(key), 1, 8))::ubigint::varchar as h, ${partitionExpression('key', 6)} as of_6, ${partitionExpression('key', 1000)} as of_1000
       from (select ${keyExpression(columns)} as key from (select ${[...literals, '1 as one'].join(', ')}))`,
    )
    expect(row).toEqual({ key, h: String(h), of_6, of_1000 })
  })
})
