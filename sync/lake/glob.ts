/**
 * Source paths: `r2://bucket/flights/**\/*.parquet` or `file:///data/flights/**\/*.parquet`, plain text, never URL-encoded.
 * `**` stands for any number of folders, also none, `*` for anything but a slash, `?` for one character but a slash.
 * Everything else, brackets and braces included, is itself.
 */
import { resolve } from 'node:path'
import { bucketGlob, invalidPath, literalPrefix, matcher, type SourceGlob } from '../../core/lake-path.ts'

export type { SourceGlob } from '../../core/lake-path.ts'

/**
 * @param folder what a `file://` path that does not begin with a slash is relative to
 * @throws ShorelineError INVALID when the path is no such path
 */
export function parseSourcePath(path: string, folder: string = process.cwd()): SourceGlob {
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.*)$/s.exec(path) ?? []
  if (rest === undefined || (scheme !== 'r2' && scheme !== 'file'))
    throw invalidPath(path, 'it has to begin with "r2://bucket/" or "file:///folder/"')
  return scheme === 'r2' ? bucketGlob(path, rest) : folderGlob(path, resolveFolder(rest, folder))
}

function folderGlob(path: string, absolute: string): SourceGlob {
  const literal = literalPrefix(absolute)
  const root = literal.slice(0, literal.lastIndexOf('/') + 1)
  const pattern = absolute.slice(root.length)
  const matches = matcher(path, pattern)
  // A path does not tell which of its folders is a lake, so ours are left out wherever they are.
  const ours = hasOurs(absolute)
  return {
    scheme: 'file',
    root,
    pattern,
    prefix: literalPrefix(pattern),
    matches: (key) => matches(key) && (ours || !hasOurs(`/${key}`)),
  }
}

function hasOurs(path: string): boolean {
  return path.includes('/_shoreline/')
}

function resolveFolder(path: string, folder: string): string {
  // resolve() also takes `.` and `..` away; it would take the slash at the end, which has to be seen as a mistake.
  return resolve(folder, path) + (path.endsWith('/') ? '/' : '')
}
