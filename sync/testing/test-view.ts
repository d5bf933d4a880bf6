/**
 * Evaluates an on-demand view on plain rows, for its author's unit tests: as the Worker does and as training does, at once.
 * Where the two differ, the test fails: of TypeScript that means a function that is not pure.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { loadPacks } from '../../core/expressions/packs.ts'
import { type Computed, readyEntry, type Values } from '../../core/on-demand/entry.ts'
import type { CodeModules } from '../../core/on-demand/modules.ts'
import { fromPlain, NotOfType, toPlain } from '../../core/on-demand/plain-values.ts'
import { type OnDemandPlan, PLAN_FORMAT } from '../../core/plan.ts'
import { parseType } from '../../core/types.ts'
import { type StoredValue, valueWriter } from '../../core/values.ts'
import { compilePlan } from '../../registry/compile.ts'
import { type ComputedView, readOf } from '../../registry/definitions/on-demand-view.ts'
import { isStatistics } from '../../registry/definitions/statistics.ts'
import type { OnDemandView } from '../../registry/definitions/view.ts'
import type { NamedStatistic, OnDemandForm, OnDemandObject, RowColumn } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import type { FeatureStatistics } from '../../registry/quality.ts'
import { computedRow } from '../../registry/row.ts'
import { setOf } from '../../registry/statistics.ts'
import { readConfig } from '../config.ts'
import { withDuckDB } from '../duckdb.ts'
import { checkWasm } from '../on-demand/check-wasm.ts'
import { readModule } from '../on-demand/code.ts'
import { importModules } from '../on-demand/import-modules.ts'
import { registerFunctions } from '../on-demand/offline.ts'
import { computeOffline } from '../on-demand/offline-plan.ts'
import { bindSql, sqlView } from '../on-demand/prepare.ts'
import { isSameValue } from '../on-demand/same-value.ts'
import { type FindSet, StatisticsOfSets, type StatisticsOfView } from '../on-demand/statistics.ts'
import { appendStored, createStoredTable, readStored, type StoredField } from '../on-demand/stored-table.ts'
import { INVALID } from './invalid.ts'

export interface TestViewOptions {
  /** Training set -> column -> its statistics, as `shoreline training-sets` tells them: what `stat(…)` of the view stands for. */
  readonly statistics?: Readonly<Record<string, Readonly<Record<string, TestedStatistics>>>>
}

/** What is not asked for may be left out. */
export type TestedStatistics = Pick<FeatureStatistics, 'type'> & Partial<FeatureStatistics>

/** The features of one row. */
export type TestedRow<F> = { readonly [P in keyof F]: F[P] | null | typeof INVALID }

/**
 * @param rows what the view computes from: features of its inputs by their names in its row, join keys, request-time values
 * @returns for each row its features; `INVALID` where the view fails
 * @throws ShorelineError INVALID when the two paths differ, with the row and both values; also for a row or a view that is wrong
 * @example
 * expect(await testView(delayRisk, [{ origin: 'SFO', late_share_7d: 0.5, distance: 4 }])).toEqual([{ risk: 1 }])
 */
export async function testView<N extends string, K, F, R, Row>(
  view: ComputedView<N, K, F, R, Row>,
  rows: readonly NoInfer<Row>[],
  options: TestViewOptions = {},
): Promise<readonly TestedRow<F>[]> {
  const defined = view.view
  if (defined.kind !== 'onDemandView')
    throw new ShorelineError(
      'INVALID',
      `view ${defined.object.name} is stored: its rows come from its sources. "shoreline preview ${defined.object.name}" shows them.`,
    )
  const spill = join(tmpdir(), 'shoreline-testing')
  const tested = await withDuckDB({ spill, memory: '1GB' }, async (db) => {
    await registerFunctions(db)
    return compare(db, await readied(db, defined, options), rows as readonly Readonly<Record<string, unknown>>[])
  })
  // The values are of the view's types: what is none of them is INVALID.
  return tested as readonly TestedRow<F>[]
}

interface Readied {
  readonly object: OnDemandObject
  readonly plan: OnDemandPlan
  readonly modules: CodeModules
}

/** The view as a plan of its own, in which everything that it reads comes with the row. */
async function readied(db: DuckDBConnection, view: OnDemandView, options: TestViewOptions): Promise<Readied> {
  const { row } = computedRow(`onDemandView ${view.object.name}`, view.inputs.map(readOf))
  const sets = new StatisticsOfSets({ find: setsOf(options), registry: null }).of(view.object.name)
  const statistics: NamedStatistic[] = []
  for (const input of view.inputs)
    if (isStatistics(input)) for (const one of input.fields) statistics.push(await sets.resolveNamed(one))
  const { form, modules } = await formOf(db, view, row, sets)
  const request = row
    .filter(({ name }) => !statistics.some((one) => one.name === name))
    .map(({ name, type }) => ({ name, type }))
  const object: OnDemandObject = {
    ...view.object,
    version: 1,
    hash: '',
    inputs: [{ request }, ...(statistics.length === 0 ? [] : [{ statistics }])],
    row,
    join_keys: [],
    request,
    form,
  }
  const id = viewId(object)
  const features = object.features.map(({ name }) => ({ feature: name, name }))
  const subject = `onDemandView ${object.name}`
  const plan = compilePlan(
    { name: object.name, version: 1, inputs: [{ view: id, as: object.name, keys: {}, features }] },
    new Map([[id, object]]),
    { subject, field: '', feature: null },
  )
  if (plan.format === PLAN_FORMAT) throw new ShorelineError('INTERNAL', `${subject} was compiled as a stored view.`)
  return { object, plan, modules }
}

