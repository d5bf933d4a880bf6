import fc from 'fast-check'
import { expect, it } from 'vitest'
import { presentIn } from './repair.ts'

it('sends again what is missing and nothing else', () => {
  const some = fc.record({ blocks: fc.integer({ min: 1, max: 40 }), lost: fc.array(fc.nat(39)) })
  fc.assert(
    fc.property(some, ({ blocks, lost }) => {
      const missing = [...new Set(lost)].filter((one) => one < blocks).sort((a, b) => a - b)
      const present = presentIn({ blocks, ranges: missing.map((first) => ({ first, count: 1 })) })
      const numbers = present.flatMap(({ first, count }) => Array.from({ length: count }, (_, at) => first + at))
      expect([...numbers, ...missing].sort((a, b) => a - b)).toEqual(Array.from({ length: blocks }, (_, at) => at))
    }),
    { seed: 7, numRuns: 300 },
  )
})
