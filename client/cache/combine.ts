import type { Issue } from '../meta.ts'
import type { Raw } from '../raw.ts'

/** Answers of one revision, each of one row, as one answer. */
export function combine(raws: readonly Raw[]): Raw {
  const [first] = raws
  if (!first) throw new Error('there is nothing to combine')
  const issues = new Map<string, Issue>()
  for (const [at, raw] of raws.entries())
    for (const issue of raw.issues) {
      const name = JSON.stringify([issue.view, issue.feature, issue.status])
      issues.set(name, { ...issue, rows: [...(issues.get(name)?.rows ?? []), at] })
    }
  const views = first.views.map((view, position) => {
    const own = raws.map((raw) => raw.views[position])
    const times = own.flatMap((one) => one?.event_timestamps ?? [])
    const oldest = own.flatMap((one) => one?.oldest_event_timestamps ?? [])
    return {
      ...view,
      ...(view.event_timestamps && { event_timestamps: times }),
      ...(view.oldest_event_timestamps && { oldest_event_timestamps: oldest }),
    }
  })
  return {
    ...first,
    degraded: raws.some(({ degraded }) => degraded),
    rows: raws.flatMap(({ rows }) => rows),
    issues: [...issues.values()],
    views,
    ...(first.statuses && { statuses: raws.flatMap(({ statuses }) => statuses ?? []) }),
    ...(first.input_statuses && { input_statuses: raws.flatMap((raw) => raw.input_statuses ?? []) }),
  }
}
