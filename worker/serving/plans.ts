/** Plans made ready for requests: a reader per key column, a writer per feature column, the constant texts. */
import { ShorelineError } from '../../core/errors.ts'
import { checkKeyLength, joinKeyParts, keyReader } from '../../core/keys.ts'
import { KV_IMMUTABLE_CACHE_TTL_S } from '../../core/limits.ts'
import { PLAN_FORMAT, type Plan, type PlanKey, type PlanView } from '../../core/plan.ts'
import { planKey } from '../../core/storage.ts'
import { parseType, type ValueType } from '../../core/types.ts'
import { type ValueWriter, valueWriter } from '../../core/values.ts'
import type { KvReader, Truth } from '../stores.ts'
import type { FeatureRow } from './request.ts'

export interface ReadyColumn {
  readonly name: string
  readonly feature: string
  readonly index: number
  readonly type: ValueType
  /** `"name":` as it stands in an answer. */
  readonly prefix: string
  readonly write: ValueWriter
}

/** Reads the canonical key from a row of a request, or throws INVALID naming the field. */
export type RowKeyReader = (row: FeatureRow) => string

export interface ReadyView {
  readonly view: string
  /** The `view@version` whose runs hold its rows. */
  readonly runs: string
  readonly as: string
  /** False where rows are only pushed. */
  readonly stored: boolean
  /** Where pushed rows are read; null where nobody pushes. */
  readonly push: 'nearest' | 'primary' | null
  /** The request's fields that make up the key. */
  readonly keyNames: readonly string[]
  /** The position of the first view with the same join keys: what is read for it need not be read again. */
  readonly keysOf: number
  readonly readKey: RowKeyReader
  /** Microseconds; infinite when values never expire. */
  readonly ttl: number
  readonly columns: readonly ReadyColumn[]
  /** The answer text of a row whose values are all null. */
  readonly absent: string
}

/** What of a plan is answered, and under which names. */
export interface PlanForm {
  /** Features as `role__feature`. */
  readonly fullNames: boolean
  /** Only features whose visibility is public: the others are not read, so that no later step can let one out. */
  readonly publicOnly: boolean
}

export interface ReadyPlan {
  readonly plan: Plan
  /** `service@version`; of features that were named one by one, what errors call them. */
  readonly id: string
  /** The same as the answer's JSON value. */
  readonly idText: string
  /** Of a service: it is asked for again, and what is made from it is worth keeping. */
  readonly lasting: boolean
  /** Whether a view of it is pushed to: then an answer needs D1. */
  readonly pushed: boolean
  /** The fields of a request row: every join key of every role, once. */
  readonly fields: readonly PlanKey[]
  readonly fieldNames: ReadonlySet<string>
  readonly views: readonly ReadyView[]
}

export function readyPlan(plan: Plan, form: PlanForm): ReadyPlan {
  const fields = new Map<string, PlanKey>()
  for (const view of plan.views) for (const key of view.keys) fields.set(key.name, key)
  const shown = form.publicOnly ? publicViews(plan) : plan.views
  return {
    plan,
    ...idOf(plan),
    fields: [...fields.values()],
    fieldNames: new Set(fields.keys()),
    pushed: shown.some((view) => view.push !== undefined),
    views: shown.map((view) =>
      readyView(
        view,
        form.fullNames,
        shown.findIndex((other) => haveSameKeys(other, view)),
      ),
    ),
  }
}

/** What has no service has no name and no version. */
function idOf({ service, version }: Plan): Pick<ReadyPlan, 'id' | 'idText' | 'lasting'> {
  if (service === '') return { id: 'the list of features', idText: 'null', lasting: false }
  return { id: `${service}@${version}`, idText: `"${service}@${version}"`, lasting: true }
}

/** The views that have public columns, with these alone. A request still names every join key of the service. */
function publicViews(plan: Plan): readonly PlanView[] {
  return plan.views
    .map((view) => ({ ...view, columns: view.columns.filter(({ visibility }) => visibility === 'public') }))
    .filter(({ columns }) => columns.length > 0)
}

function haveSameKeys(one: PlanView, other: PlanView): boolean {
  return (
    one.keys.length === other.keys.length &&
    one.keys.every(({ name, type }, at) => name === other.keys[at]?.name && type === other.keys[at]?.type)
  )
}

function readyView(view: PlanView, fullNames: boolean, keysOf: number): ReadyView {
  const columns = view.columns.map((column): ReadyColumn => {
    const name = fullNames ? `${view.as}__${column.name}` : column.name
    const type = parseType(column.type)
    return {
      name,
      feature: column.feature,
      index: column.index,
      type,
      prefix: `${JSON.stringify(name)}:`,
      write: valueWriter(type),
    }
  })
  return {
    view: view.view,
    runs: view.runs ?? view.view,
    as: view.as,
    stored: view.stored ?? true,
    push: view.push ?? null,
    keyNames: view.keys.map((key) => key.name),
    keysOf,
    readKey: rowKeyReader(view.keys),
    ttl: view.ttl ?? Number.POSITIVE_INFINITY,
    columns,
    absent: columns.map((column) => `${column.prefix}null`).join(','),
  }
}

function rowKeyReader(keys: readonly PlanKey[]): RowKeyReader {
  const names = keys.map((key) => key.name)
  const readers = keys.map((key) => ({ name: key.name, read: keyReader({ name: key.name, kind: key.type }) }))
  const [only] = readers
  if (only && readers.length === 1)
    return (row) => {
      const key = only.read(row[only.name])
      checkKeyLength(names, key)
      return key
    }
  return (row) => {
    const parts: string[] = []
    for (const { name, read } of readers) parts.push(read(row[name]))
    const key = joinKeyParts(parts)
    checkKeyLength(names, key)
    return key
  }
}

/** Plans are immutable and small: an isolate keeps those it has served. */
export class Plans {
  readonly #kv: KvReader
  readonly #truth: Truth
  readonly #ready = new Map<string, ReadyPlan>()

  constructor(kv: KvReader, truth: Truth) {
    this.#kv = kv
    this.#truth = truth
  }

  peek(hash: string, form: PlanForm): ReadyPlan | undefined {
    return this.#ready.get(formKey(hash, form))
  }

  /** @throws ShorelineError UNAVAILABLE when neither KV nor D1 has it, or when this Worker cannot read it */
  async load(hash: string, form: PlanForm): Promise<ReadyPlan> {
    const ready = this.peek(hash, form)
    if (ready) return ready
    const text = (await this.#kv.get(planKey(hash), KV_IMMUTABLE_CACHE_TTL_S)) ?? (await this.#truth.planText(hash))
    if (text === null)
      throw new ShorelineError('UNAVAILABLE', `plan ${hash}, which the head names, is not to be had.`, { plan: hash })
    const plan = JSON.parse(text) as Plan
    if (plan.format !== PLAN_FORMAT)
      throw new ShorelineError(
        'UNAVAILABLE',
        `plan ${hash} has format ${String(plan.format)}, this Worker reads ${PLAN_FORMAT}. Deploy the version of Shoreline that wrote it.`,
      )
    const compiled = readyPlan(plan, form)
    this.#ready.set(formKey(hash, form), compiled)
    return compiled
  }
}

function formKey(hash: string, { fullNames, publicOnly }: PlanForm): string {
  return `${hash}${fullNames ? ':full' : ''}${publicOnly ? ':public' : ''}`
}
