/**
 * One materialization, in the order that makes it all or nothing: pin the sources, compute the rows and keep them in R2,
 * build and upload blocks from exactly those rows, flip. Killed anywhere, it leaves what is online as it was, and the
 * next one finishes it.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { snapshotPrefix } from '../../core/storage.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import type { PublishAnswer, StartRunAnswer, StartRunRequest } from '../../registry/wire/control.ts'
import type { Control } from '../control.ts'
import { diskError, withDuckDB } from '../duckdb.ts'
import type { LakeConfig } from '../lake/resolve.ts'
import { megabytes, type Progress } from '../progress.ts'
import { buildBlocks } from './blocks.ts'
import { FailedChecks } from './check.ts'
import { sizeOf } from './compute-rows.ts'
import { keepLease, type Lease, startLeased } from './lease.ts'
import { type OpenRun, reportMade, reportUnchanged, type ViewReport } from './report.ts'
import { computeSnapshot, resumeSnapshot, type SnapshotRows } from './snapshot.ts'
import { type ListedSources, listSources } from './sources.ts'
import { type Stopwatch, stopwatch } from './stopwatch.ts'
import { type Uploaded, uploadBlocks } from './upload.ts'

export interface Workplace {
  readonly control: Control
  readonly lake: LakeConfig
  /** The lake where snapshots are kept, `r2://offline`. */
  readonly bucket: string
  /** Local folder for cached objects, spilled data and rows on their way, `.shoreline`. */
  readonly folder: string
  /** For all of it, `2GB`. */
  readonly memory: string
  readonly progress: Progress
}

export interface MaterializeOptions {
  /** A new base run even when nothing changed. */
  readonly full?: boolean
  /** Microseconds since the epoch; without it the deployment's clock. */
  readonly asOf?: number
  /** Only events from then on, or until then, microseconds since the epoch; the others stay as they are online. */
  readonly from?: number
  readonly to?: number
  /** Everything but what writes: the report says what a run would do. */
  readonly dryRun?: boolean
}

/** What a run needs on its way. */
export interface Materialization {
  readonly work: Workplace
  readonly view: ViewObject
  readonly run: OpenRun
  readonly listed: ListedSources
  readonly options: MaterializeOptions
  readonly clock: Stopwatch
  readonly lease: Lease
  /** Where its files are on this machine, until it is done. */
  readonly folder: string
  /** Where the snapshot's rows go in the lake. */
  readonly part: string
}

/** @throws ShorelineError naming the view; what is online stays as it was */
export async function materialize(
  work: Workplace,
  view: ViewObject,
  options: MaterializeOptions = {},
): Promise<ViewReport> {
  const [report] = await materializeTogether(work, [view], options)
  if (!report) throw new Error('there is a report for every view')
  return report
}

/**
 * All views are made ready, then published in one flip: no reader sees one of them new and another old.
 * @throws ShorelineError naming the view; what is online stays as it was, and what was made ready is finished by the next one
 */
export async function materializeTogether(
  work: Workplace,
  views: readonly ViewObject[],
  options: MaterializeOptions = {},
): Promise<readonly ViewReport[]> {
  const all: Prepared[] = []
  try {
    for (const view of views) all.push(await prepare(work, view, options))
    const ready = all.flatMap((one) => ('run' in one ? [one] : []))
    if (ready.length === 0) return await Promise.all(all.map((one) => one.report(null)))
    for (const { lease } of ready) lease.check()
    const published = await work.progress.phase(
      `${ready.map(({ run }) => run.view).join(', ')}: publish`,
      () => work.control.publish(ready.map(({ run }) => run.run)),
      publishedText,
    )
    return await Promise.all(all.map((one) => one.report(published)))
  } finally {
    for (const one of all) if ('run' in one) one.lease.end()
  }
}

/** Ready to be published, or with nothing to publish. */
type Prepared = {
  /** @param published null when there was nothing to publish */
  readonly report: (published: PublishAnswer | null) => Promise<ViewReport>
} & ({ readonly run: OpenRun; readonly lease: Lease } | { readonly nothing: true })

