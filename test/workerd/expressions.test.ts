/** What DuckDB computed is what a Worker computes: the pairs recorded in `core/expressions/golden.json`. */
import { expect, it } from 'vitest'
import { type Golden, goldenDifferences } from '../../core/expressions/golden.fixture.ts'
import text from '../../core/expressions/golden.json?raw'

it('computes in workerd what DuckDB computed of every recorded pair', async () => {
  const golden = JSON.parse(text) as Golden
  expect(golden.expressions.length * golden.rows.length).toBeGreaterThan(3000)
  expect(await goldenDifferences(golden)).toEqual([])
})
