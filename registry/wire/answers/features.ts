/** What serving answers. */
import * as z from 'zod'
import { answer, count, instant, list, record, store, viewRef, visibility } from './shape.ts'

const STATUSES = ['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE', 'INVALID'] as const
export const featureStatus = z.enum(STATUSES)
export type FeatureStatus = z.output<typeof featureStatus>

export const issue = answer({
  view: z.string().exactOptional().describe("The view's role, where all of its features share the status."),
  feature: z.string().exactOptional(),
  status: featureStatus.exclude(['PRESENT']),
  rows: list(count).describe('The rows of the request, from 0.'),
}).describe('One per status and view, or per feature where the features of a view differ.')
export type Issue = z.output<typeof issue>

export const viewUsed = answer({
  view: viewRef,
  as: z.string().describe('The role.'),
  store,
  snapshot: z.int().min(1).nullable().describe('Null where rows are only pushed.'),
  pushed: z
    .literal(true)
    .exactOptional()
    .describe('Rows are pushed as well: those are live and belong to no snapshot.'),
  event_timestamps: list(instant.nullable())
    .exactOptional()
    .describe('One per row, null where the view has no row; for requests of one row, or with metadata: "full".'),
})
export type ViewUsed = z.output<typeof viewUsed>

export const featuresAnswer = answer({
  service: z.string().nullable().describe('service@version; null where features were named one by one.'),
  revision: count,
  shared: record(z.unknown())
    .exactOptional()
    .describe('The features of views whose keys are all shared, where the request shared any.'),
  rows: list(record(z.unknown()))
    .exactOptional()
    .describe('In the order of the request, features in the order of the service. Absent with format: "columns".'),
  columns: record(list(z.unknown())).exactOptional().describe('With format: "columns": one list a feature.'),
  statuses: list(record(featureStatus))
    .exactOptional()
    .describe('With metadata: "full": a status per feature and row.'),
  issues: list(issue).exactOptional().describe('Every value that is not PRESENT. Absent with metadata: "none".'),
  views: list(viewUsed).exactOptional().describe('Absent with metadata: "none".'),
  degraded: z.boolean().describe('Answered from an old head or an earlier revision, because a store failed.'),
})
export type FeaturesAnswer = z.output<typeof featuresAnswer>

const typed = { name: z.string(), type: z.string().describe('As int64 or list(string).') }

export const planAnswer = answer({
  service: z.string(),
  version: z.int().min(1),
  keys: list(answer(typed)).describe('The fields of a row.'),
  features: list(answer({ ...typed, view: z.string().describe("The view's role."), visibility })),
})
export type PlanAnswer = z.output<typeof planAnswer>
