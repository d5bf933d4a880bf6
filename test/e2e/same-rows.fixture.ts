import { expect } from 'vitest'

/** Both hold the same rows, each once. Of thousands that differ, the first few tell enough. */
export function expectSameRows(served: readonly string[], expected: readonly string[]): void {
  const [are, should] = [new Set(served), new Set(expected)]
  const wrong = served.filter((row) => !should.has(row))
  const missing = expected.filter((row) => !are.has(row))
  expect({ wrong: wrong.slice(0, 5), missing: missing.slice(0, 5) }).toEqual({ wrong: [], missing: [] })
  expect(served.length).toBe(expected.length)
}
