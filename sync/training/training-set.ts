/**
 * A training set: every feature of a service beside the rows of a spine, as it was known at the instant of each; written in
 * the spine's order, described by a manifest from which it can be made again, and registered.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { checkName } from '../../core/name.ts'
import { parseTimestamp, timestampText } from '../../core/values.ts'
import { TRAINING_SET_FORMAT, type TrainingManifest, type TrainingOptions } from '../../registry/training.ts'
import { duckdbError } from '../duckdb.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { stopwatch } from '../materialize/stopwatch.ts'
import { make } from './make.ts'
import { planTraining, type TrainingPlan, type TrainingSubject } from './plan.ts'
import { register } from './register.ts'
import type { SpineRequest } from './spine/request.ts'
import { readSplit, type SplitRequest } from './split.ts'

/** What a training set is asked for with, as the options of `shoreline train`. */
export interface TrainingRequest {
  /** `{ service: 'flight_delay' }`, or `{ features: ['airport_delays:avg_delay_7d'] }`. */
  readonly subject: TrainingSubject
  /** `{ files: 'flights.parquet' }`, `{ sql: 'select …' }`, or `{ from, to, every }` for every active entity at each instant. */
  readonly spine: SpineRequest
  /** The file that is written; the manifest lies beside it. */
  readonly out: string
  /** The name that it is registered under; the service's when left out. */
  readonly name?: string
  /** Neither registered nor kept in the lake. */
  readonly local?: boolean
  /** The spine's column with the instants; `event_timestamp` when left out. */
  readonly timestamp?: string
  /** `parquet` when left out, whatever the name of the file ends in. */
  readonly format?: TrainingOptions['format']
  /** Rows that were created after the instant are left out. */
  readonly asKnown?: boolean
  /** Columns are named `view__feature`. */
  readonly fullNames?: boolean
  /** A status for every feature, and the event timestamp of every view. */
  readonly statuses?: boolean
  /** `{ how: 'time:0.8' }`: a file for each part. */
  readonly split?: SplitRequest
  /** Microseconds since the epoch; the deployment's clock when left out. */
  readonly asOf?: number
  /** Of columns of a text spine that are neither join keys nor request-time values. */
  readonly types?: TrainingOptions['types']
}

/** A training set that was written. */
export interface TrainingSet {
  readonly manifest: TrainingManifest
  /** Where the manifest was written. */
  readonly path: string
  /** It was registered before, with the same content: nothing new was. */
  readonly existing: boolean
  /** By phase: `read`, `spine`, `histories`, `join`, `on_demand`, `write`, `statistics`, `register`. */
  readonly seconds: Readonly<Record<string, number>>
}

/**
 * Writes every feature of a service beside the rows of a spine, as it was known at the instant of each, and registers the set.
 * @throws ShorelineError naming what is wrong with the request, the spine or the lake; nothing is registered then
 */
export async function trainingSet(work: Workplace, request: TrainingRequest): Promise<TrainingSet> {
  const clock = stopwatch()
  const [registry, head] = await Promise.all([work.control.registry(), work.control.head()])
  const now = parseTimestamp(head.now)
  if (now === null) throw new ShorelineError('INTERNAL', `the deployment's clock says ${head.now}.`)
  const plan = planTraining(registry, request.subject, request.fullNames ?? false)
  const options = optionsOf(request, plan, request.asOf ?? now)
  const name = nameOf(request, plan)
  const folder = join(work.folder, 'runs', `train-${randomUUID()}`)
  await mkdir(folder, { recursive: true })
  await mkdir(dirname(request.out), { recursive: true })
  try {
    const made = await make({
      ...{ work, registry, plan, options, folder, clock },
      spine: request.spine,
      out: request.out,
      asOf: request.asOf ?? now,
    }).catch((thrown: unknown) => {
      // A view without SQL is read by the join: what is wrong with its rows is found out there.
      const said = thrown instanceof Error && /^(?:[A-Z]\w+ )+Error: /.test(thrown.message)
      throw said ? duckdbError('the training set', thrown) : thrown
    })
    const manifest: TrainingManifest = {
      format: TRAINING_SET_FORMAT,
      name,
      version: null,
      created_at: timestampText(now),
      ...made,
    }
    const { registered, existing } = request.local
      ? { registered: manifest, existing: false }
      : await work.progress.phase(
          'register',
          () => register(work, manifest, dirname(request.out)),
          ({ registered: one }) => `${one.name}@${one.version}`,
        )
    clock.lap('register')
    const path = manifestPath(request.out)
    await writeFile(path, `${JSON.stringify(registered, null, 2)}\n`)
    return { manifest: registered, path, existing, seconds: clock.laps() }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function manifestPath(out: string): string {
  return join(dirname(out), `${basename(out).replace(/\.[a-z]+$/, '')}.manifest.json`)
}

function nameOf({ name, subject }: TrainingRequest, plan: TrainingPlan): string {
  if (name !== undefined) {
    checkName('training set', name)
    return name
  }
  if (plan.service !== null) return plan.service.split('@')[0] ?? plan.service
  if ('features' in subject) return 'features'
  throw new ShorelineError('INTERNAL', 'a training set has no name')
}

function optionsOf(request: TrainingRequest, { fields }: TrainingPlan, asOf: number): TrainingOptions {
  const keys = fields.filter(({ is }) => is === 'key').map(({ name }) => name)
  return {
    timestamp: request.timestamp ?? 'event_timestamp',
    as_of: timestampText(asOf),
    as_known: request.asKnown ?? false,
    full_names: request.fullNames ?? false,
    statuses: request.statuses ?? false,
    format: request.format ?? 'parquet',
    split: request.split ? readSplit(request.split, keys) : null,
    types: request.types ?? [],
  }
}
