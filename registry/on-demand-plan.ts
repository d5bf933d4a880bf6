/**
 * Compiles a service with on-demand views. Only what the features that are taken need is in the plan: the columns of stored
 * views, and on-demand views in the order of their evaluation, each once for the same keys, whoever asks for it.
 */
import { ShorelineError } from '../core/errors.ts'
import {
  CONSTANTS_PLAN_FORMAT,
  ON_DEMAND_PLAN_FORMAT,
  type OnDemandPlan,
  type PlanColumn,
  type PlanEntry,
  type PlanInput,
  type PlanOrigin,
  type PlanOutput,
  type PlanView,
} from '../core/plan.ts'
import type { StoredValue } from '../core/values.ts'
import { compileInput, findView, type Words } from './compile-input.ts'
import { featureOf, fieldOf } from './input.ts'
import type { OnDemandObject, ServiceDefinition, ServiceInput, ViewObject } from './objects.ts'
import { viewId } from './objects.ts'
import { type AnyViewObject, codeOf, isOnDemand } from './on-demand.ts'
import { requestFields } from './row.ts'

interface ResolvedInput {
  readonly input: ServiceInput
  readonly view: AnyViewObject
}

export function compileOnDemand(
  service: ServiceDefinition & { readonly version: number },
  inputs: readonly ResolvedInput[],
  views: ReadonlyMap<string, AnyViewObject>,
  words: Words,
): OnDemandPlan {
  const fields = fieldsOf(inputs, words)
  checkNames(
    inputs,
    fields.map(({ name }) => name),
    words,
  )
  const compiler = new Compiler(inputs, views, words.subject)
  const entries = compiler.entries()
  const forms = entries.map(({ object }) => object.form)
  const code = [...new Set(forms.flatMap((form) => codeOf(form) ?? []))].sort()
  const onDemand = entries.map((needed) => compiler.compile(needed, entries))
  const packs = onDemand.flatMap((one) =>
    one.form === 'sql' ? one.features.flatMap(({ expression }) => expression.packs) : [],
  )
  const constants = onDemand.some((one) => one.inputs.some(({ from }) => 'constant' in from))
  return {
    format: constants ? CONSTANTS_PLAN_FORMAT : ON_DEMAND_PLAN_FORMAT,
    service: service.name,
    version: service.version,
    views: compiler.views,
    fields,
    onDemand,
    answer: compiler.answer(entries, onDemand),
    packs: [...new Set(packs)].sort(),
    ...(code.length === 0 ? {} : { code }),
  }
}

function fieldsOf(inputs: readonly ResolvedInput[], { subject }: Words): OnDemandPlan['fields'] {
  const { joinKeys, request } = requestFields(
    subject,
    inputs.map(({ input, view }) => ({ input, view: { ...view, request: isOnDemand(view) ? view.request : [] } })),
  )
  return [...joinKeys.map((field) => ({ ...field, key: true as const })), ...request]
}

/** The definitions refuse these too; a request can arrive without having met them. */
function checkNames(inputs: readonly ResolvedInput[], fields: readonly string[], { subject, feature }: Words): void {
  const names = new Set(fields)
  const roles = new Set<string>()
  for (const { input } of inputs) {
    if (roles.has(input.as))
      throw new ShorelineError('INVALID', `${subject}: ${input.as} is used twice. Give one of them a role with .as().`)
    roles.add(input.as)
    for (const { name } of feature === null ? [] : input.features) {
      if (names.has(name)) throw new ShorelineError('INVALID', `${subject}: ${name} is defined twice. ${feature}`)
      names.add(name)
    }
  }
}

/** An on-demand view with its keys, and which of its features somebody needs. */
interface Needed {
  readonly object: OnDemandObject
  readonly input: ServiceInput
  readonly features: Set<string>
}

type Column = { readonly name: string; readonly type: string } & (
  | { readonly field: string }
  | { readonly constant: StoredValue }
  /** The input in terms of the request: its keys are fields of it. */
  | { readonly input: ServiceInput; readonly view: AnyViewObject; readonly feature: string }
)

