/** Runs as they are answered: instants as text, what was kept as JSON as JSON. */
import { timestampText } from '../../core/values.ts'
import type { ListedRun } from '../../registry/history/run-history.ts'
import type { Run } from '../../registry/repository.ts'
import type { RunDescription, RunSummary } from '../../registry/wire/history.ts'

export function runSummary(run: ListedRun): RunSummary {
  return { ...common(run), read: run.read }
}

export function runDescription(run: Run): RunDescription {
  const { base, stored, sources, parts } = run
  return {
    ...common(run),
    base: base && { snapshot: base.snapshot, run: base.pointer.run },
    stored,
    sources,
    parts,
    statistics: parsed(run.statistics),
    report: parsed(run.report),
  }
}

function common(run: Omit<ListedRun, 'read'>): Omit<RunSummary, 'read'> {
  const { id, view, snapshot, kind, state, store, rows, changed, blocks, filters, error } = run
  return {
    run: id,
    view,
    snapshot,
    kind,
    state,
    store,
    as_of: timestampText(run.asOf),
    rows,
    changed,
    blocks,
    filters,
    watermark: run.watermark === null ? null : timestampText(run.watermark),
    reason: reasonOf(run.report),
    error,
    checks: parsed(run.checks) as readonly unknown[] | null,
    started_at: instant(run.startedAt),
    finished_at: run.finishedAt === null ? null : instant(run.finishedAt),
    marked_at: run.markedAt === null ? null : instant(run.markedAt),
  }
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

function reasonOf(report: string | null): string | null {
  const said = parsed(report)
  const reason = typeof said === 'object' && said !== null && 'reason' in said ? said.reason : null
  return typeof reason === 'string' ? reason : null
}

/** @param ms since the epoch */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
