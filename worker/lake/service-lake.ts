/** What a service is made of in the lake: its views as they are defined, and the objects that they read. */
import { ShorelineError } from '../../core/errors.ts'
import { bucketGlob, type SourceGlob } from '../../core/lake-path.ts'
import { MAX_LAKE_OBJECTS } from '../../core/limits.ts'
import { parseReference } from '../../core/name.ts'
import { timestampText } from '../../core/values.ts'
import { compilePlan } from '../../registry/compile.ts'
import { scanSql } from '../../registry/definitions/sql-tokens.ts'
import type { LakeSourceObject, RegistrySnapshot, ServiceObject, ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { allViews, isOnDemand, storedReads } from '../../registry/on-demand.ts'
import type { LakeAnswer, LakeView } from '../../registry/wire/lake.ts'

export interface ObjectVersion {
  readonly uri: string
  readonly etag: string
}

/** The bucket that is bound, and what it is called in sources. */
export interface BoundLake {
  readonly bucket: {
    list(options: { readonly prefix: string; readonly cursor?: string }): Promise<{
      readonly objects: readonly { readonly key: string; readonly etag: string; readonly size: number }[]
      readonly truncated: boolean
      readonly cursor?: string
    }>
  }
  /** Without it nobody can tell whose objects are here. */
  readonly name: string | undefined
}

export function findService(registry: RegistrySnapshot, reference: string): ServiceObject {
  const wanted = parseReference(reference)
  const versions = registry.services.filter(({ name }) => name === wanted?.name)
  const found =
    wanted?.version === undefined ? versions.at(-1) : versions.find(({ version }) => version === wanted.version)
  if (found) return found
  throw new ShorelineError('UNKNOWN_NAME', `There is no service ${reference.slice(0, 200)}.`, { service: reference })
}

export function storedViews(registry: RegistrySnapshot, service: ServiceObject): readonly ViewObject[] {
  const views = allViews(registry)
  return [...new Set(storedReads(service))].flatMap((id) => {
    const view = views.get(id)
    return view && !isOnDemand(view) ? [view] : []
  })
}

/** @throws ShorelineError INVALID for a source whose objects are not in the bucket that is bound */
export function globOf(source: LakeSourceObject, { name }: Pick<BoundLake, 'name'>): SourceGlob {
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.*)$/s.exec(source.path) ?? []
  if (scheme !== 'r2' || rest === undefined)
    throw new ShorelineError(
      'INVALID',
      `source ${source.name} is at ${source.path}, which the Worker cannot read: only objects in R2 can be had here.`,
      { source: source.name },
    )
  if (name === undefined)
    throw new ShorelineError(
      'INVALID',
      'The Worker does not know which bucket its binding LAKE is. Set the variable LAKE_BUCKET to its name in wrangler.toml.',
    )
  const glob = bucketGlob(source.path, rest)
  if (glob.root === name) return glob
  throw new ShorelineError(
    'INVALID',
    `source ${source.name} is in the bucket ${glob.root}, and the Worker's lake is ${name}: only its objects can be had here.`,
    { source: source.name },
  )
}

export function uriOf({ root }: SourceGlob, key: string): string {
  return `r2://${root}/${key}`
}

/**
 * @param quarantined object versions that are left out, as training leaves them out
 * @param now microseconds since the epoch
 */
export async function describeLake(
  registry: RegistrySnapshot,
  service: ServiceObject,
  lake: BoundLake,
  { quarantined, now }: { readonly quarantined: readonly ObjectVersion[]; readonly now: number },
): Promise<LakeAnswer> {
  const out = new Set(quarantined.map(({ uri, etag }) => `${uri} ${etag}`))
  let leftOut = 0
  const views: LakeView[] = []
  for (const view of storedViews(registry, service)) {
    const reads: LakeView['reads'][number][] = []
    for (const source of view.reads) {
      const glob = globOf(source, lake)
      const listed = source.format === 'parquet' ? await objectsOf(lake, glob, source) : []
      const objects = listed.filter(({ key, etag }) => !out.has(`${uriOf(glob, key)} ${etag}`))
      leftOut += listed.length - objects.length
      const { name, format, created, columns, schema_drift } = source
      reads.push({
        name,
        format,
        ...(created !== undefined && { created }),
        ...(columns && { columns }),
        ...(schema_drift && { schema_drift }),
        objects,
      })
    }
    views.push(describeView(view, reads))
  }
  return {
    service: `${service.name}@${service.version}`,
    now: timestampText(now),
    plan: compilePlan(service, allViews(registry)),
    views,
    quarantined: leftOut,
    features: service.features,
  }
}

function describeView(view: ViewObject, reads: LakeView['reads']): LakeView {
  const { name, sql, timestamp, created, ttl, lag, push } = view
  return {
    id: viewId(view),
    name,
    ...(sql !== undefined && { sql }),
    as_of: sql !== undefined && scanSql(sql).tokens.some(({ kind, text }) => kind === 'parameter' && text === 'as_of'),
    pushed: push !== undefined,
    timestamp,
    ...(created !== undefined && { created }),
    ...(ttl !== undefined && { ttl }),
    ...(lag !== undefined && { lag }),
    join_keys: view.join_keys.map((key) => ({ name: key.name, type: key.type })),
    features: view.features.map((feature) => ({ name: feature.name, type: feature.type })),
    reads,
  }
}

async function objectsOf({ bucket }: BoundLake, glob: SourceGlob, { name, path }: LakeSourceObject) {
  const objects: { readonly key: string; readonly etag: string; readonly size: number }[] = []
  let cursor: string | undefined
  do {
    const page = await bucket.list({ prefix: glob.prefix, ...(cursor !== undefined && { cursor }) })
    for (const { key, etag, size } of page.objects)
      if (glob.matches(key) && !key.endsWith('/')) objects.push({ key, etag, size })
    if (objects.length > MAX_LAKE_OBJECTS)
      throw new ShorelineError(
        'TOO_LARGE',
        `source ${name} has more than ${MAX_LAKE_OBJECTS} objects: that is a training set for "shoreline train".`,
        { source: name },
      )
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
  if (objects.length === 0)
    throw new ShorelineError('INVALID', `No object matches ${path}, of source ${name}.`, { source: name })
  return objects
}
