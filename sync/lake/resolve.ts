/** From a path in a definition or a configuration to a lake and its objects. */
import { ShorelineError } from '../../core/errors.ts'
import { folderLake } from './folder-lake.ts'
import { parseSourcePath, type SourceGlob } from './glob.ts'
import { byKey, type Lake, type LakeObject } from './lake.ts'
import { type R2Access, type R2Options, r2Lake } from './r2-lake.ts'

export interface LakeConfig extends R2Options {
  /** Needed for `r2://` only. */
  readonly r2?: R2Access | undefined
  /** What `file://` paths that do not begin with a slash are relative to. Default: the working directory. */
  readonly folder?: string
  /** `httpfs`: DuckDB reads Parquet objects of a bucket where they are, and keeps no copies. Default `copy`. */
  readonly reader?: Reader
}

export const READERS = ['copy', 'httpfs'] as const
export type Reader = (typeof READERS)[number]

export interface Source {
  /** Sorted by key, in UTF-8 byte order; never empty. */
  readonly objects: readonly LakeObject[]
  readonly lake: Lake
}

/**
 * Opens a data source's path and lists its objects.
 * @param path `r2://bucket/flights/**\/*.parquet` or `file:///data/flights/**\/*.parquet`, see `glob.ts`
 * @throws ShorelineError INVALID when the path is malformed, R2 is not configured, or nothing matches; and what listing throws
 */
export async function openSource(path: string, config: LakeConfig): Promise<Source> {
  const glob = parseSourcePath(path, config.folder)
  const lake = glob.scheme === 'r2' ? bucketLake(glob.root, path, config) : folderLake(glob.root)
  const listed = await lake.list(glob.prefix)
  // The dashboards of buckets write empty objects that stand for folders.
  const objects = listed.filter((object) => glob.matches(object.key) && !object.key.endsWith('/')).sort(byKey)
  if (objects.length === 0) throw nothingMatches(path, glob, lake, listed)
  return { objects, lake }
}

/**
 * Opens a whole bucket or folder as a lake.
 * @param uri `r2://bucket` or `file:///folder`, a slash at the end or not
 * @throws ShorelineError INVALID when it is neither, or R2 is not configured
 */
export function openLake(uri: string, config: LakeConfig): Lake {
  const { scheme, root } = parseSourcePath(`${uri.replace(/\/+$/, '')}/*`, config.folder)
  return scheme === 'r2' ? bucketLake(root, uri, config) : folderLake(root)
}

function bucketLake(bucket: string, path: string, config: LakeConfig): Lake {
  if (!config.r2)
    throw new ShorelineError(
      'INVALID',
      `${path} is in R2, which is not configured: give the S3 endpoint, the access key id and the secret access key`,
      { path },
    )
  return r2Lake(bucket, config.r2, config)
}

function nothingMatches(path: string, glob: SourceGlob, lake: Lake, listed: readonly LakeObject[]): ShorelineError {
  const [example] = listed
  const looked = `${lake.uri}${glob.prefix}`
  const found = example
    ? `${listed.length} ${listed.length === 1 ? 'object begins' : 'objects begin'} with ${looked}, for example ${example.key}, but none fits "${glob.pattern}"`
    : `nothing begins with ${looked}`
  const hint = /[[{]/.test(glob.pattern) ? '; only **, * and ? are wildcards' : ''
  return new ShorelineError('INVALID', `No object matches ${path}: ${found}${hint}`, {
    path,
    prefix: glob.prefix,
    listed: listed.length,
  })
}
