/** What operators ask of the past: runs, what they read, holding, quarantine, reclaiming and repairing. */
import * as z from 'zod'
import { parseReference } from '../../core/name.ts'

const viewName = z
  .string()
  .refine((text) => parseReference(text) !== null, 'is not the name of a view, nor view@version')
const uri = z.string().min(1).max(2000)

export const MAX_RUNS = 500

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
export type RunsQuery = z.output<typeof runsQuery>

export type { RunAnswer } from './answers/control.ts'
export type { RunDescription, RunSummary, RunsAnswer } from './answers/history.ts'
