/** What a sync would materialize, a few rows of it: computed as a sync computes it, and written nowhere. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection, Json } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { parseType } from '../../core/types.ts'
import { parseTimestamp, timestampText } from '../../core/values.ts'
import { type ViewObject, viewId } from '../../registry/objects.ts'
import { query, watched, withDuckDB } from '../duckdb.ts'
import { identifier, literal } from '../sql/text.ts'
import { compute } from './compute.ts'
import type { Workplace } from './materialize.ts'
import { EVENT_TIMESTAMP } from './rows.ts'
import { fetchSources, listSources } from './sources.ts'

export interface Preview {
  /** `view@version` */
  readonly view: string
  /** Rows of the source objects. */
  readonly rows_read: number
  /** Of the whole snapshot. */
  readonly entities: number
  readonly watermark: string | null
  /** Source objects in quarantine. */
  readonly left_out: readonly string[]
  /** The first ones by key: join keys, event timestamp, features; integers of 64 bits as digits. */
  readonly rows: readonly Readonly<Record<string, Json>>[]
}

/** @throws ShorelineError as a sync would */
export async function preview(work: Workplace, view: ViewObject, limit: number): Promise<Preview> {
  const { control, progress } = work
  if (view.reads.length === 0)
    throw new ShorelineError(
      'INVALID',
      `View ${viewId(view)} has pushed rows only, so there is nothing to materialize. "shoreline get" shows what was pushed.`,
    )
  const [{ now }, { objects: quarantined }] = await Promise.all([control.head(), control.quarantine()])
  const listed = await listSources(work, view, quarantined)
  const sources = await progress.phase(
    `${viewId(view)}: read the lake`,
    (update) => fetchSources(work, view, listed, undefined, update),
    ({ objects, downloaded }) => `${objects.length} objects, ${downloaded} downloaded`,
  )
  await mkdir(join(work.folder, 'runs'), { recursive: true })
  const folder = await mkdtemp(join(work.folder, 'runs', 'preview-'))
  try {
    const file = join(folder, 'state.parquet')
    return await withDuckDB({ spill: join(work.folder, 'spill'), memory: work.memory }, async (db) => {
      const asOf = microsOf(now)
      const computed = await progress.phase(
        `${viewId(view)}: compute`,
        (update) =>
          watched(db, update, () => sources.reading(db, () => compute(db, view, sources.files, { asOf, file }))),
        ({ rows, rowsRead }) => `${rowsRead} rows read, ${rows} entities`,
      )
      return {
        view: viewId(view),
        rows_read: computed.rowsRead,
        entities: computed.rows,
        watermark: computed.watermark === null ? null : timestampText(computed.watermark),
        left_out: listed.leftOut.map(({ uri }) => uri),
        rows: await firstRows(db, view, file, limit),
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function microsOf(instant: string): number {
  const micros = parseTimestamp(instant)
  if (micros === null) throw new ShorelineError('INTERNAL', `the deployment's clock says ${instant}.`)
  return micros
}

async function firstRows(
  db: DuckDBConnection,
  view: ViewObject,
  file: string,
  limit: number,
): Promise<readonly Readonly<Record<string, Json>>[]> {
  const keys = view.join_keys.map((key) => ({ name: key.name, kind: parseType(key.type).kind }))
  const features = view.features.map((feature) => ({ name: feature.name, kind: parseType(feature.type).kind }))
  const columns = [...keys, { name: EVENT_TIMESTAMP, kind: 'timestamp' as const }, ...features]
  const order = keys.length === 0 ? '' : ` order by ${keys.map(({ name }) => identifier(name)).join(', ')}`
  const rows = await query(
    db,
    `select ${columns.map(shown).join(', ')} from read_parquet(${literal(file)})${order} limit ${limit}`,
  )
  const instants = new Set(columns.filter(({ kind }) => kind === 'timestamp').map(({ name }) => name))
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        instants.has(name) && value !== null ? timestampText(Number(value)) : (value ?? null),
      ]),
    ),
  )
}

/** As JSON can hold it: instants as microseconds first, bytes as base64. */
function shown({ name, kind }: { readonly name: string; readonly kind: string }): string {
  const column = identifier(name)
  if (kind === 'timestamp') return `epoch_us(${column}) as ${column}`
  return kind === 'bytes' ? `base64(${column}) as ${column}` : column
}
