/** Statistics of a new snapshot, and the view's checks on it: before anything of it is kept or uploaded. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { sensitiveNames } from '../../registry/catalog/sensitive.ts'
import type { CheckResult, SnapshotStatistics } from '../../registry/quality.ts'
import { watched } from '../duckdb.ts'
import { failedChecks, gateError, runChecks } from '../quality/gate.ts'
import { snapshotStatistics } from '../quality/statistics.ts'
import type { Materialization } from './materialize.ts'
import { parquet } from './rows.ts'

export interface Checked {
  readonly statistics: SnapshotStatistics
  readonly checks: readonly CheckResult[]
}

/** A check of severity `error` does not hold: what was found is kept with the run that failed. */
export class FailedChecks extends ShorelineError {
  readonly found: Checked

  constructor({ code, message, details }: ShorelineError, found: Checked) {
    super(code, message, details)
    this.found = found
  }
}

/**
 * @param changed rows that differ from what is online; null when nothing is
 * @throws FailedChecks
 */
export async function check(
  { work, view, run }: Materialization,
  db: DuckDBConnection,
  { file, changed }: { readonly file: string; readonly changed: number | null },
): Promise<Checked> {
  const relation = parquet([file])
  // Before the first scan: what it may keep depends on it.
  const sensitive = sensitiveNames(view, await work.control.lineage(run.view))
  const found = async (): Promise<Checked> => {
    const statistics = await snapshotStatistics(db, view, relation, sensitive)
    const checks = await runChecks(db, {
      view,
      relation,
      sensitive,
      statistics,
      previous: run.online?.statistics ?? null,
      previousRows: run.online?.rows ?? null,
      changed,
      asOf: run.as_of,
    })
    const error = gateError(view, checks)
    if (error) throw new FailedChecks(error, { statistics, checks })
    return { statistics, checks }
  }
  return work.progress.phase(
    `${run.view}: check`,
    (update) => watched(db, update, found),
    ({ checks }) => checksText(checks),
  )
}

function checksText(checks: readonly CheckResult[]): string {
  const warnings = failedChecks(checks, 'warn')
  return `${checks.length} checks${warnings.length > 0 ? `, ${warnings.length} of them warn` : ''}`
}
