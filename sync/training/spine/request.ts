/** Reads the spine that is asked for, whatever it is. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { timestampText } from '../../../core/values.ts'
import type { LakeSourceObject, RegistrySnapshot, ViewObject } from '../../../registry/objects.ts'
import type { SourceVersion, TrainingOptions, TrainingSpine } from '../../../registry/training.ts'
import type { Workplace } from '../../materialize/materialize.ts'
import { createSourceTable } from '../../materialize/source-tables.ts'
import { fetchSources, listSources } from '../../materialize/sources.ts'
import type { JoinedView } from '../join.ts'
import type { TrainingPlan } from '../plan.ts'
import { type EntityInstants, readEntitySpine } from './entity-spine.ts'
import { readFileSpine } from './file-spine.ts'
import { makeSpine, type RawSpine, type Spine } from './spine.ts'
import { readSqlSpine, sourcesOf } from './sql-spine.ts'

export type SpineRequest =
  /** A local file, a `file://` or an `r2://` path: Parquet, CSV, NDJSON. */
  | { readonly files: string }
  /** One query over registered sources, by their names. */
  | { readonly sql: string }
  /** Every entity that is active in the lake, at each instant. */
  | EntityInstants

export interface SpineContext {
  readonly work: Workplace
  readonly registry: RegistrySnapshot
  readonly plan: TrainingPlan
  readonly options: TrainingOptions
  /** Microseconds since the epoch: no instant may be later. */
  readonly asOf: number
  /** The views whose rows say which entities there are. */
  readonly entities: () => Promise<readonly JoinedView[]>
}

export interface ReadSpine {
  readonly spine: Spine
  readonly described: TrainingSpine & { readonly hash: string }
  /** Sources that its SQL reads. */
  readonly sources: Readonly<Record<string, readonly SourceVersion[]>>
}

/**
 * Ends as the relation `_spine`.
 * @throws ShorelineError INVALID naming what is wrong with it
 */
export async function readSpine(db: DuckDBConnection, request: SpineRequest, at: SpineContext): Promise<ReadSpine> {
  const { plan, options, asOf } = at
  const { raw, spine, hash, sources = {} } = await rawSpine(db, request, at)
  const made = await makeSpine(db, raw, { fields: plan.fields, timestamp: options.timestamp, asOf })
  return { spine: made, described: { ...spine, hash }, sources }
}

interface Raw {
  readonly raw: RawSpine
  readonly spine: TrainingSpine
  readonly hash: string
  readonly sources?: ReadSpine['sources']
}

async function rawSpine(db: DuckDBConnection, request: SpineRequest, at: SpineContext): Promise<Raw> {
  const { work, registry, plan, options, asOf } = at
  if ('files' in request) {
    const types = new Map(options.types.map(({ name, type }) => [name, type]))
    const { fields } = plan
    const { raw, path, objects, hash } = await readFileSpine(db, request.files, {
      lake: work.lake,
      cache: join(work.folder, 'cache'),
      fields,
      timestamp: options.timestamp,
      types,
    })
    return { raw, spine: { kind: 'files', path, objects }, hash }
  }
  if ('sql' in request) {
    const read = await sourcesOf(db, request.sql, registry)
    const { sources, raw, hash } = await withSources(db, work, read, () =>
      readSqlSpine(db, request.sql, { fields: plan.fields, timestamp: options.timestamp, asOf }),
    )
    return { raw, spine: { kind: 'sql', sql: request.sql, sources: read.map(({ name }) => name) }, hash, sources }
  }
  const { raw, hash } = await readEntitySpine(db, plan, await at.entities(), options.timestamp, request)
  const { from, to, every } = request
  return { raw, spine: { kind: 'entities', from: timestampText(from), to: timestampText(to), every }, hash }
}

async function withSources<T>(
  db: DuckDBConnection,
  work: Workplace,
  reads: readonly LakeSourceObject[],
  read: () => Promise<T>,
): Promise<T & { readonly sources: ReadSpine['sources'] }> {
  const { objects: quarantined } = await work.control.quarantine()
  // What fetches the sources of a view fetches these.
  const asView = { reads, name: 'spine' } as unknown as ViewObject
  const listed = await listSources(work, asView, quarantined)
  const fetched = await work.progress.phase(
    'the spine: read the lake',
    (update) => fetchSources(work, asView, listed, undefined, update),
    ({ objects, downloaded }) => `${objects.length} objects, ${downloaded} downloaded`,
  )
  const result = await fetched.reading(db, async () => {
    for (const source of reads) await createSourceTable(db, source, fetched.files.get(source.name) ?? [])
    return read()
  })
  const sources = [...listed.sources].map(([name, { objects }]): [string, readonly SourceVersion[]] => [
    name,
    objects.map(({ uri, etag, size }) => ({ uri, etag, size })),
  ])
  return { ...result, sources: Object.fromEntries(sources) }
}
