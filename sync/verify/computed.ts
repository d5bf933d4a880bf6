/**
 * An on-demand view version: what the Worker computes in requests beside what the offline path computes from the same inputs. The
 * inputs are asked before and after: a row whose inputs changed meanwhile, because one expired or was pushed, is not compared.
 */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { Values } from '../../core/on-demand/entry.ts'
import { type OnDemandPlan, PLAN_FORMAT, type PlanView } from '../../core/plan.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { compilePlan } from '../../registry/compile.ts'
import { type OnDemandObject, type RegistrySnapshot, type ViewObject, viewId } from '../../registry/objects.ts'
import { allViews } from '../../registry/on-demand.ts'
import { findRuns } from '../../registry/runs.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import { withDuckDB } from '../duckdb.ts'
import { openLake } from '../lake/resolve.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { importModules } from '../on-demand/import-modules.ts'
import { registerFunctions } from '../on-demand/offline.ts'
import { computeOffline } from '../on-demand/offline-plan.ts'
import { isSameValue } from '../on-demand/same-value.ts'
import { loadCode } from '../on-demand/store.ts'
import { appendStored, createStoredTable, readStored, type StoredField } from '../on-demand/stored-table.ts'
import { type Answered, ask } from './ask.ts'
import { edgeValue, presentValue } from './edge-values.ts'
import { realValues } from './given.ts'
import { randomOf } from './random.ts'
import { type Difference, shown, skipped, TOLD, type Verified } from './report.ts'
import { onlineFiles, sampleKeys } from './snapshot.ts'

export async function verifyComputed(
  work: Workplace,
  registry: RegistrySnapshot,
  view: OnDemandObject,
  head: HeadAnswer,
  rows: number,
): Promise<Verified> {
  const at: At = { work, registry, view, head, rows, plan: planOf(registry, view) }
  const dark = at.plan.views.filter(({ stored }) => stored !== false).find((one) => !head.views[one.runs ?? one.view])
  if (dark) return skipped(viewId(view), view.form.kind, `nothing of ${dark.view}, which it reads, is online`)
  const modules = await importModules(await loadCode(openLake(work.bucket, work.lake), at.plan.code ?? []))
  return withDuckDB({ spill: join(work.folder, 'spill'), memory: work.memory }, async (db) => {
    await registerFunctions(db)
    const given = await requestOf(at, db)
    const before = await askInputs(at, given)
    const online = await askComputed(at, given)
    const after = await askInputs(at, given)
    const offline = await compute(at, db, modules, given, before)
    return compare(at, { given, before, after, online, offline })
  })
}

interface At {
  readonly work: Workplace
  readonly registry: RegistrySnapshot
  readonly view: OnDemandObject
  readonly head: HeadAnswer
  readonly rows: number
  readonly plan: OnDemandPlan
}

/** As the Worker compiles it for a list of its features. */
function planOf(registry: RegistrySnapshot, view: OnDemandObject): OnDemandPlan {
  const features = view.features.map(({ name }) => ({ feature: name, name }))
  const plan = compilePlan(
    { name: '', version: 0, inputs: [{ view: viewId(view), as: view.name, keys: {}, features }] },
    allViews(registry),
    { subject: `onDemandView ${viewId(view)}`, field: '', feature: null },
  )
  if (plan.format !== PLAN_FORMAT) return plan
  throw new ShorelineError('INTERNAL', `${viewId(view)} was compiled as a stored view.`)
}

/** By the name of the field. */
type Given = ReadonlyMap<string, Values>

/** A row in so many has no real key. */
const STRANGE = 10

/**
 * Entities of the stored views that are read, and values of requests that are in the lake beside values at the edges of their
 * types. Where several views are read by one field, the one with most keys says what it is, so that the others are found too.
 */
async function requestOf(at: At, db: DuckDBConnection): Promise<Given> {
  const { work, plan, rows, head } = at
  const random = randomOf(head.revision)
  const views = plan.views.map((one) => ({ one, view: findRuns(at.registry, one.view) }))
  const given = new Map<string, StoredValue[]>()
  for (const { one, view } of views.toSorted((a, b) => b.one.keys.length - a.one.keys.length)) {
    if (one.stored === false) continue
    const sampled = await sampleKeys(db, view, await onlineFiles(work, view, head), rows, head.revision)
    const found = sampled[0]?.length ?? 0
    if (found === 0) continue
    // Each role draws its own entities, so that they are paired in many ways.
    const drawn = Array.from({ length: rows }, () => Math.floor(random() * found))
    for (const [key, { name }] of one.keys.entries())
      if (!given.has(name))
        given.set(
          name,
          drawn.map((entity) => sampled[key]?.[entity] ?? null),
        )
  }
  const request = plan.fields.filter(({ key }) => !key)
  const real = await realValues(
    work,
    db,
    views.map(({ view }) => view),
    request,
    rows,
    head.revision,
  )
  return new Map(
    plan.fields.map(({ name, type, key }) => {
      const parsed = parseType(type)
      const column = key ? given.get(name) : real.get(name)
      const values = Array.from({ length: rows }, (_, row) => {
        const strange = key ? row % STRANGE === STRANGE - 1 : row % 2 === 1
        if (column && column.length > 0 && !strange) return column[row % column.length] ?? null
        return key ? presentValue(random, parsed) : edgeValue(random, parsed)
      })
      return [name, values]
    }),
  )
}

