/** Registering training sets: `registry/training.ts` says the same to the compiler. */
import * as z from 'zod'
import { isName, parseReference } from '../../core/name.ts'
import { trainingPrefix } from '../../core/storage.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { JoinKey } from '../objects.ts'
import {
  type SourceVersion,
  TRAINING_SET_FORMAT,
  type TrainingColumn,
  type TrainingManifest,
  type TrainingOptions,
  type TrainingSplit,
  type TrainingView,
} from '../training.ts'
import type { VersionedManifest } from '../training-description.ts'
import { snapshotStatistics } from './answers/quality.ts'
import { shapeOf } from './answers/shape.ts'

const text = z.string().min(1).max(4000)
const count = z.int().min(0)
const duration = z.string().max(20).nullable()
const instant = z
  .string()
  .max(40)
  .refine((at) => parseTimestamp(at) !== null, 'is not an instant as RFC 3339 writes it')
  .meta({ format: 'date-time' })
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal')
const setName = z
  .string()
  .refine(
    isName,
    'is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters',
  )

/** `airport_delays@1` */
const versionRef = z.string().refine((ref) => parseReference(ref)?.version !== undefined, 'is not name@version')
const featureRef = z.string().refine((ref) => {
  const [view = '', feature = '', ...rest] = ref.split(':')
  return rest.length === 0 && isName(feature) && parseReference(view)?.version !== undefined
}, 'is not view@version:feature')

export const trainingFormat = z.literal(
  TRAINING_SET_FORMAT,
  `is not ${TRAINING_SET_FORMAT}: deploy the Worker of this version first`,
)

const sourceVersion = shapeOf<SourceVersion>()(z.strictObject({ uri: text, etag: text, size: count }).readonly())

export const trainingSplit = shapeOf<TrainingSplit>()(
  z
    .strictObject({
      kind: z.enum(['time', 'random']).describe('By instant, the oldest first; or by a hash.'),
      shares: z
        .array(z.number().gt(0).lt(1))
        .min(2)
        .max(3)
        .refine((shares) => Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9, 'do not add up to 1')
        .readonly()
        .describe('train and test; or train, validation and test.'),
      by: z.array(text).readonly().describe('Of random: the columns whose values stay together; empty for every row.'),
      seed: z.number(),
    })
    .readonly(),
)

export const trainingOptions = shapeOf<TrainingOptions>()(
  z
    .strictObject({
      timestamp: text.describe("The spine's column with the instants."),
      as_of: instant.describe('No row of the spine is later.'),
      as_known: z.boolean().describe("Rows that were created after the spine's instant are left out."),
      full_names: z.boolean().describe('Columns are named view__feature.'),
      statuses: z.boolean().describe('With a status for every feature, and the event timestamp of every view.'),
      format: z.enum(['parquet', 'csv', 'arrow']),
      split: trainingSplit.nullable(),
      types: z
        .array(shapeOf<JoinKey>()(z.strictObject({ name: text, type: text }).readonly()))
        .readonly()
        .describe('Of columns of a text spine that are neither join keys nor request-time values.'),
    })
    .readonly(),
)

export const trainingView = shapeOf<TrainingView>()(
  z
    .strictObject({
      view: versionRef.describe('view@version'),
      as: setName.describe('The role.'),
      hash: text.describe("Of the view's version."),
      ttl: duration,
      lag: duration,
      keys: z.array(text).readonly().describe("The spine's columns that make up its key, in the declared order."),
    })
    .readonly(),
)

export const trainingColumn = shapeOf<TrainingColumn>()(
  z
    .strictObject({
      name: text,
      type: text,
      from: text.describe('spine, or view@version:feature; or the column that it describes.'),
      is: z.enum(['key', 'timestamp', 'request', 'passed', 'feature', 'status', 'event_timestamp']),
    })
    .readonly(),
)

export const fileFields = {
  file: z
    .string()
    .min(1)
    .max(200)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    .regex(/^(?!\.{1,2}$)[^/\\\u0000-\u001f]+$/, 'is not the name of a file')
    .refine((file) => file !== 'manifest.json', 'is the name of the manifest')
    .describe('Its name beside the manifest.'),
  part: z.enum(['train', 'validation', 'test']).nullable().describe('Null where nothing is split.'),
  rows: count,
  bytes: count,
  sha256: digest,
}

/** Of a set that has no version yet, a file has no key. */
const unplacedFile = z.strictObject({ ...fileFields, key: z.null() }).readonly()
const placedFile = z.strictObject({ ...fileFields, key: text.describe('In the lake bucket.') }).readonly()

const joined = { rows: count, hash: text.max(200).describe("SHA-256 of the rows' values in their order.") }
export const sqlSpine = z
  .strictObject({ kind: z.literal('sql'), sql: z.string(), sources: z.array(text).readonly(), ...joined })
  .readonly()
