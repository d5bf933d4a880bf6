/**
 * A client that answers from rows that a test gives it: typed like the client, with the same meaning of what is missing.
 *
 * @example
 * const client = mockClient<typeof import('./features')>({
 *   flight_delay: [{ origin: 'SFO', destination: 'JFK', flights_1d: 343n, avg_delay_7d: null }],
 * })
 */
import type { AnsweredRow } from './answer.ts'
import type { ClientCache } from './cache/options.ts'
import { ClientError } from './error.ts'
import type { Issue, Meta } from './meta.ts'
import { RUNTIME } from './runtime.ts'
import type { Client, InputOf, OutputOf, Services } from './types.ts'
import { watcher } from './watch.ts'

/** The features of one row, and the fields of the request that it is for: those that are left out may be anything. */
export type MockRow<S> = OutputOf<S> & Partial<InputOf<S>>

/** Of every service that the test asks for: rows, or a function of the request's row. */
export type MockAnswers<S> = {
  readonly [N in keyof S]?: readonly MockRow<S[N]>[] | ((row: InputOf<S[N]>) => OutputOf<S[N]> | null)
}

type Row = Readonly<Record<string, unknown>>
type Answers = Readonly<Record<string, readonly Row[] | ((row: Row) => Row | null) | undefined>>

/**
 * A row of the request that no given row is for, or for which the function answers null, has null features with the status
 * `NOT_FOUND`; where no row says which features there are, it is empty and the issue names none. Asking for a service that has
 * no answers throws what the Worker would: `UNKNOWN_NAME`.
 */
export function mockClient<M>(answers: MockAnswers<Services<M>>): Client<Services<M>> {
  const given = answers as Answers

  async function getMany(
    name: string,
    rows: readonly Row[],
  ): Promise<{ readonly rows: readonly Row[]; readonly meta: Meta }> {
    const found = Object.hasOwn(given, name) ? given[name] : undefined
    if (!found)
      throw new ClientError(`There is no service ${name}: the mock client was given no answers for it.`, {
        code: 'UNKNOWN_NAME',
        status: 404,
      })
    const answered = rows.map((row) => answerOf(found, row))
    const features = namesOf(found, rows, answered)
    const missing = answered.flatMap((row, at) => (row === null ? [at] : []))
    const issues: readonly Issue[] =
      features.length === 0 && missing.length > 0
        ? [{ status: 'NOT_FOUND', rows: missing }]
        : features.flatMap((feature) => issuesOf(feature, answered))
    return {
      rows: answered.map((row) => Object.fromEntries(features.map((feature) => [feature, row?.[feature] ?? null]))),
      meta: {
        service: `${name}@1`,
        revision: 1,
        degraded: false,
        issues,
        views: [],
        event_timestamps: {},
        ages: {},
        expires_in: null,
        computed: 'edge',
        source: 'network',
        stale: false,
        offline: false,
        age: 0,
      },
    }
  }

  async function get(name: string, row: Row) {
    const { rows, meta } = await getMany(name, [row])
    return { row: (rows[0] ?? {}) as AnsweredRow, meta }
  }

  const cache: ClientCache = { status: async () => ({ store: 'off' }), clear: async () => {} }
  return { get, getMany, watch: watcher(get, RUNTIME), cache } as unknown as Client<Services<M>>
}

/** @returns null where there is none */
function answerOf(found: readonly Row[] | ((row: Row) => Row | null), row: Row): Row | null {
  if (typeof found === 'function') return found(row)
  const fields = Object.entries(row)
  return (
    found.find((one) => fields.every(([name, value]) => one[name] === undefined || isEqual(one[name], value))) ?? null
  )
}

/** Request-time values may be lists, vectors and JSON. */
function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Object.is(one, other)
  const [a, b] = [Object.entries(one), new Map(Object.entries(other))]
  return a.length === b.size && a.every(([name, value]) => b.has(name) && isEqual(value, b.get(name)))
}

/** What is no field of the request is a feature. */
function namesOf(
  found: readonly Row[] | ((row: Row) => Row | null),
  rows: readonly Row[],
  answered: readonly (Row | null)[],
): readonly string[] {
  const fields = new Set(rows.flatMap((row) => Object.keys(row)))
  const examples = typeof found === 'function' ? answered : found
  return [...new Set(examples.flatMap((row) => Object.keys(row ?? {})))].filter((name) => !fields.has(name))
}

function issuesOf(feature: string, answered: readonly (Row | null)[]): readonly Issue[] {
  const where = (is: (row: Row | null) => boolean): readonly number[] =>
    answered.flatMap((row, at) => (is(row) ? [at] : []))
  const issues: Issue[] = [
    { feature, status: 'NOT_FOUND', rows: where((row) => row === null) },
    { feature, status: 'NULL_VALUE', rows: where((row) => row !== null && (row[feature] ?? null) === null) },
  ]
  return issues.filter(({ rows }) => rows.length > 0)
}
