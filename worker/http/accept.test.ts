import { expect, it } from 'vitest'
import { prefers } from './accept.ts'

const [ARROW, JSON_] = ['application/vnd.apache.arrow.stream', 'application/json']

it.each<[string | null, boolean]>([
  [null, false],
  ['', false],
  ['*/*', false],
  ['application/*', false],
  [JSON_, false],
  ['text/html', false],
  [ARROW, true],
  ['Application/Vnd.Apache.Arrow.Stream', true],
  [`${ARROW};q=0.1`, true],
  [`${ARROW}; Q=0.5 , ${JSON_};q=0.4`, true],
  [`${ARROW};q=0.5, ${JSON_}`, false],
  [`${ARROW}, ${JSON_}`, false],
  [`${JSON_};q=0.9,${ARROW}`, true],
  [`${ARROW}, */*`, true],
  [`${ARROW};q=0.5, */*;q=0.9`, false],
  [`${ARROW};q=0.5, application/*;q=0.4, */*;q=0.9`, true],
  [`*/*, ${ARROW};q=0`, false],
  [`${ARROW};q=2`, false],
  [`${ARROW};q=`, false],
  [`${ARROW};q=1.000`, true],
  [`${ARROW}x`, false],
])('%s: %s', (accept, wanted) => {
  expect(prefers(accept, ARROW, JSON_)).toBe(wanted)
})
