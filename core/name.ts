import { ShorelineError } from './errors.ts'

const NAME = /^[a-z][a-z0-9_]{0,62}$/

/** Names are lower case with digits and single underscores, because `view__feature` joins two of them. */
export function isName(text: string): boolean {
  return NAME.test(text) && !text.includes('__')
}

/** @throws ShorelineError INVALID naming the object and what a name looks like */
export function checkName(what: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && isName(name)) return
  throw new ShorelineError(
    'INVALID',
    `${what}: ${JSON.stringify(name)} is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".`,
  )
}

/** `flight_delay@2` -> `{ name, version: 2 }`; without `@` the version is undefined. Returns null for anything else. */
export function parseReference(text: string): { readonly name: string; readonly version?: number } | null {
  const [name = '', version, ...rest] = text.split('@')
  if (!isName(name) || rest.length > 0) return null
  if (version === undefined) return { name }
  return /^[1-9][0-9]{0,8}$/.test(version) ? { name, version: Number(version) } : null
}
