/**
 * The gate before a snapshot is served: runs the view's checks on it, in one pass for all checks of rows and one for each of
 * uniqueness and custom SQL; what statistics answer costs nothing.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { hasSensitive, sensitiveFeatures } from '../../registry/catalog/sensitive.ts'
import { type CheckObject, checksOf, checkText } from '../../registry/checks.ts'
import { type ViewObject, viewId } from '../../registry/objects.ts'
import type { CheckResult } from '../../registry/quality.ts'
import { findInStatistics } from './change-checks.ts'
import { type Checked, type Finding, keySql } from './finding.ts'
import { findRows, isRowCheck } from './row-checks.ts'
import { findBySql, findTwice } from './table-checks.ts'

export interface GateInput extends Omit<Checked, 'types' | 'key'> {
  /** Features and join keys of which no single value may be told; those that the view's tags name when left out. */
  readonly sensitive?: ReadonlySet<string>
}

/** What each of the view's checks found, in their order. */
export async function runChecks(db: DuckDBConnection, input: GateInput): Promise<readonly CheckResult[]> {
  const { view } = input
  const sensitive = input.sensitive ?? sensitiveFeatures(view)
  const secret = hasSensitive(view) || view.join_keys.some(({ name }) => sensitive.has(name))
  const types = new Map([...view.join_keys, ...view.features].map(({ name, type }) => [name, type]))
  const checked: Checked = { ...input, types, key: secret ? null : keySql(view) }
  const checks = checksOf(view)
  const ofRows = await findRows(db, checked, checks.filter(isRowCheck))
  const results: CheckResult[] = []
  for (const check of checks) {
    const found = ofRows.get(check) ?? (await find(db, checked, check))
    results.push({ check: checkText(check), severity: check.severity, ...found })
  }
  return results
}

async function find(db: DuckDBConnection, checked: Checked, check: CheckObject): Promise<Finding> {
  if (check.kind === 'unique') return findTwice(db, checked, check)
  if (check.kind === 'sql') return findBySql(db, checked, check)
  if (isRowCheck(check)) throw new ShorelineError('INTERNAL', `view ${checked.view.name}: a check was not run.`)
  return findInStatistics(checked, check)
}

/** The checks that did not hold, of one severity. */
export function failedChecks(
  results: readonly CheckResult[],
  severity: CheckResult['severity'],
): readonly CheckResult[] {
  return results.filter((result) => !result.passed && result.severity === severity)
}

/** What a failed check says, as `the mean of amount changes by at most 20 %: changed by 9900 %, from 49.8 to 4980`. */
export function failureText({ check, observed, examples = [] }: CheckResult): string {
  return `${check}: ${observed}${examples.length > 0 ? `, for example ${examples.join(', ')}` : ''}`
}

/** Null when the snapshot may be served: no check of severity `error` failed. */
export function gateError(
  view: Pick<ViewObject, 'name' | 'version'>,
  results: readonly CheckResult[],
): ShorelineError | null {
  const failed = failedChecks(results, 'error')
  if (failed.length === 0) return null
  const what = failed.length === 1 ? 'a check does' : `${failed.length} checks do`
  return new ShorelineError(
    'INVALID',
    `view ${viewId(view)}: ${what} not hold, so the new snapshot is not published and what was online stays so. ${failed
      .map((result) => `${failureText(result)}.`)
      .join(
        ' ',
      )} Correct the source and sync again; if the data is right, change the check, or make it severity: 'warn', and apply before the next sync.`,
    { check: true, view: viewId(view), checks: failed },
  )
}
