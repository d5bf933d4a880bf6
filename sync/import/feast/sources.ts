/** Batch sources become Parquet sources; streams and request sources only get a line in the list of work left. */
import { ShorelineError } from '../../../core/errors.ts'
import { isName } from '../../../core/name.ts'
import { type NewSource, saidOf, sorted } from './model.ts'
import { originOf, streamKind } from './origins.ts'
import { bucketOf, filesOf, type Place, placeOf } from './paths.ts'
import type { FeastRegistry } from './registry.ts'
import { Names, type Report } from './report.ts'
import type { FeastSource, FeastView } from './schema.ts'

/** Shows that it is none: a sync refuses it, since there is no such bucket. */
const PLACEHOLDER = 'r2://fill-in'

interface Found {
  readonly name: string
  readonly feast: FeastSource
  /** Feature or join key -> column, of every view that reads it; also where both are the same. */
  readonly columns: Map<string, string>
}

export class Sources {
  readonly #registry: FeastRegistry
  readonly #report: Report
  readonly #bucket: string | undefined
  readonly #names: Names
  readonly #found = new Map<string, Found>()
  readonly #buckets = new Set<string>()

  /** @param bucket `r2://bucket/folder`, where objects of other stores are to be */
  constructor(registry: FeastRegistry, report: Report, bucket: string | undefined) {
    this.#registry = registry
    this.#report = report
    this.#bucket = bucket?.replace(/\/+$/, '')
    this.#names = new Names(report)
    const all = allOf(registry)
    // Names that are given come before those that are made, which give way.
    for (const source of all.filter((one) => !isPath(one.name))) this.#add(source)
    for (const source of all.filter((one) => isPath(one.name))) this.#add(source)
  }

  /** The name of the view's source. Undefined where it has no rows at rest. */
  of(view: FeastView): string | undefined {
    const source = batchOf(view.batchSource) ?? batchOf(view.streamSource)
    return source && this.#found.get(idOf(source))?.name
  }

  /** Notes which column holds a feature or a join key. @throws ShorelineError INVALID when another view disagrees */
  read(view: FeastView, feastName: string, name: string): void {
    const source = batchOf(view.batchSource) ?? batchOf(view.streamSource)
    const found = source && this.#found.get(idOf(source))
    if (!found) return
    const column = columnOf(found.feast, feastName)
    const earlier = found.columns.get(name)
    if (earlier !== undefined && earlier !== column)
      throw new ShorelineError(
        'INVALID',
        `source ${found.feast.name || found.name}: its columns "${earlier}" and "${column}" would both be read as "${name}", the latter by view ${view.name}. Give one of the features another name in the Feast repository, run "feast apply" and import again.`,
      )
    found.columns.set(name, column)
  }

  /** Once all views are converted, and with them the columns they read. */
  all(): readonly NewSource[] {
    const converted = [...this.#found.values()].map((found) => this.#converted(found))
    this.#streams(this.#registry)
    return converted
  }

  #add(source: FeastSource): void {
    const id = idOf(source)
    const earlier = this.#found.get(id)
    if (earlier) {
      if (meaning(earlier.feast) === meaning(source)) return
      throw new ShorelineError(
        'INVALID',
        `Two different data sources are called "${source.name}". Run "feast apply" so that every view has the one of now, or give one another name, and import again.`,
      )
    }
    const bucket = bucketOf(filesOf(source)?.path ?? '')
    if (bucket !== undefined) this.#buckets.add(bucket)
    const name = isPath(source.name)
      ? this.#names.invent('source', baseName(source.name || filesOf(source)?.path || 'source'))
      : this.#names.claim('source', source.name)
    if (source.name !== '') this.#report.rename('source', source.name, name)
    this.#found.set(id, { name, feast: source, columns: new Map() })
  }

