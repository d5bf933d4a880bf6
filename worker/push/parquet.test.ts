import { parquetReadObjects } from 'hyparquet'
import { expect, it } from 'vitest'
import { pushedParquet } from './parquet.ts'

it('pushed rows keep the sign of zero, in scalars, lists and vectors', async () => {
  const schema = [
    { name: 'd', type: 'float64' },
    { name: 'f', type: 'float32' },
    { name: 'l', type: 'list(float64)' },
  ]
  const zeros = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 0 : -0))
  const rows = zeros.map((zero, at) => ({
    id: String(at),
    row: { event: at, created: null, values: { d: zero, f: zero, l: [zero, 1] } },
  }))
  const read = await parquetReadObjects({ file: pushedParquet(schema, rows) })
  expect(read.map(({ d, f, l }) => [d, f, l])).toEqual(zeros.map((zero) => [zero, zero, [zero, 1]]))
})
