/** What DuckDB computed, on Node; `test/workerd/expressions.test.ts` is the same in workerd. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { type Golden, goldenDifferences } from './golden.fixture.ts'

it('computes what DuckDB computed of every recorded pair', async () => {
  const golden = JSON.parse(await readFile(new URL('./golden.json', import.meta.url), 'utf8')) as Golden
  expect(golden.expressions.length * golden.rows.length).toBeGreaterThan(3000)
  expect(await goldenDifferences(golden)).toEqual([])
})
