/**
 * Source paths: `r2://bucket/flights/**\/*.parquet` or `file:///data/flights/**\/*.parquet`, plain text, never URL-encoded.
 * `**` stands for any number of folders, also none, `*` for anything but a slash, `?` for one character but a slash.
 * Everything else, brackets and braces included, is itself.
 */
import { resolve } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'

export interface SourceGlob {
  readonly scheme: 'r2' | 'file'
  /** The bucket, or the deepest folder before the first wildcard, absolute, with the slash at its end. */
  readonly root: string
  /** What keys have to look like, relative to the root. */
  readonly pattern: string
  /** The longest text that every matching key begins with. */
  readonly prefix: string
  matches(key: string): boolean
}

/**
 * @param folder what a `file://` path that does not begin with a slash is relative to
 * @throws ShorelineError INVALID when the path is no such path
 */
export function parseSourcePath(path: string, folder: string = process.cwd()): SourceGlob {
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.*)$/s.exec(path) ?? []
  if (rest === undefined || (scheme !== 'r2' && scheme !== 'file'))
    throw invalid(path, 'it has to begin with "r2://bucket/" or "file:///folder/"')
  return scheme === 'r2' ? bucketGlob(path, rest) : folderGlob(path, resolveFolder(rest, folder))
}

function bucketGlob(path: string, rest: string): SourceGlob {
  const [, root, pattern] = /^([^/]*)\/(.*)$/s.exec(rest) ?? []
  if (root === undefined || pattern === undefined || !/^[a-z0-9][a-z0-9.-]{1,62}$/.test(root))
    throw invalid(path, 'after "r2://" comes the name of a bucket, then a slash and the objects')
  const matches = matcher(path, pattern)
  // What Shoreline writes into the lake is no source, unless the path says so itself.
  const ours = pattern.startsWith('_shoreline/')
  return {
    scheme: 'r2',
    root,
    pattern,
    prefix: literalPrefix(pattern),
    matches: (key) => matches(key) && (ours || !key.startsWith('_shoreline/')),
  }
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

function literalPrefix(pattern: string): string {
  return /^[^*?]*/.exec(pattern)?.[0] ?? ''
}

function matcher(path: string, pattern: string): (key: string) => boolean {
  if (pattern === '' || pattern.endsWith('/'))
    throw invalid(path, `it names a folder; all Parquet files below it are "${path.replace(/\/*$/, '')}/**/*.parquet"`)
  const parts = pattern.split('/').filter((part, index, all) => part !== '**' || all[index - 1] !== '**')
  const source = parts.map((part, index) => {
    const last = index === parts.length - 1
    if (part === '**') return last ? '.+' : '(?:[^/]*/)*'
    if (part.includes('**')) throw invalid(path, '"**" stands for whole folders: between slashes, alone')
    const text = part
      .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]')
    return last ? text : `${text}/`
  })
  // u: `?` is a character, not half of one. s: a key may hold a line end.
  const regex = new RegExp(`^${source.join('')}$`, 'us')
  return (key) => regex.test(key)
}

function invalid(path: string, because: string): ShorelineError {
  return new ShorelineError('INVALID', `"${path}" is no source path: ${because}`, { path })
}
