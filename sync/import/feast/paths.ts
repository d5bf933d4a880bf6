/** Where a source's files are: Feast's paths and ours. */
import type { FeastSource } from './schema.ts'

export interface Place {
  readonly path: string
  /** What has to happen before it can be read. */
  readonly todo?: string
}

const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/
const OBJECT_STORE = /^(?:s3|s3a|s3n|gs|gcs):\/\/([^/]+)\/+(.*)$/s

/** The bucket of a path in S3 or Google Cloud Storage. */
export function bucketOf(path: string): string | undefined {
  return OBJECT_STORE.exec(path)?.[1]
}

/** The path of a source that is Parquet files, and what is wrong where it is none. */
export function filesOf(source: FeastSource): { readonly path: string; readonly refused?: string } | undefined {
  const { fileOptions, sparkOptions } = source
  const path = fileOptions?.uri || fileOptions?.fileUrl
  if (path) return fileOptions?.fileFormat?.deltaFormat ? { path, refused: 'it is a Delta table' } : { path }
  if (!sparkOptions?.path) return undefined
  const { tableFormat, fileFormat } = sparkOptions
  if (tableFormat) return { path: sparkOptions.path, refused: 'it is a table of another format' }
  return fileFormat === 'parquet'
    ? { path: sparkOptions.path }
    : { path: sparkOptions.path, refused: `its files are ${fileFormat || 'not known to be Parquet'}` }
}

/**
 * @param target `r2://bucket/folder`: where the objects are to be
 * @param buckets how many buckets the registry reads: with several, each keeps its name as a folder
 * @returns undefined for a path that cannot be one of ours
 */
export function placeOf(
  path: string,
  endpoint: string,
  target: string | undefined,
  buckets: number,
): Place | undefined {
  if (hasControlCharacter(path)) return undefined
  const [, bucket, key = ''] = OBJECT_STORE.exec(path) ?? []
  if (bucket === undefined) return localPlace(path)
  const files = globOf(key)
  if (isR2(endpoint) && BUCKET.test(bucket)) return { path: `r2://${bucket}/${files}` }
  const folder = target ?? (BUCKET.test(bucket) ? `r2://${bucket}` : undefined)
  if (folder === undefined) return undefined
  const to = `${folder}/${target !== undefined && buckets > 1 ? `${bucket}/` : ''}${files}`
  return { path: to, todo: `copy the objects of ${path} to R2, as ${to}` }
}

function localPlace(path: string): Place | undefined {
  const [, scheme, rest = path] = /^([a-z][a-z0-9+.-]+):\/\/(.*)$/is.exec(path) ?? []
  if ((scheme !== undefined && scheme.toLowerCase() !== 'file') || rest === '') return undefined
  const files = globOf(rest)
  return files.startsWith('/')
    ? {
        path: `file://${files}`,
        todo: `${path} is read on the machine of the sync; in R2 it can be read from everywhere`,
      }
    : {
        path: `file://${files.replace(/^(\.\/)+/, '')}`,
        todo: `${path} was relative to the Feast repository and is now to package.json: move the files, or correct the path`,
      }
}

/** Feast takes a folder for all files in it. */
function globOf(path: string): string {
  if (/\.[a-z0-9]+$/i.test(path) || path.endsWith('*')) return path
  return path === '' ? '**/*.parquet' : `${path.replace(/\/+$/, '')}/**/*.parquet`
}

function isR2(endpoint: string): boolean {
  return /^https?:\/\/[^/]*\.r2\.cloudflarestorage\.com(\/|$)/.test(endpoint)
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((char) => char < ' ')
}
