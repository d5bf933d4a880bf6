/**
 * Quality checks of a view: what has to hold of a new snapshot before it is served. One that fails with `error`, which is
 * what checks of the snapshot itself do, keeps the snapshot that is served; one that fails with `warn`, which is what
 * comparisons with the snapshot being served do, is recorded with the run. A comparison holds where nothing is served yet.
 *
 * @example
 * checks: [
 *   check.notNull('avg_delay_7d', { share: 0.99 }),
 *   check.range('late_share_7d', { min: 0, max: 1 }),
 *   check.sql('no flights without a delay', 'select * from snapshot where flights_7d > 0 and avg_delay_7d is null'),
 *   check.meanChange('avg_delay_7d', { max: 0.2, severity: 'error' }),
 * ]
 */
import type { Bound, CheckObject, Quantile, Severity } from '../checks.ts'
import { checkSubject, QUANTILES } from '../checks.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import { nearest } from './nearest.ts'
import { checkChoice, checkDuration, checkOptions, type Duration } from './options.ts'
import { checkViewSql } from './view-sql.ts'

/** A check of the columns `C` of a view. */
export interface Check<C extends string = string> extends Definition<'check'> {
  readonly object: CheckObject
  /** For inference only. */
  readonly _column?: C
}

export interface CheckOptions {
  /** `error`: a snapshot that fails is not served. `warn`: it is, and the failure is recorded with its run. */
  readonly severity?: Severity
}

export interface NotNullOptions extends CheckOptions {
  /** Of rows that are not null, from 0 to 1; 1 when left out. */
  readonly share?: number
}

/** Both bounds are within; one may be left out. Integers beyond 2^53 as bigint, timestamps as RFC 3339, dates as ISO text. */
export interface RangeOptions extends CheckOptions {
  readonly min?: number | bigint | string
  readonly max?: number | bigint | string
}

export interface RowCountOptions extends CheckOptions {
  readonly min?: number
  readonly max?: number
}

export interface ChangeOptions extends CheckOptions {
  /** Relative to what is served: 0.2 is a fifth more or less; 0.5 when left out. */
  readonly max?: number
}

export interface QuantileChangeOptions extends ChangeOptions {
  readonly q: Quantile
}

const CHANGE = 0.5
/** More values than this belong into a table that SQL can compare with. */
const MAX_VALUES = 1000

/** Nulls fail `notNull` alone: every other check passes over them. */
export const check = {
  /** The column is not null, or not in at least a `share` of rows. */
  notNull<const C extends string>(column: C, options: NotNullOptions = {}): Check<C> {
    const subject = subjectOf('notNull', column, options, ['share'])
    const share = options.share ?? 1
    if (!isShare(share)) refuse(subject, `share is ${shown(share)}. Write a number from 0 to 1.`)
    return made({ kind: 'not_null', column, share, severity: severityOf(subject, options, 'error') })
  },

  /** Every value is from `min` to `max`. NaN and the infinities never are. */
  range<const C extends string>(column: C, options: RangeOptions): Check<C> {
    const subject = subjectOf('range', column, options, ['min', 'max'])
    const bounds = boundsOf(subject, options)
    return made({ kind: 'range', column, ...bounds, severity: severityOf(subject, options, 'error') })
  },

  /** Every value is one of these. */
  oneOf<const C extends string>(
    column: C,
    values: readonly (string | number | bigint | boolean)[],
    options: CheckOptions = {},
  ): Check<C> {
    const subject = subjectOf('oneOf', column, options, [])
    if (!Array.isArray(values) || values.length === 0 || values.length > MAX_VALUES)
      refuse(subject, `the values are ${shown(values)}. Write a list of 1 to ${MAX_VALUES}, as in ['AA', 'UA'].`)
    const list = values.map(plain)
    return made({ kind: 'one_of', column, values: list, severity: severityOf(subject, options, 'error') })
  },

  /** No two rows have the same value, or the same combination of values. */
  unique<const C extends string>(columns: C | readonly C[], options: CheckOptions = {}): Check<C> {
    const list: readonly unknown[] = Array.isArray(columns) ? columns : [columns]
    if (list.length === 0) refuse('check.unique', 'no column is named. Name at least one.')
    const names = list.filter((name): name is string => typeof name === 'string')
    const other = list.find((name) => typeof name !== 'string')
    if (other !== undefined) refuse('check.unique', `the column is ${shown(other)}. Write its name.`)
    const subject = subjectOf('unique', names.join(', '), options, [])
    return made({ kind: 'unique', columns: names, severity: severityOf(subject, options, 'error') })
  },

  /** There are from `min` to `max` rows. */
  rowCount(options: RowCountOptions): Check<never> {
    checkOptions('check.rowCount', options, ['min', 'max', 'severity'])
    for (const bound of [options.min, options.max])
      if (bound !== undefined && !(Number.isSafeInteger(bound) && bound >= 0))
        refuse('check.rowCount', `a bound is ${shown(bound)}. Write a whole number.`)
    const { min, max } = boundsOf('check.rowCount', options)
    return made({
      kind: 'row_count',
      ...(min === undefined ? {} : { min: Number(min) }),
      ...(max === undefined ? {} : { max: Number(max) }),
      severity: severityOf('check.rowCount', options, 'error'),
    })
  },

  /** The newest event is at most so old when the snapshot is made. */
  fresh(within: Duration, options: CheckOptions = {}): Check<never> {
    checkOptions('check.fresh', options, ['severity'])
    if (within === undefined) refuse('check.fresh', 'it has no duration. Write one, as in check.fresh("1d").')
    checkDuration('check.fresh', 'within', within)
    return made({ kind: 'fresh', within, severity: severityOf('check.fresh', options, 'error') })
  },

  /**
   * A query of the table `snapshot`, with the join keys, `event_timestamp` and the features, that returns no rows.
   * @param name what holds when it returns none
   */
  sql(name: string, sql: string, options: CheckOptions = {}): Check<never> {
    if (typeof name !== 'string' || name.trim() === '')
      refuse(
        'check.sql',
        `the name is ${shown(name)}. Say what holds, as in check.sql('no negative totals', 'select …').`,
      )
    const subject = `check.sql ${shown(name)}`
    checkOptions(subject, options, ['severity'])
    const severity = severityOf(subject, options, 'error')
    return made({ kind: 'sql', name, sql: checkViewSql(subject, sql, 'Read the table snapshot.'), severity })
  },

  /** The number of rows is not much other than in the snapshot being served. Fails with `error`: half a file is no news. */
  rowCountChange(options: ChangeOptions = {}): Check<never> {
    return made({ kind: 'row_count_change', ...changeOf('check.rowCountChange', options, 'error') })
  },

  /** Not too many rows differ from the snapshot being served; new and removed ones count. */
  changedShare(options: ChangeOptions = {}): Check<never> {
    const { max, severity } = changeOf('check.changedShare', options, 'warn')
    if (max > 1) refuse('check.changedShare', `max is ${max}. Write a share from 0 to 1.`)
    return made({ kind: 'changed_share', max, severity })
  },

  /** The mean is not much other than in the snapshot being served. Of a bool: the share that is true. */
  meanChange<const C extends string>(column: C, options: ChangeOptions = {}): Check<C> {
    return made({ kind: 'mean_change', column, ...changeOf(subjectOf('meanChange', column), options, 'warn') })
  },

  quantileChange<const C extends string>(column: C, options: QuantileChangeOptions): Check<C> {
    const subject = subjectOf('quantileChange', column)
    const change = changeOf(subject, options, 'warn', ['q'])
    if (!QUANTILES.includes(options.q))
      refuse(subject, `q is ${shown(options.q)}. Write one of ${QUANTILES.join(', ')}.`)
    return made({ kind: 'quantile_change', column, q: options.q, ...change })
  },

  /** The null share is not much other; `max` is the difference: 0.1 lets 2 % become 12 %. */
  nullShareChange<const C extends string>(column: C, options: ChangeOptions = {}): Check<C> {
    return made({
      kind: 'null_share_change',
      column,
      ...changeOf(subjectOf('nullShareChange', column), options, 'warn'),
    })
  },

  /** The number of distinct values is not much other. It is approximate where there are many: see docs/quality.md. */
  distinctChange<const C extends string>(column: C, options: ChangeOptions = {}): Check<C> {
    return made({ kind: 'distinct_change', column, ...changeOf(subjectOf('distinctChange', column), options, 'warn') })
  },
}

