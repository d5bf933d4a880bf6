/** A plan as a reviewer reads it. */
import type { Change } from '../../registry/apply.ts'
import type { FieldChange } from '../../registry/diff.ts'
import type { Estimate } from '../check/estimate.ts'
import type { PlanReport } from './plan.ts'

const SIGNS: Readonly<Record<Change['change'], string>> = {
  created: '+',
  'new version': '±',
  updated: '~',
  retired: '-',
  removed: '-',
}

export function planText(plan: PlanReport): string {
  if (plan.changes.length === 0)
    return [`Nothing to apply: the registry (${plan.registry}) is what the definitions say.`, ...warned(plan)].join(
      '\n',
    )
  return [
    `Plan against registry ${plan.registry}: ${summary(plan.changes)}.`,
    '',
    ...plan.changes.flatMap(changeLines),
    ...section(
      'To be materialized by the next sync',
      plan.materialize.map((view) => costLine(view, plan.estimates)),
    ),
    ...section(
      'Nothing to materialize',
      plan.adopted.map(({ view, runs }) => `${view} stores what ${runs} stores, and reads its runs`),
    ),
    ...section(
      'Kept materialized for retained services',
      plan.kept.map(({ view, services }) => `${costLine(view, plan.estimates)}, for ${services.join(', ')}`),
    ),
    ...section(
      'Breaks',
      plan.breaks.map(({ object, what }) => `${object} ${what}; ${earlier(object)}`),
    ),
    ...section('Needs --yes', plan.destructive),
    ...section('Used by nothing any more ("shoreline retire" removes them)', plan.unused),
    ...warned(plan),
  ].join('\n')
}

function warned({ warnings }: PlanReport): readonly string[] {
  return section('Warnings', warnings)
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)]
}

const KINDS = ['created', 'new version', 'updated', 'retired', 'removed'] as const

function summary(changes: readonly Change[]): string {
  return KINDS.flatMap((kind) => {
    const count = changes.filter(({ change }) => change === kind).length
    if (count === 0) return []
    return [kind === 'new version' ? `${count} new ${count === 1 ? 'version' : 'versions'}` : `${count} ${kind}`]
  }).join(', ')
}

export function changeLines({ kind, name, version, change, fields }: Change): readonly string[] {
  const id = version === undefined ? name : `${name}@${version}`
  return [`${SIGNS[change]} ${kind} ${id} ${change}`, ...fields.flatMap(fieldLines)]
}

function fieldLines({ field, from, to }: FieldChange): readonly string[] {
  if (from === null) return [`    + ${field}: ${one(to)}`]
  if (to === null) return [`    - ${field}: ${one(from)}`]
  if (!from.includes('\n') && !to.includes('\n')) return [`    ~ ${field}: ${from} -> ${to}`]
  return [`    ~ ${field}:`, ...lineDiff(from.split('\n'), to.split('\n')).map((line) => `      ${line}`)]
}

function one(value: string | null): string {
  return (value ?? '').trim().replaceAll(/\s*\n\s*/g, ' ')
}

/** The lines that went and came, and one of what stayed around them. */
function lineDiff(from: readonly string[], to: readonly string[]): readonly string[] {
  const lengths = longest(from, to)
  const lines: { readonly mark: ' ' | '-' | '+'; readonly text: string }[] = []
  let a = 0
  let b = 0
  while (a < from.length || b < to.length) {
    const [left = '', right = ''] = [from[a], to[b]]
    if (a < from.length && b < to.length && left === right) {
      lines.push({ mark: ' ', text: left })
      a++
      b++
    } else if (b >= to.length || (a < from.length && (lengths[a + 1]?.[b] ?? 0) >= (lengths[a]?.[b + 1] ?? 0))) {
      lines.push({ mark: '-', text: left })
      a++
    } else {
      lines.push({ mark: '+', text: right })
      b++
    }
  }
  const near = (at: number): boolean => [at - 1, at, at + 1].some((index) => (lines[index]?.mark ?? ' ') !== ' ')
  return lines.flatMap(({ mark, text }, at) => (near(at) ? [`${mark} ${text}`.trimEnd()] : []))
}

/** Of the longest common subsequence of what remains from each pair of places. SQL is short enough for the whole table. */
function longest(from: readonly string[], to: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0))
  for (let a = from.length - 1; a >= 0; a--)
    for (let b = to.length - 1; b >= 0; b--) {
      const row = lengths[a]
      if (row)
        row[b] =
          from[a] === to[b] ? (lengths[a + 1]?.[b + 1] ?? 0) + 1 : Math.max(lengths[a + 1]?.[b] ?? 0, row[b + 1] ?? 0)
    }
  return lengths
}

function costLine(view: string, estimates: readonly Estimate[]): string {
  const found = estimates.find((estimate) => estimate.view === view)
  if (!found) return view
  return `${view}: ${BASIS[found.basis]} ${found.entities} entities, about ${found.kv_writes} KV writes and ${found.kv_deletes} later deletions, ${found.d1_rows} D1 rows${found.d1_deletes === 0 ? '' : ` and ${found.d1_deletes} later deletions`}, ${found.r2_ops} R2 operations: $${found.dollars.toFixed(4)} a full materialization, a month of storage included`
}

const BASIS: Readonly<Record<Estimate['basis'], string>> = {
  counted: 'exactly',
  sampled: 'about',
  keys: 'at most',
  online: 'as last time',
}

function earlier(object: string): string {
  const [name = '', version = ''] = object.split('@')
  return `callers of "${name}" get it once it is online, ${name}@${Number(version) - 1} keeps answering as before`
}
