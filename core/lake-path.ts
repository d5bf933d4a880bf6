/**
 * Source paths in a bucket: `r2://bucket/flights/**\/*.parquet`, plain text, never URL-encoded. `**` stands for any number of folders,
 * also none, `*` for anything but a slash, `?` for one character but a slash. Everything else, brackets and braces included, is itself.
 */
import { ShorelineError } from './errors.ts'

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

/** @param rest of the path after `r2://` @throws ShorelineError INVALID when the path is no such path */
export function bucketGlob(path: string, rest: string): SourceGlob {
  const [, root, pattern] = /^([^/]*)\/(.*)$/s.exec(rest) ?? []
  if (root === undefined || pattern === undefined || !/^[a-z0-9][a-z0-9.-]{1,62}$/.test(root))
    throw invalidPath(path, 'after "r2://" comes the name of a bucket, then a slash and the objects')
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

export function literalPrefix(pattern: string): string {
  return /^[^*?]*/.exec(pattern)?.[0] ?? ''
}

export function matcher(path: string, pattern: string): (key: string) => boolean {
  if (pattern === '' || pattern.endsWith('/'))
    throw invalidPath(
      path,
      `it names a folder; all Parquet files below it are "${path.replace(/\/*$/, '')}/**/*.parquet"`,
    )
  const parts = pattern.split('/').filter((part, index, all) => part !== '**' || all[index - 1] !== '**')
  const source = parts.map((part, index) => {
    const last = index === parts.length - 1
    if (part === '**') return last ? '.+' : '(?:[^/]*/)*'
    if (part.includes('**')) throw invalidPath(path, '"**" stands for whole folders: between slashes, alone')
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

export function invalidPath(path: string, because: string): ShorelineError {
  return new ShorelineError('INVALID', `"${path}" is no source path: ${because}`, { path })
}
