/** What may be asked of the catalog. The answers are `Lineage`, `SearchAnswer` and `DescribedObject` of registry/catalog. */
import * as z from 'zod'
import { NODE_KINDS } from '../catalog/graph.ts'
import { DIRECTIONS } from '../catalog/walk.ts'

const REFERENCE = 300
export const MAX_HITS = 500

export const lineageQuery = z.strictObject({
  of: z
    .string()
    .min(1)
    .max(REFERENCE)
    .optional()
    .describe('An object, a version, a column or a feature; without it the whole graph.'),
  direction: z.enum(DIRECTIONS).optional(),
})

export const searchQuery = z.strictObject({
  q: z
    .string({ error: 'is missing. Write ?q= and some words' })
    .max(REFERENCE)
    .refine((text) => /[\p{L}\p{N}]/u.test(text), 'has no word to look for'),
  /** Comma-separated. */
  kind: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(NODE_KINDS)))
    .optional(),
  limit: z
    .string()
    .regex(/^[0-9]+$/, 'is not a number')
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_HITS))
    .optional(),
})