/** The sets that the test gives, whatever version is named. */
function setsOf({ statistics = {} }: TestViewOptions): FindSet {
  return async (reference) => {
    const { name = '', version = 1 } = setOf(reference) ?? {}
    const given = Object.hasOwn(statistics, name) ? statistics[name] : undefined
    if (!given)
      throw new ShorelineError(
        'INVALID',
        `testView: statistics has no training set ${name}. Pass { statistics: { ${name}: { column: { type: 'float64', mean: 4.5 } } } }.`,
      )
    const whole = (one: TestedStatistics) => ({ count: 1, nulls: 0, null_share: 0, approx_distinct: 1, ...one })
    const features = Object.fromEntries(Object.entries(given).map(([column, one]) => [column, whole(one)]))
    return { name, version, statistics: { features } }
  }
}

interface Code {
  readonly form: OnDemandForm
  readonly modules: CodeModules
}

/** The code as it stands in this process: nobody else sees its hash. */
const HERE = 'the code under test'

async function formOf(
  db: DuckDBConnection,
  view: OnDemandView,
  row: readonly RowColumn[],
  sets: StatisticsOfView,
): Promise<Code> {
  const { name, form } = view.object
  if (form.kind === 'typescript')
    return { form: { ...form, code: HERE }, modules: { [HERE]: { compute: view.compute } } }
  if (form.kind === 'wasm') {
    const bytes = await readModule(name, view.module ?? '', readConfig().root)
    await checkWasm(view.object, bytes)
    return { form: { ...form, code: HERE }, modules: await importModules(new Map([[HERE, { kind: 'wasm', bytes }]])) }
  }
  const sql = sqlView(view.object, row, sets)
  return { form: { ...form, ...(sql && (await bindSql(db, sql))) }, modules: {} }
}

async function compare(
  db: DuckDBConnection,
  { object, plan, modules }: Readied,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const [entry] = plan.onDemand
  if (!entry) throw new ShorelineError('INTERNAL', `onDemandView ${object.name} was compiled to nothing.`)
  const columns = new Map(object.request.map((column) => [column.name, storedColumn(object.name, column, rows)]))
  const inputs = entry.inputs.map(({ name }) => columns.get(name) ?? [])
  const online = readyEntry(entry, { packs: await loadPacks(plan.packs), modules })(inputs, rows.length)
  const fields = entry.features.map(({ feature, type }) => ({ name: feature, type }))
  const offline = await offlineColumns(db, { object, plan, modules }, columns, fields, rows.length)
  for (const [at, field] of fields.entries()) checkSame(object, field, online[at], offline[at], rows)
  const readers = fields.map(({ type }) => toPlain(parseType(type)))
  const places = object.features.map(({ name }) => [name, fields.findIndex((field) => field.name === name)] as const)
  return rows.map((_, row) =>
    Object.fromEntries(
      places.map(([name, at]) => {
        if (online[at]?.invalid?.[row]) return [name, INVALID]
        const value = online[at]?.values[row] ?? null
        return [name, value === null ? null : readers[at]?.(value)]
      }),
    ),
  )
}

async function offlineColumns(
  db: DuckDBConnection,
  { object, plan, modules }: Readied,
  columns: ReadonlyMap<string, Values>,
  fields: readonly StoredField[],
  rows: number,
): Promise<readonly Values[]> {
  await createStoredTable(db, TABLE, object.request)
  await appendStored(db, TABLE, object.request, [...columns.values()], { first: 0, rows })
  const [table] = await computeOffline(
    db,
    { plan, views: new Map([[viewId(object), object]]), modules },
    { table: TABLE, column: (from) => ('field' in from ? from.field : '') },
  )
  return readStored(db, table ?? '', fields)
}

const TABLE = 'tested_rows'

/** @throws ShorelineError INVALID naming the row and the value */
function storedColumn(
  view: string,
  { name, type }: RowColumn,
  rows: readonly Readonly<Record<string, unknown>>[],
): Values {
  const read = fromPlain(parseType(type))
  return rows.map((row, at) => {
    const value = row[name]
    if (value === undefined)
      throw new ShorelineError(
        'INVALID',
        `testView ${view}: rows[${at}] has no ${name} (${type}). Give it null where the value is missing.`,
      )
    if (value === null) return null
    try {
      return read(value)
    } catch (thrown) {
      if (!(thrown instanceof NotOfType || thrown instanceof ShorelineError)) throw thrown
      throw new ShorelineError(
        'INVALID',
        `testView ${view}: rows[${at}].${name} is no ${type}: ${messageOf(thrown).replace(/^:? /, '')}`,
      )
    }
  })
}

function checkSame(
  { name, form }: OnDemandObject,
  field: StoredField,
  online: Computed | undefined,
  offline: Values | undefined,
  rows: readonly Readonly<Record<string, unknown>>[],
): void {
  const type = parseType(field.type)
  const at = rows.findIndex((_, row) => !isSameValue(type, online?.values[row] ?? null, offline?.[row] ?? null))
  if (at < 0) return
  const write = valueWriter(type)
  const shown = (value: StoredValue | undefined): string =>
    value === undefined || value === null ? 'null' : write(value)
  const why =
    form.kind === 'typescript'
      ? 'Its function answers one row in two ways: it must depend on the row alone.'
      : 'Please report it: the two never may.'
  throw new ShorelineError(
    'INVALID',
    `testView ${name}: ${field.name} of rows[${at}] is ${shown(online?.values[at])} online and ${shown(offline?.[at])} offline. ${why}`,
    { feature: field.name, row: at },
  )
}
