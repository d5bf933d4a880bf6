/** What Feast's surface answers, and how it refuses: `registry/wire/feast.ts` says the first to the compiler. */
import * as z from 'zod'
import type { FeastFeaturesAnswer } from '../feast.ts'
import { answer, instant, list, shapeOf, texts } from './shape.ts'

export const feastFeaturesAnswer = shapeOf<FeastFeaturesAnswer>()(
  answer({
    metadata: answer({ feature_names: texts.describe('Join keys first; one per result.') }),
    results: list(
      answer({
        values: list(z.unknown()),
        statuses: list(z.enum(['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE'])),
        event_timestamps: list(instant).describe('The epoch for a join key and for what is not there.'),
      }),
    ).describe('Column by column: as many values as rows were asked for.'),
  }),
)

export const feastWritten = z.null().describe('Written, or asked for.')

export const feastAccepted = answer({
  status: z.literal('accepted'),
  feature_views: texts.describe('As they were named; none means all.'),
})

export const feastError = z
  .string()
  .describe('JSON in a JSON string: module, class and message of the exception that the SDK raises.')

export const feastProblem = answer({
  detail: list(
    answer({
      type: z.string(),
      loc: list(z.union([z.string(), z.number()])),
      msg: z.string(),
      input: z.unknown(),
    }),
  ),
}).describe('A body that is not what the operation takes.')
