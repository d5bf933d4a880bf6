/** A plan of several forms over more rows than are computed at once, beside plain JavaScript. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PLAN_FORMAT } from '../../core/plan.ts'
import { compilePlan } from '../../registry/compile.ts'
import type { OnDemandObject, RowColumn, ServiceInput } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { importModules } from './import-modules.ts'
import { registerFunctions } from './offline.ts'
import { computeOffline, type OfflinePlan } from './offline-plan.ts'
import { bindSql } from './prepare.ts'
import { appendStored, createStoredTable, readStored } from './stored-table.ts'

let db: DuckDBConnection

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' })).connect()
  await registerFunctions(db)
})
afterAll(() => db.closeSync())

const REQUEST = [
  { name: 'n', type: 'int64' },
  { name: 'x', type: 'float64' },
]

function view(
  one: Pick<OnDemandObject, 'name' | 'features' | 'form' | 'row'>,
  inputs: OnDemandObject['inputs'] = [{ request: REQUEST }],
): OnDemandObject {
  return { ...one, version: 1, hash: '', inputs, join_keys: [], request: REQUEST }
}

function feature(name: string, type: string) {
  return { name, type, visibility: 'server' as const }
}

function input(name: string, features: readonly string[]): ServiceInput {
  return { view: `${name}@1`, as: name, keys: {}, features: features.map((one) => ({ feature: one, name: one })) }
}

async function sql(name: string, row: readonly RowColumn[], text: Readonly<Record<string, readonly [string, string]>>) {
  const features = Object.entries(text).map(([one, [, type]]) => feature(one, type))
  const written = Object.entries(text).map(([one, [expression, type]]) => [one, { text: expression, type }] as const)
  const bound = await bindSql(db, { name, row, sql: Object.fromEntries(written) })
  const plain = Object.fromEntries(Object.entries(text).map(([one, [expression]]) => [one, expression]))
  return { name, row, features, form: { kind: 'sql' as const, sql: plain, ...bound } }
}

/** SQL, then TypeScript over it, then SQL over both. */
async function planned(): Promise<OfflinePlan> {
  const next = view(await sql('next', REQUEST, { more: ['n + 1', 'int64'], half: ['x / 2', 'float64'] }))
  const typed = view(
    {
      name: 'typed',
      row: [{ name: 'more', type: 'int64', role: 'next' }, ...REQUEST],
      features: [feature('digits', 'int32'), feature('label', 'string')],
      form: { kind: 'typescript', code: 'here' },
    },
    [input('next', ['more']), { request: REQUEST }],
  )
  const row = [
    { name: 'half', type: 'float64', role: 'next' },
    { name: 'digits', type: 'int32', role: 'typed' },
  ]
  const last = view(await sql('last', row, { sum: ['typed.digits + next.half', 'float64'] }), [
    input('next', ['half']),
    input('typed', ['digits']),
  ])
  const views = new Map([next, typed, last].map((one) => [viewId(one), one]))
  const plan = compilePlan(
    { name: 's', version: 1, inputs: [input('last', ['sum']), input('typed', ['label'])] },
    views,
  )
  if (plan.format === PLAN_FORMAT) throw new Error('it has on-demand views')
  const modules = await importModules(
    new Map([
      [
        'here',
        {
          kind: 'js' as const,
          text: 'export const compute = ({ more }) => { if (more % 10n === 3n) throw 0; return { digits: String(more).length, label: "«" + more + "»" } }',
        },
      ],
    ]),
  )
  return { plan, views, modules }
}

it('computes each entry from the ones before, row by row', async () => {
  const offline = await planned()
  expect(offline.plan.onDemand.map((one) => one.view)).toEqual(['next@1', 'typed@1', 'last@1'])
  const rows = 50_000
  const n = Array.from({ length: rows }, (_, at) =>
    at === 5 ? '9223372036854775807' : at % 11 === 0 ? null : String(at),
  )
  const x = n.map((_, at) => (at % 13 === 0 ? null : at / 3))
  await createStoredTable(db, 'given', REQUEST)
  await appendStored(db, 'given', REQUEST, [n, x], { first: 0, rows })
  const tables = await computeOffline(db, offline, {
    table: 'given',
    column: (from) => ('field' in from ? from.field : ''),
  })
  const [sum = []] = await readStored(db, tables[2] ?? '', [{ name: 'sum', type: 'float64' }])
  const [label = []] = await readStored(db, tables[1] ?? '', [{ name: 'label', type: 'string' }])
  const expected = n.map((value, at) => {
    // What overflows is null offline, and a function of null adds nothing to it: null + 1n throws.
    const more = value === null || at === 5 ? null : BigInt(value) + 1n
    if (more === null || more % 10n === 3n) return { label: null, sum: null }
    const half = x[at] === null ? null : (x[at] ?? 0) / 2
    return { label: `«${more}»`, sum: half === null ? null : String(more).length + half }
  })
  expect(label).toEqual(expected.map((one) => one.label))
  expect(sum).toEqual(expected.map((one) => one.sum))
})
