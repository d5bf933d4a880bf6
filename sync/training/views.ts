/** The views of a training set, made ready for the join: sources listed and fetched, histories opened, steps written as SQL. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { type ViewObject, viewId } from '../../registry/objects.ts'
import type { SourceVersion } from '../../registry/training.ts'
import { describe, duckdbError } from '../duckdb.ts'
import type { LakeObject } from '../lake/lake.ts'
import { sizeOf } from '../materialize/compute-rows.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { type FetchedSources, fetchSources, type ListedSources, listSources } from '../materialize/sources.ts'
import { featureQuery, typedQuery } from '../materialize/typed.ts'
import { megabytes } from '../progress.ts'
import { damageOf } from '../sources/damage.ts'
import { readsAsOf } from '../sql/as-of.ts'
import { instantSteps } from './as-of-steps.ts'
import { keptHistory } from './history.ts'
import type { JoinedView } from './join.ts'
import type { PlannedView } from './plan.ts'
import { openPushed, pushedSteps } from './pushed.ts'
import { type StepOptions, stepsOf } from './steps.ts'

export interface ViewOptions {
  readonly asKnown: boolean
  /** Microseconds since the epoch: what `$as_of` is where it stands for now. */
  readonly asOf: number
  /** There is a spine: views that are computed at each of its instants can be. */
  readonly spine: boolean
}

/** What was read for a training set. */
export interface ReadSources {
  readonly sources: Readonly<Record<string, readonly SourceVersion[]>>
  readonly quarantined: readonly { readonly uri: string; readonly etag: string }[]
}

interface OpenView {
  readonly view: ViewObject
  readonly listed: ListedSources
  readonly fetched: FetchedSources
  readonly pushed: Awaited<ReturnType<typeof openPushed>>
}

export class TrainingViews {
  readonly #work: Workplace
  readonly #open: ReadonlyMap<string, OpenView>

  private constructor(work: Workplace, open: ReadonlyMap<string, OpenView>) {
    this.#work = work
    this.#open = open
  }

  /** Lists and fetches what the views read. @throws ShorelineError as a sync would */
  static async open(work: Workplace, views: readonly PlannedView[]): Promise<TrainingViews> {
    const { objects: quarantined } = await work.control.quarantine()
    const open = new Map<string, OpenView>()
    for (const { view } of views) {
      if (open.has(viewId(view))) continue
      const listed = await listSources(work, view, quarantined)
      const fetched = await work.progress.phase(
        `${viewId(view)}: read the lake`,
        (update) => fetchSources(work, view, listed, undefined, update),
        ({ objects, downloaded }) =>
          `${objects.length} objects, ${megabytes(sizeOf(objects))}, ${downloaded} downloaded`,
      )
      open.set(viewId(view), { view, listed, fetched, pushed: await openPushed(work, view) })
    }
    return new TrainingViews(work, open)
  }

  get read(): ReadSources {
    const sources: Record<string, readonly SourceVersion[]> = {}
    const quarantined = new Map<string, { readonly uri: string; readonly etag: string }>()
    const add = (name: string, objects: readonly LakeObject[]): void => {
      const all = [...(sources[name] ?? []), ...objects.map(({ uri, etag, size }) => ({ uri, etag, size }))]
      sources[name] = [...new Map(all.map((one) => [`${one.uri} ${one.etag}`, one])).values()]
    }
    for (const { view, listed, pushed } of this.#open.values()) {
      for (const [name, { objects }] of listed.sources) add(name, objects)
      if (view.push !== undefined && pushed) add(view.push, pushed.objects)
      for (const { uri, etag } of listed.leftOut) quarantined.set(`${uri} ${etag}`, { uri, etag })
    }
    return { sources, quarantined: [...quarantined.values()] }
  }

  /** Runs what reads the files, which must still be what was listed once that is done. */
  reading<T>(db: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    return [...this.#open.values()].reduce<() => Promise<T>>(
      (inner, { fetched }) =>
        () =>
          fetched.reading(db, inner),
      work,
    )()
  }

