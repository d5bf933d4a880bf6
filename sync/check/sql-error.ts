/**
 * What DuckDB says about a view's SQL, as one paragraph that names the view and what to write. DuckDB knows only the
 * query: its suggestions may be tables of its own catalog, and its position is in the text that we wrapped.
 */
import { ShorelineError } from '../../core/errors.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { duckdbError } from '../duckdb.ts'
import type { CheckedSource } from './sources.ts'

type Sources = readonly Pick<CheckedSource, 'source' | 'columns'>[]

/** @param read the sources of the view */
export function sqlError(view: ViewObject, read: Sources, thrown: unknown): ShorelineError {
  const known = duckdbError(`view ${view.name}`, thrown)
  if (!known.message.startsWith(`view ${view.name}: DuckDB says: `)) return known // our own, or the disk
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const says = view.sql === undefined ? undefined : sentence(text, read)
  const message =
    says ?? `${view.sql === undefined ? '' : 'sql: '}DuckDB says: ${firstParagraph(text)}${placeOf(text)}.`
  return new ShorelineError('INVALID', `view ${view.name}: ${message}`, {}, thrown)
}

function sentence(text: string, read: Sources): string | undefined {
  for (const [pattern, say] of SENTENCES) {
    const found = pattern.exec(text)
    if (found) return say(found.slice(1), read, text)
  }
  return undefined
}

/** What DuckDB 1.5 says -> what we say. */
const SENTENCES: readonly (readonly [RegExp, (parts: readonly string[], read: Sources, text: string) => string])[] = [
  [
    /^Parser Error: .*at or near "(.*)"/,
    ([word = ''], _read, text) =>
      /^LINE \d+: \)$/m.test(text)
        ? 'sql ends too early: something is missing at its end, or a parenthesis is not closed.'
        : `sql cannot be read at "${word}"${placeOf(text)}. Correct what stands before it. A column whose name is a word of SQL goes in double quotes, as in "order".`,
  ],
  [
    /^Catalog Error: Table with name "?([^"\s]+)"? does not exist/,
    ([table = ''], read) =>
      `sql reads the table ${table}, which is no source of the view. ${meant(table, tablesOf(read)) ?? `It has ${tablesOf(read).join(', ')}. Read one of them, or add the source: source: [${tablesOf(read).join(', ')}, …].`}`,
  ],
  [
    /^Binder Error: Referenced column "(.*)" not found in FROM clause/,
    ([column = ''], read, text) =>
      `sql names the column ${column}, which is not there. ${columnHint(column, read, text)}`,
  ],
  [
    /^Binder Error: Table "(.*)" does not have a column named "(.*)"/,
    ([table = '', column = ''], read, text) =>
      `sql names the column ${table}.${column}, which is not there. ${columnHint(column, read, text)}`,
  ],
  [
    /^Binder Error: Referenced table "(.*)" not found!\s+Candidate tables: (.*)/,
    ([table = '', candidates = '']) =>
      `sql has a column of ${table}, and from has no table of that name. There is ${candidates.replaceAll('"', '')}.`,
  ],
  [
    /^Binder Error: Ambiguous reference to column name "(.*)" \(use: (.*)\)/,
    ([column = '', uses = '']) =>
      `sql names the column ${column}, which several tables have. Write ${uses.replaceAll('"', '')}.`,
  ],
  [
    /^Binder Error: Referenced column "(.*)" was not found because the FROM clause is missing/,
    ([column = ''], read) =>
      `sql names the column ${column} and has no from. Write from and a source: ${tablesOf(read).join(', ')}.`,
  ],
  [
    /^Binder Error: column "?(.*?)"? must appear in the GROUP BY clause/,
    ([column = '']) =>
      `sql has the column ${column} beside an aggregate and does not group by it. Add it to group by, or take one value of the group, as in max(${column}).`,
  ],
  [
    /^Binder Error: No function matches the given name and argument types '((.*?)\(.*\))'/,
    ([call = '', name = '']) =>
      `sql has ${call}, and ${name} does not take these types. Cast what it is given, as in column::bigint.`,
  ],
  [
    /^Binder Error: Cannot compare values of type (.*) and type (.*) - an explicit cast/,
    ([left = '', right = '']) => `sql compares ${left} with ${right}. Cast one of them, as in column::bigint.`,
  ],
  [/^Binder Error: WHERE clause cannot contain aggregates/, () => 'sql has an aggregate in where. Write it in having.'],
  [
    /^Catalog Error: (?:\w+ )?(Function|Type) with name "?([^"\s]+)"? does not exist!(?:\s+Did you mean "(.*)")?/,
    ([kind = '', name = '', candidate]) =>
      `sql has the ${kind.toLowerCase()} ${name}, which DuckDB does not have. ${candidate ? `Did you mean ${candidate}?` : 'Correct its name.'}`,
  ],
  [
    /^Conversion Error: /,
    (_parts, _read, text) =>
      `sql casts a value that cannot be cast: ${firstParagraph(text)}. Correct the source, or write try_cast(column as type), which gives null.`,
  ],
]

function tablesOf(read: Sources): readonly string[] {
  return read.map(({ source }) => source.name)
}

/** DuckDB's candidates include the columns of a with clause; ours come first, because its own are far-fetched. */
function columnHint(column: string, read: Sources, text: string): string {
  const ours = read.flatMap(({ columns }) => columns.map(({ name }) => name))
  const candidates = /Candidate bindings: (?:: )?(.*)/.exec(text)?.[1] ?? ''
  const all = [...ours, ...candidates.split(', ').map((name) => name.replaceAll('"', '').replace(/^.*\./, ''))]
  const tables = read.map(({ source, columns }) => `${source.name} has ${columns.map(({ name }) => name).join(', ')}`)
  return meant(column, all) ?? `${tables.join('; ')}.`
}

function meant(text: string, candidates: readonly string[]): string | undefined {
  const found = nearest(text, candidates)
  return found === undefined ? undefined : `Did you mean ${found}?`
}

function firstParagraph(text: string): string {
  const [first = ''] = text.replace(/^(?:[A-Z]\w+ )+Error: /, '').split(/\n\n|\n\s*Candidate /)
  return first
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/[.!]$/, '')
}

/** How much of the line before the place an error repeats. */
const SHOWN_BEFORE = 24

/** `, line 2, after "clicks clicks"`, from DuckDB's excerpt and the caret below it; nothing when there is none. */
function placeOf(text: string): string {
  const [, head = '', line = '', excerpt = '', space = ''] = /^((LINE \d+): )(.*)\n( *)\^/m.exec(text) ?? []
  if (line === '') return ''
  const before = excerpt.slice(0, space.length - head.length).replace(/^describe \(+|^\.\.\./, '')
  const shown = before.length > SHOWN_BEFORE ? before.slice(-SHOWN_BEFORE).replace(/^\S*\s/, '') : before
  return `, ${line.toLowerCase()}${shown.trim() === '' ? '' : `, after ${JSON.stringify(shown.trim()).replaceAll('\\"', '"')}`}`
}
