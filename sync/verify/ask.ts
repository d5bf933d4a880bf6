/** Asks the deployed Worker for features of one view version at one revision, and reads its answer exactly. */
import { ShorelineError } from '../../core/errors.ts'
import type { Parsed } from '../../core/json.ts'
import { MAX_FEATURES, MAX_ROWS, MAX_ROWS_TIMES_VIEWS } from '../../core/limits.ts'
import type { Values } from '../../core/on-demand/entry.ts'
import { valueReader } from '../../core/read-values.ts'
import { parseType } from '../../core/types.ts'
import { parseTimestamp, type StoredValue, valueWriter } from '../../core/values.ts'
import type { Control } from '../control.ts'
import type { StoredField } from '../on-demand/stored-table.ts'

export interface Question {
  /** `view@version` */
  readonly view: string
  readonly features: readonly StoredField[]
  /** What a row of the request has. */
  readonly fields: readonly StoredField[]
  /** A column for each field. */
  readonly given: readonly Values[]
  readonly rows: number
  /** How many stored views answering reads. */
  readonly reads: number
  readonly revision: number
}

export interface AnsweredFeature {
  readonly values: readonly StoredValue[]
  readonly statuses: readonly string[]
}

export interface Answered {
  /** In the order of the question. */
  readonly features: readonly AnsweredFeature[]
  /** Of the view's own rows, where it is stored: microseconds since the epoch. */
  readonly events: readonly (number | null)[]
}

/** Texts of rows in one request: a quarter of what it may have. */
const MAX_CHARACTERS = 1_000_000

/** @throws ShorelineError as the Worker refuses it */
export async function ask(control: Control, question: Question): Promise<Answered> {
  const features = question.features.map(() => ({ values: [] as StoredValue[], statuses: [] as string[] }))
  const events: (number | null)[] = []
  for (const batch of batches(question))
    for (let first = 0; first < features.length; first += MAX_FEATURES) {
      const asked = question.features.slice(first, first + MAX_FEATURES)
      const answer = await askOnce(control, question, asked, batch)
      for (const [at, one] of answer.features.entries()) {
        features[first + at]?.values.push(...one.values)
        features[first + at]?.statuses.push(...one.statuses)
      }
      if (first === 0) events.push(...answer.events)
    }
  return { features, events }
}

function batches({ fields, given, rows, reads }: Question): readonly (readonly string[])[] {
  const most = Math.min(MAX_ROWS, Math.floor(MAX_ROWS_TIMES_VIEWS / Math.max(1, reads)))
  const writers = fields.map(({ name, type }) => ({ name: JSON.stringify(name), write: valueWriter(parseType(type)) }))
  const batches: string[][] = []
  let characters = MAX_CHARACTERS
  for (let row = 0; row < rows; row++) {
    const members = writers.map(({ name, write }, at) => {
      const value = given[at]?.[row] ?? null
      return `${name}:${value === null ? 'null' : write(value)}`
    })
    const text = `{${members.join(',')}}`
    const batch = batches.at(-1)
    characters += text.length
    if (batch && batch.length < most && characters < MAX_CHARACTERS) batch.push(text)
    else {
      batches.push([text])
      characters = text.length
    }
  }
  return batches
}

async function askOnce(
  control: Control,
  { view, revision }: Question,
  features: readonly StoredField[],
  rows: readonly string[],
): Promise<Answered> {
  const names = JSON.stringify(features.map(({ name }) => `${view}:${name}`))
  const body = `{"features":${names},"rows":[${rows.join(',')}],"metadata":"full"}`
  const answer = await control.ask(body, revision)
  const answered = listOf(member(answer, 'rows'))
  const statuses = listOf(member(answer, 'statuses'))
  if (answered.length !== rows.length || statuses.length !== rows.length)
    throw new ShorelineError('UNAVAILABLE', `The answer of ${view} has not the rows that it was asked for.`)
  return {
    features: features.map(({ name, type }) => {
      const read = valueReader(parseType(type))
      return {
        values: answered.map((row) => {
          const value = member(row, name)
          return value === null || value === undefined ? null : read(name, value)
        }),
        statuses: statuses.map((row) => String(member(row, name))),
      }
    }),
    events: eventsOf(listOf(member(answer, 'views')).find((one) => member(one, 'view') === view)),
  }
}

function eventsOf(used: Parsed | undefined): readonly (number | null)[] {
  return listOf(member(used, 'event_timestamps')).map((text) => (text === null ? null : parseTimestamp(String(text))))
}

function member(value: Parsed | undefined, name: string): Parsed | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as { readonly [key: string]: Parsed })[name] : undefined
}

function listOf(value: Parsed | undefined): readonly Parsed[] {
  return Array.isArray(value) ? value : []
}
