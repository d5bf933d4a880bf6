/** A feature repository with one mistake, and what is said about it. */
/** Path -> text, relative to package.json. */
export type Files = Readonly<Record<string, string>>

/** A mistake, and the answer. */
export interface Mistake {
  /** The heading in docs/errors.md. */
  readonly place: string
  /** In the words of docs/errors.md. */
  readonly what: string
  readonly files: Files
  /** A line for each paragraph. */
  readonly message: string
}

/** What the rows of the table share: one entity, one source, one view, all of them right. */
const SHORELINE =
  "import { check, csvSource, entity, featureService, featureView, ndjsonSource, onDemandView, parquetSource, pushSource, request, stat, statistics, t } from 'shoreline'"
export const USER = "export const user = entity('user', { joinKeys: { user_id: t.string() } })"
export const EVENTS =
  "export const events = parquetSource('events', { path: 'file://data/events/*.parquet', timestamp: 'seen_at' })"
export const STATS = `export const stats = featureView('stats', { entity: user, source: events, features: { clicks: t.int64() } })`

/** A file of definitions with these lines. */
export function file(...lines: readonly string[]): string {
  return [SHORELINE, ...lines, ''].join('\n')
}

/** `features/index.ts` with these lines. */
export function index(...lines: readonly string[]): Files {
  return { 'features/index.ts': file(...lines) }
}

/** A view of the options `given`, beside an entity and a source that are right. */
export function view(given: string): Files {
  return index(USER, EVENTS, `export const stats = featureView('stats', { ${given} })`)
}

/** A view over the source `events`, right but for what `given` says. */
export function over(given: string, features = 'clicks: t.int64()'): Files {
  return view(`entity: user, source: events, ${given}, features: { ${features} }`)
}

/** A view without SQL that has these features. */
export function features(text: string): Files {
  return view(`entity: user, source: events, features: ${text}`)
}

/** A source of the options `given`, and a view without SQL over it. */
export function source(given: string): Files {
  return index(USER, `export const events = parquetSource('events', { ${given} })`, STATS)
}

/** Another view of the same entity with a feature of the same name. */
export const RECENT =
  "export const recent = featureView('recent', { entity: user, source: events, features: { clicks: t.int64(), amount: t.float64() } })"

export function table(place: string, rows: readonly (readonly [string, Files, string])[]): readonly Mistake[] {
  return rows.map(([what, files, message]) => ({ place, what, files, message }))
}
