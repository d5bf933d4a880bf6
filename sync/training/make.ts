/**
 * Makes the rows: spine, histories, join, and what is computed on demand; then the files and their statistics. Plain views go
 * from the join straight into the file. What more is to do is done to the joined rows in a database of its own, because the
 * functions of on-demand views turn optimizers off that the join needs.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VERSION } from '../../core/version.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { allViews, isOnDemand } from '../../registry/on-demand.ts'
import type { TrainingFile, TrainingManifest, TrainingOptions, TrainingView } from '../../registry/training.ts'
import { query, watched, withDuckDB } from '../duckdb.ts'
import type { Workplace } from '../materialize/materialize.ts'
import type { Stopwatch } from '../materialize/stopwatch.ts'
import { literal } from '../sql/text.ts'
import { columnsOf, type SetColumn } from './columns.ts'
import { computedColumn, computeOnDemand } from './compute.ts'
import { AT, joinQuery, ROW } from './join.ts'
import { checkPassed } from './passed.ts'
import type { TrainingPlan } from './plan.ts'
import { type ReadSpine, readSpine, type SpineRequest } from './spine/request.ts'
import type { Spine } from './spine/spine.ts'
import { partsOf } from './split.ts'
import { setStatistics } from './statistics.ts'
import { TrainingViews } from './views.ts'
import { type Part, writeParts } from './write.ts'

export interface Making {
  readonly work: Workplace
  readonly registry: RegistrySnapshot
  readonly plan: TrainingPlan
  readonly spine: SpineRequest
  readonly options: TrainingOptions
  /** Microseconds since the epoch. */
  readonly asOf: number
  /** The file that is written. */
  readonly out: string
  /** For what is between the join and the file. */
  readonly folder: string
  readonly clock: Stopwatch
}

export type Made = Omit<TrainingManifest, 'format' | 'name' | 'version' | 'created_at'>

export async function make(at: Making): Promise<Made> {
  const { work, registry, plan, options, clock } = at
  const duck = { spill: join(work.folder, 'spill'), memory: work.memory }
  const views = await TrainingViews.open(work, plan.views)
  clock.lap('read')
  const joined = await withDuckDB(duck, (db) => views.reading(db, () => joinAll(at, db, views)))
  const { spine, described, sources } = joined.read
  const written = joined.written ?? (await withDuckDB(duck, (db) => finish(at, db, joined)))
  const all = allViews(registry)
  return {
    written_by: { shoreline: VERSION, duckdb: joined.duckdb },
    service: plan.service,
    features: plan.outputs.map(({ feature }) => feature),
    options,
    spine: { ...described, rows: spine.rows },
    views: plan.views.map(({ planned, view }): TrainingView => {
      const { ttl = null, lag = null, hash } = view
      return { view: viewId(view), as: planned.as, hash, ttl, lag, keys: planned.keys.map(({ name }) => name) }
    }),
    on_demand: (plan.onDemand?.onDemand ?? []).map(({ view: id }) => {
      const view = all.get(id)
      return { view: id, hash: view && isOnDemand(view) ? view.hash : '' }
    }),
    quarantined: views.read.quarantined,
    sources: { ...sources, ...views.read.sources },
    columns: joined.columns.map(({ sql: _, ...column }) => column),
    rows: spine.rows,
    files: written.files,
    hash: contentHash(written.files),
    statistics: written.statistics,
  }
}

interface Written {
  readonly files: readonly TrainingFile[]
  readonly statistics: TrainingManifest['statistics']
}

interface Joined {
  readonly read: ReadSpine
  readonly columns: readonly SetColumn[]
  readonly duckdb: string
  /** Null where there is more to do to `rows`. */
  readonly written: Written | null
  /** Parquet of the joined rows. */
  readonly rows: string
}

async function joinAll(at: Making, db: DuckDBConnection, views: TrainingViews): Promise<Joined> {
  const { work, plan, options, asOf, folder, clock } = at
  const { progress } = work
  const how = { asKnown: options.as_known, asOf }
  const read = await progress.phase(
    'the spine',
    () => readSpine(db, at.spine, { ...at, entities: () => views.join(db, plan.views, { ...how, spine: false }) }),
    ({ spine }) => `${spine.rows.toLocaleString('en')} rows`,
  )
  clock.lap('spine')
  const joined = await views.join(db, plan.views, { ...how, spine: true })
  clock.lap('histories')
  const fields = new Map(read.spine.columns.map(({ name, column }) => [name, column]))
  const columns = columnsOf(plan, read.spine, {
    fullNames: options.full_names,
    statuses: options.statuses,
    computed: computedColumn,
  })
  checkPassed(columns, options.format)
  const [version] = await query(db, 'select version() as version')
  const sql = joinQuery(joined, {
    keep: [AT, ...read.spine.columns.map(({ column }) => column)],
    field: (name) => fields.get(name) ?? name,
    statuses: options.statuses,
  })
  const direct = plan.onDemand === null && options.split === null && options.format === 'parquet'
  const rows = join(folder, 'joined.parquet')
  const files = await progress.phase(
    'join',
    (update) =>
      watched(db, update, async () => {
        if (direct) return writeParts(db, `(${sql})`, columns, whole(read.spine), at.out, options.format)
        await db.run(`copy (${sql} order by ${ROW}) to ${literal(rows)} ${JOINED}`)
        return null
      }),
    () => `${plan.views.length} views`,
  )
  clock.lap('join')
  const statistics =
    files &&
    (await progress.phase(
      'statistics',
      () => setStatistics(db, plan, columns, { file: at.out, rows: read.spine.rows }, options.timestamp),
      () => '',
    ))
  clock.lap('statistics')
  return {
    read,
    columns,
    duckdb: String(version?.['version'] ?? ''),
    written: files && statistics ? { files, statistics } : null,
    rows,
  }
}

function whole({ rows }: Spine): readonly Part[] {
  return [{ name: null, where: null, rows }]
}

/** Read once more, and then gone. */
const JOINED = '(format parquet, compression lz4, dictionary_size_limit 0)'

async function finish(at: Making, db: DuckDBConnection, { read, columns, rows }: Joined): Promise<Written> {
  const { work, plan, options, out, folder, clock } = at
  const relation = plan.onDemand
    ? await work.progress.phase(
        'on-demand views',
        () => computeOnDemand(work, db, at, read.spine, rows),
        () => '',
      )
    : `read_parquet(${literal(rows)})`
  clock.lap('on_demand')
  const written = await work.progress.phase(
    'write',
    async () => {
      const parts = await partsOf(db, relation, options.split, read.spine)
      const files = await writeParts(db, relation, columns, parts, out, options.format)
      clock.lap('write')
      const all = join(folder, 'whole.parquet')
      await writeParts(db, relation, columns, whole(read.spine), all, 'parquet')
      return {
        files,
        statistics: await setStatistics(db, plan, columns, { file: all, rows: read.spine.rows }, options.timestamp),
      }
    },
    ({ files }) => files.map(({ file, rows: count }) => `${file} ${count.toLocaleString('en')} rows`).join(', '),
  )
  clock.lap('statistics')
  return written
}

function contentHash(files: readonly TrainingFile[]): string {
  const [only] = files
  if (only && files.length === 1) return only.sha256
  return createHash('sha256')
    .update(files.map(({ sha256 }) => sha256).join('\n'))
    .digest('hex')
}