  /** @param views of the plan, by position */
  async join(
    db: DuckDBConnection,
    views: readonly PlannedView[],
    options: ViewOptions,
  ): Promise<readonly JoinedView[]> {
    const steps = new Map<string, Pick<JoinedView, 'steps' | 'match' | 'byFeature'>>()
    const joined: JoinedView[] = []
    for (const { planned, view } of views) {
      const id = viewId(view)
      const open = this.#open.get(id)
      if (!open) throw new ShorelineError('INTERNAL', `${id} was not opened.`)
      const made = steps.get(id) ?? (await this.#steps(db, open, steps.size, options))
      steps.set(id, made)
      joined.push({ planned, view, ...made })
    }
    return joined
  }

  async #steps(
    db: DuckDBConnection,
    open: OpenView,
    at: number,
    { asKnown, asOf, spine }: ViewOptions,
  ): Promise<Pick<JoinedView, 'steps' | 'match' | 'byFeature'>> {
    const { view, pushed } = open
    const lag = view.lag === undefined ? 0 : parseDuration(`view ${view.name}`, view.lag)
    if (view.sql !== undefined && readsAsOf(view.sql)) {
      if (pushed) throw instantsAndPushed(view)
      if (!spine) return { steps: null, match: 'same', byFeature: false }
      return {
        steps: await instantSteps(db, view, open.fetched.files, { lag, asKnown, at }),
        match: 'same',
        byFeature: false,
      }
    }
    const batch = view.reads.length === 0 ? null : await this.#batch(db, open, at, asOf, { lag, asKnown })
    if (!pushed) return { steps: batch, match: 'newest', byFeature: false }
    return { steps: await pushedSteps(db, view, batch, pushed, { asKnown, at }), match: 'newest', byFeature: true }
  }

  async #batch(
    db: DuckDBConnection,
    { view, listed, fetched }: OpenView,
    at: number,
    asOf: number,
    how: StepOptions,
  ): Promise<string> {
    const place = { cache: join(this.#work.folder, 'cache'), view, objects: listed.objects }
    const { steps } = await this.#work.progress.phase(
      `${viewId(view)}: history`,
      async () => {
        const { history, kept } = await keptHistory(db, place, () => typedRows(db, view, fetched, at, asOf))
        return { steps: await stepsOf(db, place, history, how), kept }
      },
      ({ kept }) => (view.sql === undefined ? 'read as it is' : kept ? 'computed before' : 'computed and kept'),
    )
    return steps
  }
}

/** @returns SQL of the view's rows in their types */
async function typedRows(
  db: DuckDBConnection,
  view: ViewObject,
  { files }: FetchedSources,
  at: number,
  asOf: number,
): Promise<string> {
  // Two views may read other objects under one name of a source: a view without SQL is read later, when all have theirs.
  const own = view.sql === undefined
  const reads = own ? view.reads.map((source) => ({ ...source, name: `_source_${at}` })) : view.reads
  try {
    for (const [place, source] of reads.entries())
      await createSourceTable(db, source, files.get(view.reads[place]?.name ?? '') ?? [])
    const features = featureQuery({ ...view, reads }, asOf)
    return `(${typedQuery(view, await describe(db, features))(features)})`
  } catch (thrown) {
    if (thrown instanceof ShorelineError) throw underItsName(thrown, `_source_${at}`, view)
    throw (await damageOf(db, view.reads, files, thrown)) ?? duckdbError(`view ${view.name}`, thrown)
  }
}

function underItsName(error: ShorelineError, own: string, { reads }: ViewObject): ShorelineError {
  if (!error.message.includes(own)) return error
  return new ShorelineError(error.code, error.message.replaceAll(own, reads[0]?.name ?? own), error.details, error)
}

function instantsAndPushed(view: ViewObject): ShorelineError {
  return new ShorelineError(
    'INVALID',
    `view ${view.name} reads $as_of and is pushed to: what it was at an instant of the past cannot be said. Give its rows event timestamps without $as_of.`,
  )
}
