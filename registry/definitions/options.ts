/** The checks that the options of every definition share. TypeScript finds most mistakes first; these are for the rest. */
import { parseDuration } from '../../core/duration.ts'
import { isName } from '../../core/name.ts'
import type { Metadata } from '../objects.ts'
import { refuse, shown } from './definition.ts'
import { nearest } from './nearest.ts'

export type Tags = Readonly<Record<string, string>>

/** `'14d'`: a whole number of seconds, minutes, hours, days or weeks. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`

/** What every definition may say about itself. None of it makes a new version. */
export interface MetadataOptions {
  readonly description?: string
  /** Who answers for it: a team, a person, an address. */
  readonly owner?: string
  readonly tags?: Tags
}

export const METADATA_OPTIONS = ['description', 'owner', 'tags'] as const

/** Columns that mean something wherever rows are read or written, so no feature and no join key may have their name. */
export const RESERVED_NAMES: readonly string[] = ['event_timestamp', 'created_timestamp']

/** Refuses what is no options object, and options that do not exist, naming the one that was probably meant. */
export function checkOptions(subject: string, given: unknown, known: readonly string[]): void {
  if (!isRecord(given)) refuse(subject, `the options are ${shown(given)}. Pass an object with ${known.join(', ')}.`)
  for (const option of Object.keys(given)) {
    if (known.includes(option)) continue
    const meant = nearest(option, known)
    refuse(
      subject,
      `there is no option "${option}". ${meant ? `Did you mean "${meant}"?` : `There are ${known.join(', ')}.`}`,
    )
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The named options that were given. One that is `undefined` counts as left out. */
export function present<T extends object, const P extends keyof T>(from: T, names: readonly P[]): Pick<T, P> {
  // Pick keeps `?`, so leaving out what is undefined is what the type says.
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as Pick<
    T,
    P
  >
}

export function checkMetadata(subject: string, options: MetadataOptions): Metadata {
  checkText(subject, 'description', options.description)
  checkText(subject, 'owner', options.owner)
  checkTags(subject, options.tags)
  const { tags, ...rest } = present(options, METADATA_OPTIONS)
  return tags === undefined ? rest : { ...rest, tags: { ...tags } }
}

export function checkTags(subject: string, tags: unknown): void {
  if (tags === undefined) return
  if (!isRecord(tags)) refuse(subject, `tags is ${shown(tags)}. Write an object of strings, as in { team: 'growth' }.`)
  for (const [tag, value] of Object.entries(tags))
    if (typeof value !== 'string') refuse(subject, `the tag "${tag}" is ${shown(value)}. Write a string.`)
}

/** An optional text that is not blank. */
export function checkText(subject: string, option: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'string' || value.trim() === '')
    refuse(subject, `${option} is ${shown(value)}. Write a text, or leave it out.`)
}

/** An optional name of a column, in whatever case and with whatever characters the files have. */
export function checkColumn(subject: string, option: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'string' || value === '')
    refuse(subject, `${option} is ${shown(value)}. Write the name of a column.`)
}

export function checkDuration(subject: string, option: string, value: unknown): void {
  if (value !== undefined) parseDuration(`${subject}: ${option}`, value)
}

export function checkChoice(subject: string, option: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && choices.includes(value))) return
  refuse(subject, `${option} is ${shown(value)}. Write ${choices.map((choice) => `"${choice}"`).join(' or ')}.`)
}

/** A name of a column that a definition makes: a join key or a feature. */
export function checkColumnName(subject: string, what: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !isName(name))
    refuse(
      subject,
      `${what} ${shown(name)} is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters.`,
    )
  if (RESERVED_NAMES.includes(name))
    refuse(
      subject,
      `${what} "${name}" has the name of the column with the ${name.replace('_', ' ')}. Give it another name.`,
    )
}