async function prepare(work: Workplace, view: ViewObject, options: MaterializeOptions): Promise<Prepared> {
  const clock = stopwatch()
  const listed = await work.progress.phase(
    `${viewId(view)}: list the lake`,
    async () => listSources(work, view, (await work.control.quarantine()).objects),
    ({ objects, leftOut }) =>
      `${objects.length} objects, ${megabytes(sizeOf(objects))}${leftOut.length > 0 ? `, ${leftOut.length} in quarantine left out` : ''}`,
  )
  clock.lap('list')
  const run = await start(work, view, listed, options)
  if (run.outcome === 'unchanged') return { nothing: true, report: async () => reportUnchanged(run, clock) }
  const folder = join(work.folder, 'runs', options.dryRun ? `dry-run-${randomUUID()}` : run.run)
  const part = `${snapshotPrefix(run.view, run.snapshot)}part-0.parquet`
  const lease = options.dryRun ? NO_LEASE : keepLease(work.control, run.run)
  const at: Materialization = { work, view, run, listed, options, clock, lease, folder, part }
  await mkdir(folder, { recursive: true })
  try {
    const made = await make(at)
    const report = async (published: PublishAnswer | null) => reported(at, made, published)
    return options.dryRun ? { nothing: true, report } : { run, lease, report }
  } catch (thrown) {
    lease.end()
    // What the data or the SQL did wrong ends the run; a store that failed leaves it open for the next sync to finish.
    if (!options.dryRun && thrown instanceof ShorelineError && thrown.code === 'INVALID')
      await work.control
        .failRun(run.run, messageOf(thrown), thrown instanceof FailedChecks ? { ...thrown.found } : {})
        .catch(() => {})
    throw thrown
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const NO_LEASE: Lease = { check: () => {}, end: () => {} }

function start(
  { control }: Workplace,
  view: ViewObject,
  { objects }: ListedSources,
  { full, asOf, from, to, dryRun }: MaterializeOptions,
): Promise<StartRunAnswer> {
  const request: StartRunRequest = {
    view: viewId(view),
    sources: objects.map(({ uri, etag, size }) => ({ uri, etag, size })),
    ...(asOf === undefined ? {} : { as_of: asOf }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(full ? { full: true } : {}),
  }
  return dryRun ? control.startRun({ ...request, dry_run: true }) : startLeased(control, request)
}

export interface Made {
  readonly rows: SnapshotRows
  readonly uploaded: Uploaded
}

function make(at: Materialization): Promise<Made> {
  const { work, run, clock, lease, options } = at
  return withDuckDB({ spill: join(work.folder, 'spill'), memory: work.memory }, async (db) => {
    const rows = run.computed ? await resumeSnapshot(at, run.computed) : await computeSnapshot(at, db)
    const { computed, file } = rows
    const total = computed.blocks + computed.filters
    const spec = { run: run.run, file, kind: computed.kind, rows: computed.stored ?? computed.rows }
    const uploaded = await work.progress.phase(
      `${run.view}: ${options.dryRun ? 'build' : 'build and upload'} blocks`,
      (update) =>
        uploadBlocks(
          buildBlocks(
            db,
            at.view,
            { ...spec, blocks: computed.blocks, filters: computed.filters },
            join(work.folder, 'spill'),
          ),
          run.uploaded,
          async (first, body) => {
            lease.check()
            if (!options.dryRun) await work.control.upload(run.run, first, body)
          },
          (done) => update(done, total, 'blocks'),
        ),
      ({ blocks, bytes }) => `${blocks} blocks, ${megabytes(bytes)}`,
    )
    clock.lap('upload')
    return { rows, uploaded }
  }).catch((thrown: unknown) => {
    throw diskError(`view ${at.view.name}`, thrown)
  })
}

async function reported(at: Materialization, made: Made, published: PublishAnswer | null): Promise<ViewReport> {
  const { work, run, clock, options } = at
  clock.lap('publish')
  const report = reportMade({ at, made, published })
  // It is told to whoever asks what runs did; the run itself is over, whether this arrives or not.
  if (!options.dryRun) await work.control.report(run.run, { ...report }).catch(() => {})
  return report
}

function publishedText({ revision, held }: PublishAnswer): string {
  return held.length > 0
    ? `revision ${revision}; held by a rollback, kept and not published: ${held.length} runs`
    : `revision ${revision}`
}
