/**
 * One materialization, in the order that makes it all or nothing: pin the sources, compute the rows and keep them in R2,
 * build and upload blocks from exactly those rows, flip. Killed anywhere, it leaves what is online as it was, and the
 * next one finishes it.
 */
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { snapshotPrefix } from '../../core/storage.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import type { ComputedRequest, PublishAnswer, StartRunAnswer } from '../../registry/wire/control.ts'
import type { Control } from '../control.ts'
import { withDuckDB } from '../duckdb.ts'
import { type LakeConfig, openLake } from '../lake/resolve.ts'
import { megabytes, type Progress } from '../progress.ts'
import { buildBlocks, countBlocks } from './blocks.ts'
import { compute } from './compute.ts'
import { reportPublished, reportUnchanged, type ViewReport } from './report.ts'
import { type ReadSources, readSources } from './sources.ts'
import { type Stopwatch, stopwatch } from './stopwatch.ts'
import { uploadBlocks } from './upload.ts'

export interface Workplace {
  readonly control: Control
  readonly lake: LakeConfig
  /** The lake where snapshots are kept, `r2://offline`. */
  readonly bucket: string
  /** Local folder for cached objects, spilled data and rows on their way, `.shoreline`. */
  readonly folder: string
  /** DuckDB's memory, `2GB`. */
  readonly memory: string
  readonly progress: Progress
}

export interface MaterializeOptions {
  /** A new base run even when nothing changed. */
  readonly full?: boolean
  /** Microseconds since the epoch; without it the deployment's clock. */
  readonly asOf?: number
}

type OpenRun = Exclude<StartRunAnswer, { readonly outcome: 'unchanged' }>

/** What a run needs on its way. */
interface Materialization {
  readonly work: Workplace
  readonly view: ViewObject
  readonly run: OpenRun
  readonly sources: ReadSources
  readonly clock: Stopwatch
  /** Where the snapshot's rows are on this machine. */
  readonly file: string
  /** Where they are in the lake. */
  readonly part: string
}

/** @throws ShorelineError naming the view; what is online stays as it was */
export async function materialize(
  work: Workplace,
  view: ViewObject,
  options: MaterializeOptions = {},
): Promise<ViewReport> {
  const clock = stopwatch()
  const sources = await work.progress.phase(
    `${viewId(view)}: read the lake`,
    (update) => readSources(work, view, update),
    ({ objects, downloaded }) => `${objects.length} objects, ${downloaded} downloaded`,
  )
  clock.lap('read')
  const run = await work.control.startRun({
    view: viewId(view),
    sources: sources.objects.map(({ uri, etag, size }) => ({ uri, etag, size })),
    ...(options.asOf === undefined ? {} : { as_of: options.asOf }),
    ...(options.full ? { full: true } : {}),
  })
  if (run.outcome === 'unchanged') return reportUnchanged(run, clock)
  const folder = join(work.folder, 'runs', run.run)
  await mkdir(folder, { recursive: true })
  try {
    const part = `${snapshotPrefix(run.view, run.snapshot)}part-0.parquet`
    return await finish({ work, view, run, sources, clock, file: join(folder, 'part-0.parquet'), part }, options)
  } catch (thrown) {
    // What the data or the SQL did wrong ends the run; a store that failed leaves it open for the next sync to finish.
    if (thrown instanceof ShorelineError && thrown.code === 'INVALID')
      await work.control.failRun(run.run, messageOf(thrown)).catch(() => {})
    throw thrown
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function finish(at: Materialization, options: MaterializeOptions): Promise<ViewReport> {
  const { work, run, clock } = at
  return withDuckDB({ spill: join(work.folder, 'spill'), memory: work.memory }, async (db) => {
    const computed = run.computed ? await resumeSnapshot(at, run.computed) : await computeSnapshot(at, db)
    const uploaded = await work.progress.phase(
      `${run.view}: build and upload blocks`,
      (update) =>
        uploadBlocks(
          buildBlocks(db, at.view, run.run, at.file, computed.blocks),
          run.uploaded,
          (first, body) => work.control.upload(run.run, first, body),
          (done) => update(done, computed.blocks),
        ),
      ({ blocks, bytes }) => `${blocks} blocks, ${megabytes(bytes)}`,
    )
    clock.lap('upload')
    const published = await work.progress.phase(
      `${run.view}: publish`,
      () => work.control.publish([run.run]),
      (answer) => publishedText(run, answer),
    )
    clock.lap('publish')
    return reportPublished({
      run,
      published,
      uploaded,
      computed,
      reason: options.full
        ? '--full was given'
        : run.outcome === 'resumed'
          ? 'an earlier run was not finished'
          : 'the definition or the lake changed',
      rowsRead: computed.rowsRead,
      objects: at.sources.objects.length,
      snapshotBytes: (await stat(at.file)).size,
      clock,
    })
  })
}

type SnapshotRows = ComputedRequest & { readonly rowsRead: number }

async function computeSnapshot(
  { work, view, run, sources, clock, file, part }: Materialization,
  db: DuckDBConnection,
): Promise<SnapshotRows> {
  const computed = await work.progress.phase(
    `${run.view}: compute`,
    () => compute(db, view, sources.files, run.as_of, file),
    ({ rows, rowsRead }) => `${rowsRead} rows read, ${rows} entities`,
  )
  clock.lap('compute')
  const blocks = await countBlocks(db, view, file, computed.rows)
  await openLake(work.bucket, work.lake).put(part, { file })
  const { rows, rowsRead, watermark, nextEvent } = computed
  const request: ComputedRequest = { rows, blocks, watermark, next_event: nextEvent, parts: [part] }
  await work.control.computed(run.run, request)
  clock.lap('snapshot')
  return { ...request, rowsRead }
}

/** The rows that an earlier sync computed are in the lake: they are not computed again. */
async function resumeSnapshot(
  { work, run, clock, file, part }: Materialization,
  computed: ComputedRequest,
): Promise<SnapshotRows> {
  await work.progress.phase(
    `${run.view}: resume`,
    () => fetchPart(work, part, file),
    () => `${computed.rows} entities, computed before`,
  )
  clock.lap('snapshot')
  return { ...computed, rowsRead: 0 }
}

async function fetchPart(work: Workplace, part: string, file: string): Promise<void> {
  const lake = openLake(work.bucket, work.lake)
  const object = await lake.head(part)
  if (!object)
    throw new ShorelineError(
      'INVALID',
      `The snapshot ${work.bucket}/${part} is not in the lake any more. Run "shoreline sync --full".`,
    )
  await lake.fetch(object, file)
}

function publishedText(run: OpenRun, { revision, held }: PublishAnswer): string {
  return held.includes(run.run)
    ? 'held by a rollback: kept, not published'
    : `revision ${revision}, snapshot ${run.snapshot}`
}
