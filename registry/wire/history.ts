/** What operators ask of the past: runs, what they read, holding, quarantine, reclaiming and repairing. */
import * as z from 'zod'
import { viewName } from './control.ts'

const uri = z.string().min(1).max(2000)

const MAX_RUNS = 500

export const runsQuery = z.strictObject({
  view: viewName.optional().describe('Of one view: a name for all its versions, or view@version.'),
  object: uri.optional().describe('Those that read this source object, as r2://bucket/key or file:///path.'),
  limit: z
    .string()
    .regex(/^[0-9]+$/, 'is not a number')
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_RUNS))
    .optional()
    .describe('50 when left out.'),
})

export const holdRequest = z.strictObject({ views: z.array(viewName).min(1) })

export const quarantineQuery = z.strictObject({
  view: viewName.optional().describe('Only what rollbacks of this view put there.'),
})

export const releaseRequest = z
  .strictObject({
    objects: z
      .array(
        z.strictObject({
          uri,
          etag: z.string().min(1).max(500).optional().describe('Every version of the object when it is left out.'),
        }),
      )
      .min(1)
      .max(10_000)
      .optional(),
    view: viewName.optional().describe('Instead of objects: all that rollbacks of this view put there.'),
  })
  .refine(({ objects, view }) => (objects === undefined) !== (view === undefined), 'takes either objects or view')
export type ReleaseRequest = z.infer<typeof releaseRequest>

export const gcRequest = z.strictObject({
  dry_run: z.boolean().optional().describe('Only say what would be freed.'),
  keep: z.int().min(1).max(1000).optional().describe('Newest snapshots of each view that stay; 3 when left out.'),
  older_than: z
    .string()
    .max(20)
    .optional()
    .describe(
      'A duration: what was online since then stays. 7d when left out; the retention of a view counts before it.',
    ),
})
export type GcRequest = z.infer<typeof gcRequest>

export const missingRequest = z.strictObject({
  from: z.int().min(0).optional().describe('The first block to look at; 0 when left out.'),
})

/** Of an upload. */
export const uploadQuery = z.strictObject({
  repair: z
    .enum(['1'])
    .optional()
    .describe('1: these are blocks of a published run that its store has lost; those that are whole stay as they are.'),
})

export type { RunAnswer } from './answers/control.ts'
export type {
  GcAnswer,
  MissingBlocksAnswer,
  QuarantineAnswer,
  ReleaseAnswer,
  RunDescription,
  RunSummary,
  RunsAnswer,
} from './answers/history.ts'
