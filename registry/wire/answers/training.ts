/** What is answered about training sets: `registry/training-description.ts` says the same to the compiler. */
import * as z from 'zod'
import type { TrainingFile } from '../../training.ts'
import type { TrainingSetDescription, TrainingSetSummary } from '../../training-description.ts'
import { describedFields, entitiesSpine, fileFields, sqlSpine, trainingSplit } from '../training.ts'
import { answer, count, instant, list, record, shapeOf, viewRef } from './shape.ts'

const version = z.int().min(1)

export const trainingSetStarted = answer({
  name: z.string(),
  version: version.describe('Its own from now on, whether it is completed or not.'),
  existing: z.boolean().describe('true: the newest version is the same set already, and nothing was written.'),
})
export type TrainingSetStarted = z.output<typeof trainingSetStarted>

export const trainingSetSummary = shapeOf<TrainingSetSummary>()(
  answer({
    name: z.string(),
    version,
    service: viewRef.describe('service@version').nullable(),
    rows: count,
    features: count.describe('How many.'),
    split: trainingSplit.nullable(),
    hash: z.string().describe('Of the content.'),
    created_at: instant,
  }),
)

export const trainingSetsAnswer = answer({ training_sets: list(trainingSetSummary).describe('Newest first.') })
export type TrainingSetsAnswer = z.output<typeof trainingSetsAnswer>

const objects = { objects: count, bytes: count }
const filesSpine = answer({
  kind: z.literal('files'),
  path: z.string(),
  ...objects,
  rows: count,
  hash: z.string(),
})
const file = answer({ ...fileFields, part: z.string().nullable(), key: z.string().nullable() })

export const trainingSetAnswer = shapeOf<TrainingSetDescription>()(
  answer({
    ...describedFields,
    version,
    spine: z.discriminatedUnion('kind', [filesSpine, sqlSpine, entitiesSpine]),
    sources: record(answer(objects)).describe('What was read, by the name of the source.'),
    quarantined: count.describe('Objects in quarantine, which were left out.'),
    files: list(shapeOf<TrainingFile>()(file)),
    manifest: z.string().describe('The key of the whole manifest in the lake bucket.'),
  }),
)
export type TrainingSetAnswer = z.output<typeof trainingSetAnswer>