export function isCheck(value: unknown): value is Check {
  return isDefinition(value, 'check')
}

/** The checks of a view as they are kept. @throws ShorelineError INVALID for what check did not make */
export function checkObjects(subject: string, given: unknown): readonly CheckObject[] {
  if (!Array.isArray(given)) return refuse(subject, `checks is ${shown(given)}. Write a list, as in [${EXAMPLE}].`)
  return given.map((one: unknown) => {
    if (isCheck(one)) return one.object
    const method = typeof one === 'string' ? nearest(one, Object.keys(check)) : undefined
    return refuse(subject, `checks has ${shown(one)}. Write ${method ? `check.${method}(…)` : EXAMPLE}.`)
  })
}

const EXAMPLE = "check.notNull('feature')"

function made<C extends string>(object: CheckObject): Check<C> {
  return Object.freeze({ [DEFINITION]: 'check' as const, name: checkSubject(object), object: frozen(object) })
}

function subjectOf(method: string, column: unknown, options?: unknown, known?: readonly string[]): string {
  if (typeof column !== 'string' || column === '')
    return refuse(`check.${method}`, `the column is ${shown(column)}. Write the name of a feature or a join key.`)
  const subject = `check.${method} ${column}`
  if (known) checkOptions(subject, options, [...known, 'severity'])
  return subject
}

function severityOf(subject: string, { severity }: CheckOptions, usual: Severity): Severity {
  checkChoice(subject, 'severity', severity, ['error', 'warn'])
  return severity ?? usual
}

function changeOf(
  subject: string,
  options: ChangeOptions,
  usual: Severity,
  known: readonly string[] = [],
): { readonly max: number; readonly severity: Severity } {
  checkOptions(subject, options, ['max', ...known, 'severity'])
  const max = options.max ?? CHANGE
  if (!(typeof max === 'number' && Number.isFinite(max) && max >= 0))
    refuse(subject, `max is ${shown(max)}. Write how much it may change, as in 0.2 for a fifth.`)
  return { max, severity: severityOf(subject, options, usual) }
}

function boundsOf(
  subject: string,
  { min, max }: Pick<RangeOptions, 'min' | 'max'>,
): { readonly min?: Bound; readonly max?: Bound } {
  if (min === undefined && max === undefined) refuse(subject, 'it has neither min nor max. Write at least one.')
  return {
    ...(min === undefined ? {} : { min: plain(min) }),
    ...(max === undefined ? {} : { max: plain(max) }),
  }
}

function isShare(share: unknown): boolean {
  return typeof share === 'number' && share >= 0 && share <= 1
}

/** As JSON has it: a bigint as its digits. */
function plain<T>(value: T): Exclude<T, bigint> | string {
  return typeof value === 'bigint' ? String(value) : (value as Exclude<T, bigint>)
}
