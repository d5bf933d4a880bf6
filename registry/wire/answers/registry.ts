/** What plan, apply and retire answer. */
import * as z from 'zod'
import type { Change } from '../../apply.ts'
import type { RegistryPlan } from '../../plan.ts'
import { answer, count, list, record, shapeOf, texts, viewRef } from './shape.ts'

const version = z.int().min(1)

export const change = shapeOf<Change>()(
  answer({
    kind: z.enum(['entity', 'source', 'view', 'service']),
    name: z.string(),
    version: version.exactOptional(),
    change: z
      .enum(['created', 'new version', 'updated', 'retired', 'removed'])
      .describe('retired: no longer defined; removed: the version is gone from the registry.'),
    fields: list(answer({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() })).describe(
      'What differs from the version before.',
    ),
  }),
)

export const planRegistryAnswer = shapeOf<RegistryPlan>()(
  answer({
    registry: count.describe('The registry revision that the plan was made against.'),
    changes: list(change),
    materialize: texts.describe('View versions that a sync has to materialize in full because of it.'),
    adopted: list(answer({ view: viewRef, runs: viewRef })).describe(
      'New versions that read the runs of an earlier one.',
    ),
    kept: list(answer({ view: viewRef, services: texts })).describe(
      'Older versions that stay materialized because retained services name them.',
    ),
    breaks: list(answer({ object: z.string(), what: z.string() })).describe('Changes that a caller can notice.'),
    destructive: texts.describe('What needs yes: true, a sentence each.'),
    unused: texts.describe('Retained versions that nothing uses any more.'),
  }),
)

export const applyAnswer = answer({
  revision: count,
  registry: count,
  changes: list(change),
  services: record(version).describe('The newest version of every defined service.'),
})
export type ApplyAnswer = z.output<typeof applyAnswer>

export const codeAnswer = answer({
  build: z
    .string()
    .nullable()
    .describe('Named by the "shoreline deploy" that built this Worker; null when something else did.'),
  holds: texts.describe('Content hashes, sorted.'),
  needs: list(answer({ hash: z.string(), services: texts })).describe('What the retained service versions run.'),
})
export type CodeAnswer = z.output<typeof codeAnswer>
