/**
 * Quality checks of a view as plain data: what has to hold of a snapshot before it is served. `definitions/checks.ts` makes
 * them, the sync runs them.
 */

/** `error` keeps the snapshot from being served, `warn` is recorded with its run. */
export type Severity = 'error' | 'warn'

/** A bound of a range: a number, the digits of an integer, RFC 3339 or a date. */
export type Bound = number | string

/** The quantiles that statistics keep. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const
export type Quantile = (typeof QUANTILES)[number]

/** Shares are from 0 to 1. `max` of a change is relative (0.5: by half), of a null share it is a difference. */
export type CheckObject = { readonly severity: Severity } & (
  | { readonly kind: 'not_null'; readonly column: string; readonly share: number }
  | { readonly kind: 'range'; readonly column: string; readonly min?: Bound; readonly max?: Bound }
  | { readonly kind: 'one_of'; readonly column: string; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'unique'; readonly columns: readonly string[] }
  | { readonly kind: 'row_count'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'fresh'; readonly within: string }
  | { readonly kind: 'sql'; readonly name: string; readonly sql: string }
  | { readonly kind: 'row_count_change'; readonly max: number }
  | { readonly kind: 'changed_share'; readonly max: number }
  | { readonly kind: 'mean_change'; readonly column: string; readonly max: number }
  | { readonly kind: 'quantile_change'; readonly column: string; readonly q: Quantile; readonly max: number }
  | { readonly kind: 'null_share_change'; readonly column: string; readonly max: number }
  | { readonly kind: 'distinct_change'; readonly column: string; readonly max: number }
)

/** What a view is checked for that says nothing itself. */
const DEFAULT_CHECKS: readonly CheckObject[] = [{ kind: 'changed_share', max: 0.5, severity: 'warn' }]

export function checksOf(view: {
  readonly name: string
  readonly checks?: readonly CheckObject[]
}): readonly CheckObject[] {
  return view.checks ?? DEFAULT_CHECKS
}

/** The columns that a check names; custom SQL names its own. */
export function columnsOf(check: CheckObject): readonly string[] {
  if ('column' in check) return [check.column]
  return check.kind === 'unique' ? check.columns : []
}

/** What the check looks at: checks of one subject are told apart by their bounds. */
export function checkSubject(check: CheckObject): string {
  switch (check.kind) {
    case 'sql':
      return check.name
    case 'row_count':
      return 'number of rows'
    case 'row_count_change':
      return 'change of the number of rows'
    case 'changed_share':
      return 'changed rows'
    case 'fresh':
      return 'newest event'
    case 'unique':
      return `unique ${check.columns.join(', ')}`
    case 'not_null':
      return `${check.column} not null`
    case 'range':
      return `${check.column} range`
    case 'one_of':
      return `${check.column} values`
    case 'mean_change':
      return `mean of ${check.column}`
    case 'quantile_change':
      return `${check.q} quantile of ${check.column}`
    case 'null_share_change':
      return `null share of ${check.column}`
    case 'distinct_change':
      return `distinct values of ${check.column}`
  }
}

/** The check as a sentence that holds when it is passed. */
export function checkText(check: CheckObject): string {
  switch (check.kind) {
    case 'not_null':
      return `${check.column} is not null${check.share === 1 ? '' : ` in at least ${percent(check.share)} of rows`}`
    case 'range':
      return `${check.column} is ${boundsText(check.min, check.max)}`
    case 'one_of':
      return `${check.column} is one of ${listText(check.values)}`
    case 'unique':
      return `${check.columns.join(', ')} ${check.columns.length === 1 ? 'is' : 'are together'} unique`
    case 'row_count':
      return `the number of rows is ${boundsText(check.min, check.max)}`
    case 'fresh':
      return `the newest event is at most ${check.within} old`
    case 'sql':
      return check.name
    case 'row_count_change':
      return `the number of rows changes by at most ${percent(check.max)}`
    case 'changed_share':
      return `at most ${percent(check.max)} of rows change`
    case 'mean_change':
      return `the mean of ${check.column} changes by at most ${percent(check.max)}`
    case 'quantile_change':
      return `the ${check.q} quantile of ${check.column} changes by at most ${percent(check.max)}`
    case 'null_share_change':
      return `the null share of ${check.column} changes by at most ${points(check.max)}`
    case 'distinct_change':
      return `the number of distinct values of ${check.column} changes by at most ${percent(check.max)}`
  }
}

/** All of what the check says, where its sentence is short of it. */
export function checkMeaning(check: CheckObject): string {
  if (check.kind === 'sql') return check.sql
  return check.kind === 'one_of' ? check.values.map((value) => JSON.stringify(value)).join(', ') : checkText(check)
}

export function percent(share: number): string {
  return `${numberText(share * 100)} %`
}

/** A difference of two shares. */
export function points(difference: number): string {
  return `${numberText(difference * 100)} percentage points`
}

/** Four digits are enough to be read; whole numbers keep theirs. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

export function boundsText(min: Bound | undefined, max: Bound | undefined): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`
  return min === undefined ? `at most ${max}` : `at least ${min}`
}

/** How many values a sentence lists. */
const LISTED = 5

export function listText(values: readonly unknown[]): string {
  const more = values.length - LISTED
  const listed = values.slice(0, LISTED).map((value) => JSON.stringify(value))
  return `${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