  #converted({ name, feast, columns }: Found): NewSource {
    const object = `source ${feast.name || name}`
    const timestamp = feast.timestampField || feast.eventTimestampColumn
    if (timestamp === '')
      this.#report.left(object, 'Feast does not say which column has the event timestamp; it is event_timestamp here')
    const place = this.#place(object, name, feast)
    return {
      name,
      ...saidOf(feast),
      ...place,
      timestamp: columnOf(feast, timestamp) || 'event_timestamp',
      ...(feast.createdTimestampColumn !== '' && { created: columnOf(feast, feast.createdTimestampColumn) }),
      columns: sorted(Object.fromEntries([...(columns.size > 0 ? columns : mappedOf(feast))].filter(isRenaming))),
    }
  }

  #place(object: string, name: string, feast: FeastSource): { readonly path: string; readonly fillIn?: string } {
    const files = filesOf(feast)
    const endpoint = feast.fileOptions?.s3EndpointOverride ?? ''
    const place: Place | undefined =
      files && !files.refused ? placeOf(files.path, endpoint, this.#bucket, this.#buckets.size) : undefined
    if (place?.todo) this.#report.left(object, place.todo)
    if (place) return { path: place.path }
    const fillIn = files
      ? `${files.path}${files.refused ? `, where ${files.refused}` : ', which is no path of Parquet files in R2 or on this machine'}`
      : originOf(feast)
    this.#report.left(object, `fill in the path of its rows as Parquet; in Feast it is ${fillIn}`)
    return { path: `${this.#bucket ?? PLACEHOLDER}/${name}/**/*.parquet`, fillIn }
  }

  #streams(registry: FeastRegistry): void {
    const requests = registry.onDemandViews.flatMap((view) =>
      Object.values(view.sources).flatMap((one) => one.requestDataSource ?? []),
    )
    for (const source of [
      ...registry.sources,
      ...registry.views.flatMap((view) => view.streamSource ?? []),
      ...requests,
    ]) {
      const kind = streamKind(source)
      if (kind === undefined) continue
      const fed = registry.views.filter((view) => view.streamSource?.name === source.name).map((view) => view.name)
      const fields = source.requestDataOptions?.schema.map((field) => `${field.name} ${field.valueType}`) ?? []
      const topic = source.kafkaOptions?.topic || source.kinesisOptions?.streamName
      this.#report.left(
        `${kind} source ${source.name}`,
        kind === 'request'
          ? `not converted: values of the request${fields.length > 0 ? ` (${fields.join(', ')})` : ''} are for on-demand features`
          : `not converted${topic ? ` (${topic})` : ''}${fed.length > 0 ? `: ${fed.join(', ')} ${fed.length > 1 ? 'have' : 'has'} the rows of the batch source only` : ''}`,
      )
    }
  }
}

/** A source that was given no name has its path for one. */
function isPath(name: string): boolean {
  return name === '' || name.includes('/')
}

/** Those of the views first: it is these that Feast reads. */
function allOf(registry: FeastRegistry): readonly FeastSource[] {
  const ofViews = registry.views.flatMap((view) => batchOf(view.batchSource) ?? batchOf(view.streamSource) ?? [])
  return [...ofViews, ...registry.sources.flatMap((source) => batchOf(source) ?? [])]
}

/** The rows at rest of a source; a stream has those of its own batch source. */
function batchOf(source: FeastSource | undefined): FeastSource | undefined {
  if (!source || streamKind(source) === undefined) return source
  return source.batchSource && streamKind(source.batchSource) === undefined ? source.batchSource : undefined
}

function idOf(source: FeastSource): string {
  return source.name || meaning(source)
}

/** What of a source says which rows it has. */
function meaning(source: FeastSource): string {
  const { timestampField, eventTimestampColumn, createdTimestampColumn, fieldMapping } = source
  const times = [timestampField || eventTimestampColumn, createdTimestampColumn]
  return JSON.stringify([filesOf(source)?.path ?? originOf(source), times, Object.entries(sorted(fieldMapping))])
}

/** Feast maps columns to names: the column that has this one. */
function columnOf(source: FeastSource, name: string): string {
  return Object.entries(source.fieldMapping).find(([, mapped]) => mapped === name)?.[0] ?? name
}

/** What a source that no view reads has: its mapping, as far as its names are ours. */
function mappedOf(source: FeastSource): readonly (readonly [string, string])[] {
  return Object.entries(source.fieldMapping).flatMap(([column, name]) =>
    isName(name) ? [[name, column] as const] : [],
  )
}

function isRenaming([feature, column]: readonly [string, string]): boolean {
  return feature !== column
}

/** `data/driver_stats.parquet` -> `driver_stats` */
function baseName(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && !part.includes('*'))
  return (parts.at(-1) ?? path).replace(/\.[a-z0-9]+$/i, '')
}
