/**
 * One answer from one head as JSON text: texts that were made before are concatenated. Pure but for the block cache it reads;
 * what is not in memory comes back as a list of blocks to fetch, and the caller asks again.
 */
import { StatusTally } from '../metrics/tally.ts'
import type { BoundPlan, BoundView, Options, RowKeys } from './bound.ts'
import { IssueList, NO_ISSUES } from './issues.ts'
import { type Picked, type PickedColumn, pick, viewsText } from './picked.ts'
import { type RenderedPart, render, type Stretch } from './render.ts'

/** The answer's JSON text; undefined when a block it needs is not in memory. */
export function writeAnswer(bound: BoundPlan, keys: RowKeys, rowCount: number, options: Options): string | undefined {
  if (bound.plan.computed || options.format === 'columns' || options.shared !== null || options.live !== null) {
    const picked = pick(bound, keys, rowCount, options)
    return picked && writePicked(picked, options)
  }
  const { plan, views, stretches, opening } = bound
  const { metadata, degraded } = options
  const openIssues = () => new IssueList(plan.views, rowCount, metadata === 'full')
  // Most answers have none, and a small one notices what it takes to make the list.
  let issues = metadata === 'full' ? openIssues() : undefined
  const times = metadata === 'full' || (metadata === 'issues' && rowCount === 1) ? views.map(() => '') : undefined
  let missing: readonly StatusTally[] | undefined
  let text = `${opening},"rows":[`
  for (let row = 0; row < rowCount; row++) {
    text += row === 0 ? '{' : '},{'
    for (let at = 0; at < stretches.length; at++) {
      const stretch = stretches[at]
      const key = stretch && keys[stretch.position]?.[row]
      if (!stretch || key === undefined) return undefined
      const rendered = render(stretch, key, options)
      if (!rendered) return undefined
      text += at === 0 ? rendered.text : `,${rendered.text}`
      if (times) addTimes(times, stretch.position, row, rendered.parts)
      if (rendered.plain) continue
      missing ??= views.map(() => new StatusTally())
      countMissing(missing, stretch, rendered.parts)
      if (metadata === 'none') continue
      issues ??= openIssues()
      noteStatuses(issues, stretch.position, row, rendered.parts)
    }
  }
  text += rowCount === 0 ? ']' : '}]'
  if (metadata !== 'none') text += `${issues?.text() ?? NO_ISSUES},"views":${viewsText(views, times)}`
  countAnswer(views, rowCount, missing)
  return `${text},"degraded":${degraded}}`
}

function addTimes(times: string[], position: number, row: number, parts: readonly RenderedPart[]): void {
  for (let at = 0; at < parts.length; at++)
    times[position + at] += `${row === 0 ? '' : ','}${parts[at]?.eventTimestamp}`
}

/** What is not PRESENT was counted on the way: the rest is. */
function countAnswer(views: readonly BoundView[], rowCount: number, missing: readonly StatusTally[] | undefined): void {
  for (let position = 0; position < views.length; position++) {
    const bind = views[position]
    if (!bind) continue
    bind.tally.present += rowCount * bind.view.columns.length
    const others = missing?.[position]
    if (!others) continue
    bind.tally.add(others)
    bind.tally.present -= others.nulls + others.notFound + others.outside
  }
}

function countMissing(tallies: readonly StatusTally[], stretch: Stretch, parts: readonly RenderedPart[]): void {
  for (const [at, { absent, nulls }] of parts.entries()) {
    const tally = tallies[stretch.position + at]
    if (absent !== null) tally?.count(absent, stretch.views[at]?.view.columns.length)
    else if (nulls.length > 0) tally?.count('NULL_VALUE', nulls.length)
  }
}

/**
 * The forms that fewer ask for: what is computed on demand, columns, what rows share once, and views that are pushed to. They
 * are made value by value, and column by column.
 */
function writePicked({ bound, rowCount, columns, metadata, degraded }: Picked, { format, shared }: Options): string {
  const common = columns.filter(({ once }) => once).map((one) => `${one.column.prefix}${textsOf(one)[0]}`)
  const own = columns.filter(({ once }) => !once).map((one) => [one.column.prefix, textsOf(one)] as const)
  let text = shared === null ? bound.opening : `${bound.opening},"shared":{${common.join(',')}}`
  if (format === 'columns') {
    text += `,"columns":{${own.map(([prefix, texts]) => `${prefix}[${texts.join(',')}]`).join(',')}}`
  } else {
    const rows = Array.from(
      { length: rowCount },
      (_, row) => `{${own.map(([prefix, texts]) => prefix + texts[row]).join(',')}}`,
    )
    text += `,"rows":[${rows.join(',')}]`
  }
  if (metadata) {
    if (metadata.statuses !== null) text += `,"statuses":${metadata.statuses}`
    if (metadata.inputStatuses !== null) text += `,"input_statuses":${metadata.inputStatuses}`
    text += `,"issues":${metadata.issues},"views":${metadata.views}`
  }
  return `${text},"degraded":${degraded}}`
}

function textsOf({ column, values }: PickedColumn): readonly string[] {
  return values.map((value) => (value === null ? 'null' : column.write(value)))
}

function noteStatuses(issues: IssueList, position: number, row: number, parts: readonly RenderedPart[]): void {
  for (const [at, { absent, nulls }] of parts.entries())
    if (absent !== null) issues.whole(position + at, row, absent)
    else if (nulls.length > 0) issues.nulls(position + at, row, nulls)
}
