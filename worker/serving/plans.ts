/** Plans made ready for requests: a reader per key column, a writer per feature column, the constant texts. */
import { ShorelineError } from '../../core/errors.ts'
import { checkKeyLength, joinKeyParts, keyReader } from '../../core/keys.ts'
import { KV_IMMUTABLE_CACHE_TTL_S } from '../../core/limits.ts'
import type { Code } from '../../core/on-demand/entry.ts'
import {
  CONSTANTS_PLAN_FORMAT,
  ON_DEMAND_PLAN_FORMAT,
  PLAN_FORMAT,
  type Plan,
  type PlanKey,
  type PlanView,
} from '../../core/plan.ts'
import { planKey } from '../../core/storage.ts'
import { isKeyKind } from '../../core/types.ts'
import type { KvReader, Truth } from '../stores.ts'
import { type ReadyColumn, readyColumn } from './column.ts'
import { type ReadyComputed, readyComputed } from './computed-plan.ts'
import { type GivenField, givenField } from './given.ts'
import { edgeOnly, publicPart } from './public-plan.ts'
import type { FeatureRow } from './request.ts'

/** One that is stored. */
export interface StoredColumn extends ReadyColumn {
  /** Its position among the view's features. */
  readonly index: number
  /** Read for on-demand views alone. */
  readonly hidden: boolean
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
  readonly columns: readonly StoredColumn[]
  /** The answer text of a row whose values are all null. */
  readonly absent: string
}

/** What of a plan is answered, and under which names. */
export interface PlanForm {
  /** Features as `role__feature`. */
  readonly fullNames: boolean
  /** Only features whose visibility is public. */
  readonly publicOnly: boolean
  /** What on-demand views compute from instead of what they compute: the caller does that. */
  readonly client: boolean
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
  /** The join keys of a request row: of every role, each once. */
  readonly fields: readonly PlanKey[]
  /** The values of a request row that on-demand views compute from. */
  readonly given: readonly GivenField[]
  /** Every name that a row may have. */
  readonly fieldNames: ReadonlySet<string>
  readonly views: readonly ReadyView[]
  /** Features that a client cannot compute itself, because it would see what is not public. */
  readonly edgeOnly: readonly string[]
  /** Null where nothing is computed on demand: then the answer has the columns of all views, in their order. */
  readonly computed: ReadyComputed | null
}

/**
 * @param code what on-demand views run
 * @throws ShorelineError UNAVAILABLE when code that it needs is not here
 */
export function readyPlan(plan: Plan, form: PlanForm, code: Code): ReadyPlan {
  const part = form.publicOnly ? publicPart(plan) : plan
  const onDemand = part.format === PLAN_FORMAT || form.client ? null : part
  const values = plan.format === PLAN_FORMAT ? [] : plan.fields.filter(({ key }) => !key)
  const fields = keysOf(plan)
  return {
    plan,
    ...idOf(plan),
    fields,
    given: onDemand ? values.map(givenField) : [],
    fieldNames: new Set([...fields, ...values].map(({ name }) => name)),
    edgeOnly: edgeOnly(part),
    pushed: part.views.some((view) => view.push !== undefined),
    views: part.views.map((view) =>
      readyView(
        view,
        form.fullNames,
        part.views.findIndex((other) => haveSameKeys(other, view)),
      ),
    ),
    computed: onDemand && readyComputed(onDemand, form, code),
  }
}

function keysOf(plan: Plan): readonly PlanKey[] {
  const keys = new Map<string, PlanKey>()
  for (const view of plan.views) for (const key of view.keys) keys.set(key.name, key)
  // An on-demand view may read a join key of a view from which it reads nothing else.
  if (plan.format !== PLAN_FORMAT)
    for (const { name, type, key } of plan.fields) if (key && isKeyKind(type)) keys.set(name, { name, type })
  return [...keys.values()]
}

/** What has no service has no name and no version. */
function idOf({ service, version }: Plan): Pick<ReadyPlan, 'id' | 'idText' | 'lasting'> {
  if (service === '') return { id: 'the list of features', idText: 'null', lasting: false }
  return { id: `${service}@${version}`, idText: `"${service}@${version}"`, lasting: true }
}

function haveSameKeys(one: PlanView, other: PlanView): boolean {
  return (
    one.keys.length === other.keys.length &&
    one.keys.every(({ name, type }, at) => name === other.keys[at]?.name && type === other.keys[at]?.type)
  )
}

function readyView(view: PlanView, fullNames: boolean, keysOf: number): ReadyView {
  const columns = view.columns.map((column): StoredColumn => {
    // One that is read for on-demand views alone is called by its full name already.
    const name = fullNames && !column.hidden ? `${view.as}__${column.name}` : column.name
    return { ...readyColumn(name, column), index: column.index, hidden: column.hidden ?? false }
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
  readonly #code: () => Code
  readonly #ready = new Map<string, ReadyPlan>()

  constructor(kv: KvReader, truth: Truth, code: () => Code) {
    this.#kv = kv
    this.#truth = truth
    this.#code = code
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
    if (!READ.includes(plan.format))
      throw new ShorelineError(
        'UNAVAILABLE',
        `plan ${hash} has format ${plan.format}, this Worker reads ${READ.join(', ')}. Deploy the version of Shoreline that wrote it.`,
      )
    const compiled = readyPlan(plan, form, this.#code())
    this.#ready.set(formKey(hash, form), compiled)
    return compiled
  }
}

/** The formats of plans that are read here. */
const READ: readonly number[] = [PLAN_FORMAT, ON_DEMAND_PLAN_FORMAT, CONSTANTS_PLAN_FORMAT]

function formKey(hash: string, { fullNames, publicOnly, client }: PlanForm): string {
  return `${hash}${fullNames ? ':full' : ''}${publicOnly ? ':public' : ''}${client ? ':client' : ''}`
}
