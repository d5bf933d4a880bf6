/** What is answered about sync services and what they are asked for. */
import * as z from 'zod'
import { answer, instant, list, texts } from './shape.ts'

const id = z.int().min(1)
const views = texts.describe('Names, or view@version; none means all that are kept materialized.')

export const heartbeatAnswer = answer({
  requests: list(
    answer({
      id,
      views,
      from: z.int().nullable().describe('Microseconds: only events from then on.'),
      to: z.int().nullable().describe('Microseconds: only events until then.'),
    }),
  ).describe('All that this service has taken and not done, oldest first.'),
})
export type HeartbeatAnswer = z.output<typeof heartbeatAnswer>

export const syncAnswer = answer({
  services: list(
    answer({
      name: z.string(),
      started_at: instant,
      seen_at: instant,
      alive: z.boolean().describe('Heard of within a minute.'),
    }),
  ),
  requests: list(
    answer({
      id,
      views,
      from: instant.nullable(),
      to: instant.nullable(),
      requested_at: instant,
      taken_by: z.string().nullable().describe('The service that does it.'),
      taken_at: instant.nullable(),
    }),
  ).describe('That are not done, oldest first.'),
})
export type SyncAnswer = z.output<typeof syncAnswer>