export const entitiesSpine = z
  .strictObject({ kind: z.literal('entities'), from: instant, to: instant, every: z.string().max(20), ...joined })
  .readonly()
const filesSpine = z
  .strictObject({ kind: z.literal('files'), path: text, objects: z.array(sourceVersion).readonly(), ...joined })
  .readonly()

/** What a manifest and its description have in common. */
export const describedFields = {
  format: trainingFormat,
  name: setName,
  created_at: instant,
  written_by: z.strictObject({ shoreline: text, duckdb: text }).readonly(),
  service: versionRef.nullable().describe('service@version; null for a list of features.'),
  features: z.array(featureRef).min(1).readonly().describe('view@version:feature, in their order.'),
  options: trainingOptions,
  views: z.array(trainingView).readonly(),
  on_demand: z
    .array(z.strictObject({ view: versionRef, hash: text }).readonly())
    .readonly()
    .describe('On-demand views and the hash of each version.'),
  columns: z.array(trainingColumn).min(1).readonly(),
  rows: count,
  hash: digest.describe("SHA-256 of the files' own, in their order: the content."),
  statistics: snapshotStatistics.describe('Of every feature, by the name of its column.'),
}

const manifestFields = {
  ...describedFields,
  spine: z.discriminatedUnion('kind', [filesSpine, sqlSpine, entitiesSpine]),
  sources: z
    .record(z.string(), z.array(sourceVersion).readonly())
    .readonly()
    .describe('Every object that was read, by the name of its source.'),
  quarantined: z
    .array(z.strictObject({ uri: text, etag: text }).readonly())
    .readonly()
    .describe('Objects in quarantine, which were left out.'),
}

const unversioned = z
  .strictObject({ ...manifestFields, version: z.null(), files: z.array(unplacedFile).min(1).readonly() })
  .superRefine(checkWhole)
const versioned = z
  .strictObject({ ...manifestFields, version: z.int().min(1), files: z.array(placedFile).min(1).readonly() })
  .superRefine(checkWhole)
  .superRefine(({ name, version, files }, context) => {
    const prefix = trainingPrefix(name, version)
    for (const [at, { file, key }] of files.entries())
      if (key !== `${prefix}${file}`)
        context.addIssue({ code: 'custom', path: ['files', at, 'key'], message: `is not ${prefix}${file}` })
  })

export const startTrainingRequest = z.strictObject({
  manifest: unversioned.describe('Without a version, which the answer gives.'),
})
export type StartTrainingRequest = z.infer<typeof startTrainingRequest>

export const completeTrainingRequest = z.strictObject({
  manifest: versioned.describe('With the version, and the keys of the files.'),
})
export type CompleteTrainingRequest = z.infer<typeof completeTrainingRequest>

/** Everything that is sent is a manifest as the registry knows it. */
export type Sent = [
  StartTrainingRequest['manifest'] extends TrainingManifest ? true : never,
  CompleteTrainingRequest['manifest'] extends VersionedManifest ? true : never,
]

export const MAX_TRAINING_SETS = 500

export const trainingSetsQuery = z.strictObject({
  name: setName.optional().describe('Only the versions of this one.'),
  limit: z
    .string()
    .regex(/^[0-9]+$/, 'is not a number')
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_TRAINING_SETS))
    .optional()
    .describe('50 when left out.'),
})

/** What no single field can say; the rows of the files are the set's, and each column and each file is there once. */
function checkWhole(
  manifest: Pick<TrainingManifest, 'rows' | 'files' | 'columns' | 'options' | 'statistics'>,
  context: z.RefinementCtx,
): void {
  const { rows, files, columns, options, statistics } = manifest
  const wrong = (path: readonly (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path: [...path], message })
  const inFiles = files.reduce((sum, file) => sum + file.rows, 0)
  if (inFiles !== rows) wrong(['rows'], `is ${rows}, and the files have ${inFiles}`)
  for (const [at, name] of repeated(files.map(({ file }) => file)))
    wrong(['files', at, 'file'], `${name} is there twice`)
  for (const [at, name] of repeated(columns.map((column) => column.name)))
    wrong(['columns', at, 'name'], `${name} is there twice`)
  for (const [at, { part }] of files.entries())
    if ((part === null) !== (options.split === null))
      wrong(
        ['files', at, 'part'],
        options.split === null ? 'is said, and nothing is split' : 'is not said, and the set is split',
      )
  const names = new Set(columns.map((column) => column.name))
  for (const column of Object.keys(statistics.features))
    if (!names.has(column)) wrong(['statistics', 'features', column], 'is no column of the set')
}

/** Texts that came before, and where. */
function repeated(texts: readonly string[]): readonly (readonly [number, string])[] {
  const seen = new Set<string>()
  return [...texts.entries()].filter(([, one]) => seen.has(one) || !seen.add(one))
}

export type { TrainingSetAnswer, TrainingSetStarted, TrainingSetsAnswer } from './answers/training.ts'
