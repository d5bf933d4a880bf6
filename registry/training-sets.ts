/** Which training sets there are. Immutable: a version that is complete never changes, and no number is given twice. */
import { and, desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { ShorelineError } from '../core/errors.ts'
import { MAX_TRAINING_DESCRIPTION_BYTES } from '../core/limits.ts'
import { nearest } from './definitions/nearest.ts'
import type { SnapshotStatistics } from './quality.ts'
import { trainingSets } from './schema.ts'
import type { TrainingManifest, TrainingSplit } from './training.ts'
import {
  describeTraining,
  type TrainingSetDescription,
  type TrainingSetSummary,
  trainingIdentity,
  type VersionedManifest,
} from './training-description.ts'

export interface StartedTrainingSet {
  readonly version: number
  /** The newest version is the same set already. */
  readonly existing: boolean
}

const SUMMARY = {
  name: trainingSets.name,
  version: trainingSets.version,
  service: trainingSets.service,
  rows: trainingSets.rows,
  features: trainingSets.features,
  split: trainingSets.split,
  hash: trainingSets.hash,
  createdAt: trainingSets.createdAt,
}

export class TrainingSets {
  readonly #d1
  readonly #db

  constructor(d1: D1Database) {
    this.#d1 = d1
    this.#db = drizzle(d1)
  }

  /** Gives it the next number of its name, unless the newest complete version is the same; one statement decides. */
  async start(manifest: TrainingManifest): Promise<StartedTrainingSet> {
    const { name, hash, service, rows, features, options } = manifest
    const identity = await trainingIdentity(manifest)
    const started = await this.#d1
      .prepare(START)
      .bind(name, identity, hash, service, rows, features.length, splitText(options.split), createdAt(manifest))
      .first<{ readonly version: number }>()
    if (started) return { version: started.version, existing: false }
    const newest = await this.#find(name)
    if (!newest) throw new ShorelineError('INTERNAL', `training set ${name} has no version, and none could be made.`)
    return { version: newest.version, existing: true }
  }

  /**
   * Its files are where they belong. Said again, it changes nothing.
   * @throws ShorelineError UNKNOWN_NAME, CONFLICT when it is another set than what was begun, TOO_LARGE
   */
  async complete(manifest: VersionedManifest): Promise<TrainingSetSummary> {
    const { name, version, rows, features, options, service, hash } = manifest
    const { statistics: found, ...described } = describeTraining(manifest)
    const description = JSON.stringify(described)
    const statistics = JSON.stringify(found)
    checkSize(`${name}@${version}`, description, statistics)
    const identity = await trainingIdentity(manifest)
    const [completed] = await this.#db
      .update(trainingSets)
      .set({ state: 'complete', rows, description, statistics, createdAt: createdAt(manifest) })
      .where(and(...isVersion(name, version), eq(trainingSets.state, 'started'), eq(trainingSets.identity, identity)))
      .returning({ version: trainingSets.version })
    if (!completed) await this.#checkSame(name, version, description, statistics)
    return {
      name,
      version,
      service,
      rows,
      features: features.length,
      split: options.split,
      hash,
      created_at: instant(createdAt(manifest)),
    }
  }

  /** Complete ones, newest first. @param name only its versions */
  async list(limit: number, name?: string): Promise<readonly TrainingSetSummary[]> {
    const found = await this.#db
      .select(SUMMARY)
      .from(trainingSets)
      .where(and(eq(trainingSets.state, 'complete'), name === undefined ? undefined : eq(trainingSets.name, name)))
      .orderBy(desc(trainingSets.createdAt), trainingSets.name, desc(trainingSets.version))
      .limit(limit)
    return found.map(({ split, createdAt: at, ...rest }) => ({
      ...rest,
      split: split === null ? null : (JSON.parse(split) as TrainingSplit),
      created_at: instant(at),
    }))
  }

  /**
   * @param version the newest complete one when left out
   * @throws ShorelineError UNKNOWN_NAME naming the set that was probably meant
   */
  async describe(name: string, version?: number): Promise<TrainingSetDescription> {
    const row = await this.#find(name, version)
    if (!row) throw await this.unknown(name, version)
    return {
      ...(JSON.parse(row.description ?? 'null') as Omit<TrainingSetDescription, 'statistics'>),
      statistics: JSON.parse(row.statistics ?? 'null') as SnapshotStatistics,
    }
  }

  async unknown(name: string, version?: number): Promise<ShorelineError> {
    const set = version === undefined ? name : `${name}@${version}`
    const newest = (await this.#find(name))?.version
    const meant = newest === undefined ? nearest(name, await this.#names()) : `${name}@${newest}`
    return new ShorelineError(
      'UNKNOWN_NAME',
      `There is no training set ${set}.${meant === undefined ? '' : ` Did you mean ${meant}?`} "shoreline training-sets" shows those that there are.`,
      { training_set: set },
    )
  }

  async #find(name: string, version?: number) {
    const complete = eq(trainingSets.state, 'complete')
    const [row] = await this.#db
      .select()
      .from(trainingSets)
      .where(and(complete, ...isVersion(name, version)))
      .orderBy(desc(trainingSets.version))
      .limit(1)
    return row
  }

  async #names(): Promise<readonly string[]> {
    const rows = await this.#db
      .selectDistinct({ name: trainingSets.name })
      .from(trainingSets)
      .where(eq(trainingSets.state, 'complete'))
      .limit(1000)
    return rows.map(({ name }) => name)
  }

  async #checkSame(name: string, version: number, description: string, statistics: string): Promise<void> {
    const [row] = await this.#db
      .select({
        state: trainingSets.state,
        same: sql<number>`${trainingSets.description} = ${description} and ${trainingSets.statistics} = ${statistics}`,
      })
      .from(trainingSets)
      .where(and(...isVersion(name, version)))
    const set = `${name}@${version}`
    if (!row) throw await this.unknown(name, version)
    if (row.state === 'complete' && row.same) return
    throw new ShorelineError(
      'CONFLICT',
      row.state === 'complete'
        ? `${set} is complete, and a training set never changes. Register what differs as a new version.`
        : `${set} was begun as another set: its content, service, features, spine or options differ. Register this one as a new version.`,
      { training_set: set },
    )
  }
}

function isVersion(name: string, version: number | undefined) {
  return [eq(trainingSets.name, name), ...(version === undefined ? [] : [eq(trainingSets.version, version)])]
}

function checkSize(set: string, description: string, statistics: string): void {
  const encoder = new TextEncoder()
  const bytes = encoder.encode(description).length + encoder.encode(statistics).length
  if (bytes <= MAX_TRAINING_DESCRIPTION_BYTES) return
  throw new ShorelineError(
    'TOO_LARGE',
    `${set}: what is kept of it in D1, statistics of every feature included, is ${bytes} bytes, and may be ${MAX_TRAINING_DESCRIPTION_BYTES}. Register its features as two sets.`,
    { training_set: set },
  )
}

function splitText(split: TrainingSplit | null): string | null {
  return split === null ? null : JSON.stringify(split)
}

/** @returns milliseconds since the epoch */
function createdAt({ created_at }: TrainingManifest): number {
  return Date.parse(created_at)
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

const START = `
  insert into training_sets (name, version, state, identity, hash, service, row_count, feature_count, split, created_at)
  select ?1, (select coalesce(max(version), 0) + 1 from training_sets where name = ?1), 'started', ?2, ?3, ?4, ?5, ?6, ?7, ?8
  where ?2 is not (
    select identity from training_sets where name = ?1 and state = 'complete' order by version desc limit 1
  )
  returning version`
