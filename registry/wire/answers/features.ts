/** What serving answers. */
import * as z from 'zod'
import {
  answer,
  count,
  expressionTree,
  instant,
  list,
  record,
  store,
  storedValue,
  viewRef,
  visibility,
} from './shape.ts'

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
  oldest_event_timestamps: list(instant.nullable())
    .exactOptional()
    .describe('Beside event_timestamps where rows are pushed: of the oldest value in the row that is not too old.'),
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
  input_statuses: list(record(featureStatus))
    .exactOptional()
    .describe('The same of on-demand features: the worst status among what each was computed from.'),
  issues: list(issue).exactOptional().describe('Every value that is not PRESENT. Absent with metadata: "none".'),
  views: list(viewUsed).exactOptional().describe('Absent with metadata: "none".'),
  degraded: z.boolean().describe('Answered from an old head or an earlier revision, because a store failed.'),
})
export type FeaturesAnswer = z.output<typeof featuresAnswer>

const typed = { name: z.string(), type: z.string().describe('As int64 or list(string).') }

const origin = z.union([
  answer({ view: count, column: count }).describe('views[view].columns[column]'),
  answer({ field: z.string() }).describe('A field of the request.'),
  answer({ entry: count, feature: count }).describe('on_demand.entries[entry].features[feature], an earlier one.'),
  answer({ constant: storedValue }).describe('The same value for every row, as a block would store it.'),
])
const entryBase = {
  view: viewRef,
  as: z.string().describe('The role.'),
  inputs: list(answer({ ...typed, at: count.describe('Its place in the row that expressions read.'), from: origin })),
  width: count.describe('Places of that row.'),
}
const computedFeature = { feature: z.string(), type: z.string(), visibility }

const planEntry = z.discriminatedUnion('form', [
  answer({
    form: z.literal('sql'),
    ...entryBase,
    features: list(answer({ ...computedFeature, expression: expressionTree })),
  }),
  answer({
    form: z.literal('typescript'),
    ...entryBase,
    code: z.string().describe('The content hash of the module.'),
    features: list(answer(computedFeature)),
  }),
  answer({
    form: z.literal('wasm'),
    ...entryBase,
    code: z.string().describe('The content hash of the module.'),
    export: z.string(),
    args: list(count).describe('Positions among the inputs.'),
    features: list(answer(computedFeature)),
  }),
])

export const planAnswer = answer({
  service: z.string(),
  version: z.int().min(1),
  keys: list(answer(typed)).describe('The join keys of a row.'),
  request: list(answer(typed)).describe('The request-time values of a row.'),
  features: list(answer({ ...typed, view: z.string().describe("The view's role."), visibility })),
  views: list(
    answer({
      as: z.string().describe('The role.'),
      view: viewRef,
      ttl_seconds: z.number().nullable().describe('How long its values are good after their event; null: for ever.'),
    }),
  ).describe('What is read of what is stored. Rows of a request times these are at most 5,000.'),
  edge_only: list(z.string()).describe(
    'Features that are not public or computed from such: with any of them, compute: "client" is refused.',
  ),
  on_demand: answer({
    views: list(answer({ as: z.string(), columns: list(answer(typed)) })).describe(
      'What compute: "client" answers: stored views with their columns, those included that only on-demand views read.',
    ),
    entries: list(planEntry).describe('In the order of evaluation.'),
    answer: list(
      z.union([
        answer({ view: count, column: count }),
        answer({ entry: count, feature: count, name: z.string(), as: z.string() }),
      ]),
    ).describe('Where each of the features comes from.'),
    packs: list(z.string()).describe('Packs of functions that the expressions call.'),
  })
    .exactOptional()
    .describe(
      'How a client computes on-demand features itself; absent where there are none, and for browser tokens where any is edge_only.',
    ),
})
export type PlanAnswer = z.output<typeof planAnswer>
