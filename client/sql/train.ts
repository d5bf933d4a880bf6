/**
 * A training set in the page: the point-in-time join of a spine over the Parquet that a service's views read, by the same SQL as
 * `shoreline train` (`core/sql`), so that its values are the same to the bit. For a spine and sources that fit a tab.
 */
import type { Compressors } from 'hyparquet'
import { ShorelineError } from '../../core/errors.ts'
import type { Values } from '../../core/on-demand/column.ts'
import type { CodeModules } from '../../core/on-demand/modules.ts'
import type { PlainValue } from '../../core/on-demand/to-plain.ts'
import { PLAN_FORMAT, type Plan } from '../../core/plan.ts'
import { type JoinedView, joinQuery, ROW, valueColumn } from '../../core/sql/join.ts'
import { parseType } from '../../core/types.ts'
import type { LakeAnswer, LakeView } from '../../registry/wire/lake.ts'
import { readColumns } from './arrow.ts'
import type { Connection } from './engine.ts'
import { failed } from './failed.ts'
import { type LakeOptions, remoteLake } from './lake.ts'
import type { Reading } from './source-table.ts'
import { loadSpine, type ReadSpine, readSpine } from './spine.ts'
import { plainColumn, readableQuery, refuseJson, storedFrom } from './values.ts'
import { loadView } from './view-steps.ts'

export interface TrainOptions<R extends Readonly<Record<string, unknown>>> extends LakeOptions {
  /** `flight_delay`, or `flight_delay@2`. */
  readonly service: string
  /** The entity rows: join keys, request-time values, an instant, and whatever else goes along, such as a label. */
  readonly spine: readonly R[]
  /** Which member is the instant: a Date, or RFC 3339. */
  readonly timestamp: keyof R & string
  /** Leaves out what was created after the instant of a row. */
  readonly asKnown?: boolean
  /** By content hash: the modules of on-demand views that are in TypeScript or WebAssembly. */
  readonly code?: CodeModules
  /** Parquet bytes of the sources beyond which the page refuses; 64 MB unless given. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

export interface TrainingRows<R> {
  /** Of the spine, in its order, each with the features of the service. */
  readonly rows: readonly (R & Readonly<Record<string, PlainValue>>)[]
  /** Names and types of the features, in the order of the service. */
  readonly features: readonly { readonly name: string; readonly type: string }[]
  readonly meta: TrainingMeta
}

export interface TrainingMeta {
  /** With its version. */
  readonly service: string
  /** What was read, so that two sets can be told apart. */
  readonly sources: Readonly<Record<string, readonly { readonly key: string; readonly etag: string }[]>>
  /** Objects in quarantine, which were left out. */
  readonly quarantined: number
  /** Bytes that came through the Worker. */
  readonly bytes: number
}

const MAX_BYTES = 64 * 1024 * 1024

export async function trainInPage<R extends Readonly<Record<string, unknown>>>(
  connection: Connection,
  name: string,
  options: TrainOptions<R>,
  compressors: Compressors | undefined,
): Promise<TrainingRows<R>> {
  const lake = remoteLake(options)
  const described = await lake.describe(options.service, options.signal)
  checkViews(described, options.maxBytes ?? MAX_BYTES)
  const outputs = outputsOf(described.plan)
  const [first] = options.spine
  const twice = outputs.find((one) => first !== undefined && Object.hasOwn(first, one.name))
  if (twice)
    throw new ShorelineError(
      'INVALID',
      `${twice.name} is a member of the spine's rows and a feature. Rename the member.`,
    )
  const spine = readSpine(described, options)
  let bytes = 0
  const reading: Reading = {
    lake,
    service: described.service,
    compressors,
    signal: options.signal,
    came: (more) => {
      bytes += more
    },
  }
  await loadSpine(connection, spine, name)
  const views = new Map<string, JoinedView['steps']>()
  for (const view of described.views)
    views.set(view.id, await loadView(connection, reading, view, `${name}_${views.size}`, options.asKnown === true))
  const joined = await joinViews(connection, described, spine, views)
  const { plan } = described
  const fields = new Map(spine.fields.map((field) => [field.name, field.values]))
  const computed =
    plan.format === PLAN_FORMAT
      ? []
      : await (await import('./on-demand.ts')).computeOnDemand(plan, joined, fields, spine.rows, options.code ?? {})
  const values = (from: From): Values =>
    ('view' in from ? joined[from.view]?.[from.column] : computed[from.entry]?.[from.feature]?.values) ?? []
  const columns = outputs.map(({ name: feature, type, from }) => {
    return { name: feature, values: plainColumn(values(from), parseType(type)) }
  })
  return {
    rows: options.spine.map((row, at) => ({
      ...row,
      ...Object.fromEntries(columns.map((column) => [column.name, column.values[at] ?? null])),
    })),
    features: outputs.map(({ name: feature, type }) => ({ name: feature, type })),
    meta: {
      service: described.service,
      sources: Object.fromEntries(
        described.views.flatMap(({ id, reads }) =>
          reads.map((source) => [`${id}:${source.name}`, source.objects.map(({ key, etag }) => ({ key, etag }))]),
        ),
      ),
      quarantined: described.quarantined,
      bytes,
    },
  }
}

