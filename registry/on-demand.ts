/** Registering on-demand views: what they refer to is resolved to versions, and what follows from that is kept with them. */
import { ShorelineError } from '../core/errors.ts'
import type { ColumnNode, ExpressionNode } from '../core/expressions/tree.ts'
import type {
  BoundExpression,
  Definitions,
  OnDemandDefinition,
  OnDemandForm,
  OnDemandInput,
  OnDemandObject,
  RowColumn,
  ServiceInput,
  ServiceObject,
  UsedStatistic,
  ViewObject,
} from './objects.ts'
import { viewId } from './objects.ts'
import { computedRow, type ReadInput, type ReadView } from './row.ts'
import { setOf, statText } from './statistics.ts'

/** A version of a view, of either kind: they share their names. */
export type AnyViewObject = ViewObject | OnDemandObject

export function isOnDemand(view: AnyViewObject | OnDemandDefinition): view is OnDemandObject {
  return 'form' in view
}

/** The views that it reads, each in its role. */
export function viewInputs({ inputs }: Pick<OnDemandDefinition, 'inputs'>): readonly ServiceInput[] {
  return inputs.flatMap((input) => ('view' in input ? [input] : []))
}

/** The statistics of training sets that it computes with, by name and in its SQL. */
export function usedStatistics({
  inputs,
  form,
}: Pick<OnDemandDefinition, 'inputs' | 'form'>): readonly UsedStatistic[] {
  const named = inputs.flatMap((input) => ('statistics' in input ? input.statistics : []))
  return [...named, ...(form.kind === 'sql' ? (form.statistics ?? []) : [])]
}

/** The stored view versions that answering the service reads, as `view@version`. */
export function storedReads({ inputs, reads }: Pick<ServiceObject, 'inputs' | 'reads'>): readonly string[] {
  return reads ?? inputs.map((input) => input.view)
}

/** Every stored and on-demand view version of a registry, by `view@version`. */
export function allViews(snapshot: {
  readonly views: readonly ViewObject[]
  readonly on_demand?: readonly OnDemandObject[]
}): ReadonlyMap<string, AnyViewObject> {
  return new Map([...snapshot.views, ...(snapshot.on_demand ?? [])].map((view) => [viewId(view), view]))
}

/** The views and everything that they read, by `view@version`; ids that are not registered are left out. */
export function viewsBehind(views: ReadonlyMap<string, AnyViewObject>, ids: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [...ids]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const view = views.get(id)
    if (!view || found.has(id)) continue
    found.add(id)
    if (isOnDemand(view)) open.push(...viewInputs(view).map((input) => input.view))
  }
  return found
}

/**
 * The definitions so that each comes after those it reads; those of a cycle are left out and named.
 * @param problems takes a sentence for every cycle
 */
export function inOrder(definitions: readonly OnDemandDefinition[], problems: string[]): readonly OnDemandDefinition[] {
  const byName = new Map(definitions.map((one) => [one.name, one]))
  const ordered = new Set<OnDemandDefinition>()
  const refused = new Set<OnDemandDefinition>()
  const visit = (one: OnDemandDefinition, path: readonly string[]): void => {
    if (ordered.has(one) || refused.has(one)) return
    const at = path.indexOf(one.name)
    if (at >= 0) {
      refused.add(one)
      problems.push(
        `onDemandView ${one.name}: it reads itself: ${[...path.slice(at), one.name].join(' reads ')}. Compute what they share in a view that reads neither.`,
      )
      return
    }
    for (const { view } of viewInputs(one)) {
      const read = byName.get(view)
      if (read) visit(read, [...path, one.name])
      if (read && refused.has(read)) refused.add(one)
    }
    if (!refused.has(one)) ordered.add(one)
  }
  for (const one of definitions) visit(one, [])
  return [...ordered]
}

/**
 * @param newest the views that are defined, by name
 * @returns null when something is wrong, of which `problems` takes a sentence each; an input that was refused itself has had its own
 */
export function resolveOnDemand(
  definition: OnDemandDefinition,
  newest: ReadonlyMap<string, AnyViewObject>,
  refused: ReadonlySet<string>,
  problems: string[],
): Omit<OnDemandObject, 'version' | 'hash'> | null {
  const subject = `onDemandView ${definition.name}`
  const before = problems.length
  const reads: ReadInput[] = []
  const inputs: OnDemandInput[] = []
  for (const input of definition.inputs) {
    if (!('view' in input)) {
      reads.push(input)
      inputs.push(input)
      continue
    }
    const view = newest.get(input.view)
    if (view) {
      reads.push({ input, view: { ...view, request: isOnDemand(view) ? view.request : [] } })
      inputs.push({ ...input, view: viewId(view) })
    } else if (refused.has(input.view)) return null
    else problems.push(`${subject}: view ${input.view} is not defined. Export it beside the view.`)
  }
  if (problems.length > before) return null
  try {
    const { row, joinKeys, request } = computedRow(subject, reads)
    problems.push(...statisticProblems(subject, definition), ...formProblems(subject, definition, row))
    const fields = new Set([...joinKeys, ...request].map((field) => field.name))
    for (const { name } of definition.features)
      if (fields.has(name))
        problems.push(`${subject}: feature "${name}" has the name of a field of the request. Give it another name.`)
    if (problems.length > before) return null
    return { ...definition, inputs, row, join_keys: joinKeys, request }
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    problems.push(thrown.message)
    return null
  }
}