/** By stored view of the plan. */
type Inputs = readonly Answered[]

async function askInputs({ work, plan, rows, head, registry }: At, given: Given): Promise<Inputs> {
  const answers: Answered[] = []
  for (const one of plan.views) {
    const { join_keys: keys } = viewOf(registry, one)
    answers.push(
      await ask(work.control, {
        view: one.view,
        features: columnsOf(one),
        fields: keys,
        given: one.keys.map(({ name }) => given.get(name) ?? []),
        rows,
        reads: 1,
        revision: head.revision,
      }),
    )
  }
  return answers
}

function askComputed({ work, plan, view, rows, head }: At, given: Given): Promise<Answered> {
  return ask(work.control, {
    view: viewId(view),
    features: featuresOf(view),
    fields: plan.fields,
    given: [...given.values()],
    rows,
    reads: plan.views.length,
    revision: head.revision,
  })
}

const TABLE = 'verified_rows'

async function compute(
  { plan, view, registry, rows }: At,
  db: DuckDBConnection,
  modules: Awaited<ReturnType<typeof importModules>>,
  given: Given,
  inputs: Inputs,
): Promise<readonly Values[]> {
  const fields: StoredField[] = []
  const columns: Values[] = []
  for (const { name, type } of plan.fields) {
    fields.push({ name: fieldColumn(name), type })
    columns.push(given.get(name) ?? [])
  }
  for (const [place, one] of plan.views.entries())
    for (const [column, { type }] of one.columns.entries()) {
      fields.push({ name: storedColumn(place, column), type })
      columns.push(inputs[place]?.features[column]?.values ?? [])
    }
  await createStoredTable(db, TABLE, fields)
  await appendStored(db, TABLE, fields, columns, { first: 0, rows })
  const tables = await computeOffline(
    db,
    { plan, views: allViews(registry), modules },
    {
      table: TABLE,
      column: (from) => ('field' in from ? fieldColumn(from.field) : storedColumn(from.view, from.column)),
    },
  )
  const entry = plan.onDemand.findIndex((one) => one.view === viewId(view))
  return readStored(db, tables[entry] ?? '', featuresOf(view))
}

function fieldColumn(name: string): string {
  return `field_${name}`
}

function storedColumn(view: number, column: number): string {
  return `view_${view}_${column}`
}

interface Paths {
  readonly given: Given
  readonly before: Inputs
  readonly after: Inputs
  readonly online: Answered
  readonly offline: readonly Values[]
}

function compare(at: At, { given, before, after, online, offline }: Paths): Verified {
  const { view, plan, rows } = at
  const features = featuresOf(view).map((field) => ({ ...field, parsed: parseType(field.type) }))
  const differences: Difference[] = []
  let different = 0
  let moved = 0
  for (let row = 0; row < rows; row++) {
    if (!plan.views.every((one, place) => isSameRow(one, before[place], after[place], row))) {
      moved++
      continue
    }
    const found = features.flatMap(({ name, type, parsed }, feature): readonly Difference[] => {
      const answered = online.features[feature]
      const [value, other] = [answered?.values[row] ?? null, offline[feature]?.[row] ?? null]
      if (isSameValue(parsed, value, other)) return []
      return [
        {
          feature: name,
          row: Object.fromEntries(
            plan.fields.map((field) => [field.name, shown(field.type, given.get(field.name)?.[row])]),
          ),
          inputs: inputsOf(plan, before, row),
          online: `${shown(type, value)} (${answered?.statuses[row] ?? ''})`,
          offline: shown(type, other),
        },
      ]
    })
    if (found.length > 0) different++
    differences.push(...found.slice(0, TOLD - differences.length))
  }
  const compared = rows - moved
  return {
    view: viewId(view),
    form: view.form.kind,
    rows: compared,
    equal: compared - different,
    different,
    moved,
    differences,
  }
}

function isSameRow(one: PlanView, before: Answered | undefined, after: Answered | undefined, row: number): boolean {
  return one.columns.every(({ type }, column) => {
    const [a, b] = [before?.features[column], after?.features[column]]
    return (
      a?.statuses[row] === b?.statuses[row] &&
      isSameValue(parseType(type), a?.values[row] ?? null, b?.values[row] ?? null)
    )
  })
}

function inputsOf({ views }: OnDemandPlan, inputs: Inputs, row: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    views.flatMap(({ as, columns }, place) =>
      columns.map(({ feature, type }, column) => [
        `${as}.${feature}`,
        shown(type, inputs[place]?.features[column]?.values[row]),
      ]),
    ),
  )
}

function columnsOf({ columns }: PlanView): readonly StoredField[] {
  return columns.map(({ feature, type }) => ({ name: feature, type }))
}

function featuresOf({ features }: OnDemandObject): readonly StoredField[] {
  return features.map(({ name, type }) => ({ name, type }))
}

function viewOf({ views }: RegistrySnapshot, { view }: PlanView): ViewObject {
  const found = views.find((one) => viewId(one) === view)
  if (found) return found
  throw new ShorelineError('INTERNAL', `${view} is not registered.`)
}