function checkViews({ views, service }: LakeAnswer, maxBytes: number): void {
  const refuse = (view: LakeView, why: string): never => {
    throw new ShorelineError('INVALID', `view ${view.name} ${why}. Use "shoreline train".`, { view: view.name })
  }
  for (const view of views) {
    if (view.pushed) refuse(view, 'is pushed to, and what was pushed is not merged in a page')
    if (view.as_of) refuse(view, 'reads $as_of, so that it would be computed at every instant of the spine')
    for (const { name, type } of [...view.join_keys, ...view.features])
      refuseJson(`view ${view.name}: ${name}`, parseType(type))
  }
  const sizes = new Map(
    views.flatMap(({ reads }) => reads.flatMap(({ objects }) => objects.map(({ key, size }) => [key, size] as const))),
  )
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  if (bytes > maxBytes)
    throw new ShorelineError(
      'TOO_LARGE',
      `The sources of ${service} are ${bytes} bytes, and this page takes at most ${maxBytes}. Raise maxBytes, or use "shoreline train".`,
      { bytes },
    )
}

/** Columns of the joined rows, by view and column of the plan. */
type Joined = readonly (readonly Values[])[]

async function joinViews(
  connection: Connection,
  { plan, views }: LakeAnswer,
  { fields }: ReadSpine,
  steps: ReadonlyMap<string, string | null>,
): Promise<Joined> {
  const byId = new Map(views.map((view) => [view.id, view]))
  const named = new Map(fields.map(({ name, column }) => [name, column]))
  const joined = plan.views.map((planned): JoinedView => {
    const view = byId.get(planned.view)
    if (!view) throw new ShorelineError('INTERNAL', `${planned.view} is in the plan and not among its views.`)
    return { planned, view, steps: steps.get(planned.view) ?? null, match: 'newest', byFeature: false }
  })
  const sql = joinQuery(joined, { keep: [], field: (name) => named.get(name) ?? name, statuses: false })
  const selected = plan.views.flatMap((view, at) =>
    view.columns.map(({ type }, column) => ({ sql: valueColumn(at, column), type })),
  )
  if (selected.length === 0) return plan.views.map(() => [])
  const read = readColumns(
    await connection.run(readableQuery(selected, `(${sql}) as j order by ${ROW}`)).catch(failed('join')),
  )
  let next = 0
  return plan.views.map((view) =>
    view.columns.map(({ type }) => {
      const parsed = parseType(type)
      return (read[next++]?.values ?? []).map((value) => storedFrom(value, parsed))
    }),
  )
}

type From = { readonly view: number; readonly column: number } | { readonly entry: number; readonly feature: number }

interface Output {
  readonly name: string
  readonly type: string
  readonly from: From
}

function outputsOf(plan: Plan): readonly Output[] {
  const stored = (view: number, column: number): readonly Output[] => {
    const found = plan.views[view]?.columns[column]
    return found ? [{ name: found.name, type: found.type, from: { view, column } }] : []
  }
  if (plan.format === PLAN_FORMAT)
    return plan.views.flatMap(({ columns }, view) => columns.flatMap((_, column) => stored(view, column)))
  return plan.answer.flatMap((output) => {
    if ('view' in output) return stored(output.view, output.column)
    const { entry, feature, name } = output
    const found = plan.onDemand[entry]?.features[feature]
    return found ? [{ name, type: found.type, from: { entry, feature } }] : []
  })
}