class Compiler {
  readonly #inputs: readonly ResolvedInput[]
  readonly #registered: ReadonlyMap<string, AnyViewObject>
  readonly #subject: string
  readonly #views: (PlanView & { readonly columns: PlanColumn[] })[] = []
  readonly #roles: Set<string>
  /** By what makes two of them the same. */
  readonly #needed = new Map<string, Needed>()

  constructor(inputs: readonly ResolvedInput[], views: ReadonlyMap<string, AnyViewObject>, subject: string) {
    this.#inputs = inputs
    this.#registered = views
    this.#subject = subject
    this.#roles = new Set(inputs.map(({ input }) => input.as))
    for (const { input, view } of inputs) if (!isOnDemand(view)) this.#add(input, view)
  }

  get views(): readonly PlanView[] {
    return this.#views
  }

  /** In the order of evaluation. */
  entries(): readonly Needed[] {
    for (const { input, view } of this.#inputs)
      if (isOnDemand(view)) for (const { feature } of input.features) this.#need(input, view, feature)
    const ordered = new Set<Needed>()
    const visit = (one: Needed): void => {
      for (const column of this.#columns(one))
        if ('view' in column && isOnDemand(column.view)) {
          const read = this.#needed.get(identity(column.input, column.view))
          if (read) visit(read)
        }
      ordered.add(one)
    }
    for (const one of this.#needed.values()) visit(one)
    return [...ordered]
  }

  compile(needed: Needed, entries: readonly Needed[]): PlanEntry {
    const { object, input } = needed
    const { form } = object
    const inputs = this.#columns(needed).map((column): PlanInput => {
      const at = object.row.findIndex((one) => one.name === column.name)
      return { name: column.name, type: column.type, at, from: this.#origin(column, entries) }
    })
    const base = { view: viewId(object), as: input.as, inputs, width: object.row.length }
    const features = featuresOf(needed)
    if (form.kind === 'sql')
      return {
        ...base,
        form: 'sql',
        features: features.map((one) => {
          const bound = form.bound[one.feature]
          if (bound) return { ...one, expression: bound.tree }
          throw new ShorelineError('INTERNAL', `${base.view}.${one.feature} is registered without its expression.`)
        }),
      }
    if (form.kind === 'typescript') return { ...base, form: 'typescript', code: form.code, features }
    return {
      ...base,
      form: 'wasm',
      code: form.code,
      export: form.export,
      args: form.args.map((name) => inputs.findIndex((one) => one.name === name)),
      features,
    }
  }

  answer(entries: readonly Needed[], compiled: readonly PlanEntry[]): readonly PlanOutput[] {
    let stored = -1
    return this.#inputs.flatMap(({ input, view }): readonly PlanOutput[] => {
      if (!isOnDemand(view)) {
        stored++
        return input.features.map((_, column) => ({ view: stored, column }))
      }
      const entry = this.#place(input, view, entries)
      const names = compiled[entry]?.features.map((one) => one.feature) ?? []
      return input.features.map(({ feature, name }) => ({ entry, feature: names.indexOf(feature), name, as: input.as }))
    })
  }

  #need(input: ServiceInput, object: OnDemandObject, feature: string): void {
    featureOf(this.#subject, input, object.features, feature)
    const id = identity(input, object)
    const known = this.#needed.get(id)
    const needed = known ?? { object, input, features: new Set<string>() }
    this.#needed.set(id, needed)
    // A function returns all features at once: the first one needs what they all need.
    const reads = object.form.kind === 'sql' || !known
    if (needed.features.has(feature)) return
    needed.features.add(feature)
    if (!reads) return
    for (const column of this.#columns(needed, feature))
      if ('view' in column && isOnDemand(column.view)) this.#need(column.input, column.view, column.feature)
  }

  /** The columns of its row that the features read, in the order of the row. @param only one of the features */
  #columns({ object, input, features }: Needed, only?: string): readonly Column[] {
    const all = this.#row(object, input)
    const { form } = object
    if (form.kind === 'typescript') return all
    const reads = new Set(
      form.kind === 'wasm'
        ? form.args
        : (only === undefined ? [...features] : [only]).flatMap((feature) => form.bound[feature]?.reads ?? []),
    )
    return all.filter(({ name }) => reads.has(name))
  }

