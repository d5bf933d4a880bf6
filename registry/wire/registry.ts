/** Requests and answers of plan, apply and retire. */
import * as z from 'zod'
import type { RegistryPlan } from '../plan.ts'
import { definitionsShape } from './definitions.ts'

const columns = z.array(z.string()).readonly()
const facts = z.strictObject({
  sources: z.record(
    z.string(),
    z.strictObject({ columns: z.array(z.strictObject({ name: z.string(), type: z.string() })).readonly() }),
  ),
  /** By the name of a defined view. */
  views: z.record(z.string(), z.strictObject({ columns: z.record(z.string(), columns), rows: columns })),
})

export const planRequest = z.strictObject({ definitions: definitionsShape })
export type PlanRegistryAnswer = RegistryPlan

const signature = {
  by: z.string().max(200).optional().describe('Who applies, for the history.'),
  commit: z.string().max(200).optional(),
}

export const applyRequest = z.strictObject({
  definitions: definitionsShape,
  registry: z
    .int()
    .min(0)
    .optional()
    .describe('The registry revision that the plan was made against; without it whatever is there now.'),
  facts: facts.optional().describe('What was found in the sources; kept for lineage.'),
  yes: z.boolean().optional().describe('Do what the plan calls destructive.'),
  ...signature,
})
export type ApplyRequest = z.infer<typeof applyRequest>

export const retireRequest = z.strictObject({ objects: z.array(z.string()).min(1).max(1000), ...signature })

export type { ApplyAnswer, CodeAnswer } from './answers/registry.ts'