/**
 * The rows of on-demand views that are not registered yet, by name: what their SQL is bound against. A view that refers to
 * what is not defined, or that clashes, has none: registering it says why.
 */
export function rowsOf({
  entities,
  views,
  on_demand: onDemand = [],
}: Definitions): ReadonlyMap<string, readonly RowColumn[]> {
  const keys = new Map(entities.map((entity) => [entity.name, entity.join_keys]))
  const known = new Map<string, ReadView>()
  for (const { name, entity, features } of views)
    known.set(name, { features, join_keys: keys.get(entity) ?? [], request: [] })
  const rows = new Map<string, readonly RowColumn[]>()
  for (const { name, inputs, features } of inOrder(onDemand, [])) {
    const reads = inputs.flatMap((input): readonly ReadInput[] => {
      if (!('view' in input)) return [input]
      const view = known.get(input.view)
      return view ? [{ input, view }] : []
    })
    if (reads.length < inputs.length) continue
    try {
      const { row, joinKeys, request } = computedRow(`onDemandView ${name}`, reads)
      rows.set(name, row)
      known.set(name, { features, join_keys: joinKeys, request })
    } catch (thrown) {
      if (!(thrown instanceof ShorelineError)) throw thrown
    }
  }
  return rows
}

/** The command line looks statistics up; a request can arrive without having met it. */
function statisticProblems(subject: string, definition: OnDemandDefinition): readonly string[] {
  return usedStatistics(definition)
    .filter(({ set, value }) => value === null || setOf(set)?.version === undefined)
    .map(
      (one) => `${subject}: ${statText(one)} has no value. Apply with the command line, which looks it up in the set.`,
    )
}

/** What the constructor refuses, and what the command line adds; a request can arrive without having met either. */
function formProblems(
  subject: string,
  { form, features }: OnDemandDefinition,
  row: readonly RowColumn[],
): readonly string[] {
  const columns = row.map((column) => column.name)
  const strangers = (names: readonly string[], known: readonly string[]): readonly string[] =>
    names.filter((name) => !known.includes(name))
  const names = features.map((feature) => feature.name)
  if (form.kind === 'sql') {
    const unbound = names.filter((name) => !Object.hasOwn(form.sql, name) || !Object.hasOwn(form.bound, name))
    if (unbound.length > 0)
      return [
        `${subject}: ${unbound.join(', ')} ${unbound.length === 1 ? 'has' : 'have'} no bound expression. Apply with the command line, which binds the SQL.`,
      ]
    return names.flatMap((name) => {
      const bound = form.bound[name]
      return bound ? readProblems(bound, row).map((problem) => `${subject}: the expression of ${name} ${problem}`) : []
    })
  }
  if (!CONTENT_HASH.test(form.code))
    return [`${subject}: it names no code. Apply with the command line, which bundles and uploads it.`]
  if (form.kind === 'typescript') return []
  return [
    ...strangers(form.args, columns).map((name) => `${subject}: the argument ${name} is not in its row.`),
    ...(form.returns.length === names.length && strangers(names, form.returns).length === 0
      ? []
      : [`${subject}: returns has to list each feature once.`]),
  ]
}

/** What a tree reads is what a plan brings: a place that it does not bring would be null without a word. */
function readProblems({ tree, reads }: BoundExpression, row: readonly RowColumn[]): readonly string[] {
  return columnsOf(tree.root).flatMap(({ column, type }) => {
    const found = row[column]
    if (!found) return [`reads place ${column} of a row that has ${row.length}.`]
    if (found.type !== type) return [`reads ${found.name} as ${type}, and it is ${found.type}.`]
    return reads.includes(found.name) ? [] : [`reads ${found.name}, which is not among its reads.`]
  })
}

function columnsOf(node: ExpressionNode): readonly ColumnNode[] {
  if ('column' in node) return [node]
  if ('literal' in node) return []
  if ('call' in node) return node.args.flatMap(columnsOf)
  return [...node.case.flat(), node.else].flatMap(columnsOf)
}

const CONTENT_HASH = /^[0-9a-f]{64}$/

/** The content hash of the code that it runs; undefined for SQL. */
export function codeOf(form: OnDemandForm): string | undefined {
  return form.kind === 'sql' ? undefined : form.code
}
