/** What is answered to whoever makes a training set himself: how a service's views are made, and of which objects. */
import * as z from 'zod'
import type { Plan } from '../../../core/plan.ts'
import { answer, count, instant, list, texts, viewRef } from './shape.ts'

const column = answer({ name: z.string(), type: z.string() })

const lakeObject = answer({
  key: z.string(),
  etag: z.string().describe('The same key with the same ETag is the same content: send it as If-Match.'),
  size: count,
})

const lakeSource = answer({
  name: z.string(),
  format: z.string().describe('Only the objects of Parquet sources are listed.'),
  created: z.string().exactOptional(),
  columns: z
    .record(z.string(), z.string())
    .readonly()
    .exactOptional()
    .describe('Feature -> column, where they differ.'),
  schema_drift: z.literal('union').exactOptional(),
  objects: list(lakeObject),
})

const lakeView = answer({
  id: viewRef,
  name: z.string(),
  sql: z.string().exactOptional(),
  as_of: z.boolean().describe('The SQL reads $as_of.'),
  pushed: z.boolean().describe('Rows are pushed as well.'),
  timestamp: z.string(),
  created: z.string().exactOptional(),
  ttl: z.string().exactOptional(),
  lag: z.string().exactOptional(),
  join_keys: list(column),
  features: list(column),
  reads: list(lakeSource),
})

export const lakeAnswer = answer({
  service: z.string().describe('service@version'),
  now: instant.describe("The deployment's own: what is later is not known yet."),
  plan: z.custom<Plan>((value) => typeof value === 'object').describe('As the Worker serves it.'),
  views: list(lakeView).describe('The stored views that it reads.'),
  quarantined: count.describe('Objects that are left out.'),
  features: texts.describe('In the order of the service.'),
})
export type LakeAnswer = z.output<typeof lakeAnswer>
export type LakeView = LakeAnswer['views'][number]
