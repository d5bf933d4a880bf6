/** What a push answers: `registry/wire/push.ts` says it to the compiler. */
import type { PushAnswer } from '../push.ts'
import { answer, count, shapeOf } from './shape.ts'

export const pushAnswer = shapeOf<PushAnswer>()(
  answer({
    accepted: count.describe('Rows of which something is newer than what was there, or the same.'),
    superseded: count.describe('Rows of which everything is older than what is there: kept for training, not served.'),
  }),
)