  #row(object: OnDemandObject, input: ServiceInput): readonly Column[] {
    const types = new Map(object.row.map((column) => [column.name, column.type]))
    const typed = (name: string) => ({ name, type: types.get(name) ?? '' })
    const features = object.inputs.flatMap((one): readonly Column[] => {
      if (!('view' in one)) return []
      const view = findView(this.#subject, one, this.#registered)
      const keys = Object.fromEntries(view.join_keys.map((key) => [key.name, fieldOf(input, fieldOf(one, key.name))]))
      return one.features.map(({ feature, name }) => ({ ...typed(name), input: { ...one, keys }, view, feature }))
    })
    const own = object.inputs.flatMap((one) => ('request' in one ? one.request : []))
    const statistics = object.inputs.flatMap((one) => ('statistics' in one ? one.statistics : []))
    return [
      ...features,
      ...object.join_keys.map(({ name }) => ({ ...typed(name), field: fieldOf(input, name) })),
      ...own.map(({ name }) => ({ ...typed(name), field: name })),
      ...statistics.map(({ name, value }) => ({ ...typed(name), constant: value })),
    ]
  }

  #origin(column: Column, entries: readonly Needed[]): PlanOrigin {
    if ('field' in column) return { field: column.field }
    if ('constant' in column) return { constant: column.constant }
    const { input, view, feature } = column
    if (!isOnDemand(view)) return this.#storedColumn(input, view, feature)
    const entry = this.#place(input, view, entries)
    const read = entries[entry]
    return { entry, feature: read ? featuresOf(read).findIndex((one) => one.feature === feature) : -1 }
  }

  #place(input: ServiceInput, view: AnyViewObject, entries: readonly Needed[]): number {
    const id = identity(input, view)
    return entries.findIndex((one) => identity(one.input, one.object) === id)
  }

  /** The column where it is read already, or one more that is hidden. */
  #storedColumn(input: ServiceInput, view: ViewObject, feature: string): PlanOrigin {
    const [index, { type, visibility }] = featureOf(this.#subject, input, view.features, feature)
    const keys = view.join_keys.map((key) => fieldOf(input, key.name)).join()
    const found = this.#views.findIndex(
      (one) => one.view === viewId(view) && one.keys.map((key) => key.name).join() === keys,
    )
    const at = found < 0 ? this.#add({ ...input, as: this.#freeRole(input.as), features: [] }, view) : found
    const { as = '', columns = [] } = this.#views[at] ?? {}
    const known = columns.findIndex((column) => column.index === index)
    if (known >= 0) return { view: at, column: known }
    columns.push({ name: `${as}__${feature}`, feature, index, type, visibility, hidden: true })
    return { view: at, column: columns.length - 1 }
  }

  #add(input: ServiceInput, view: ViewObject): number {
    const compiled = compileInput(this.#subject, input, view)
    return this.#views.push({ ...compiled, columns: [...compiled.columns] }) - 1
  }

  /** Two on-demand views may call two entities by one role. No role has `__` of its own. */
  #freeRole(role: string): string {
    let free = role
    for (let n = 2; this.#roles.has(free); n++) free = `${role}__${n}`
    this.#roles.add(free)
    return free
  }
}

/** The same view for the same fields of the request is evaluated once. */
function identity(input: ServiceInput, view: AnyViewObject): string {
  return `${viewId(view)} ${view.join_keys.map((key) => fieldOf(input, key.name)).join()}`
}

function featuresOf({ object, features }: Needed) {
  const { form } = object
  const all = object.features.map(({ name, type, visibility }) => ({ feature: name, type, visibility }))
  if (form.kind === 'sql') return all.filter(({ feature }) => features.has(feature))
  if (form.kind === 'typescript') return all
  return form.returns.flatMap((name) => all.find(({ feature }) => feature === name) ?? [])
}
