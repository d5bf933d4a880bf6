import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { applyDefinitions } from '../apply.ts'
import { checkSubject, checksOf, checkText } from '../checks.ts'
import { type Definitions, EMPTY_REGISTRY, type ViewDefinition } from '../objects.ts'
import { planDefinitions } from '../plan.ts'
import { applyRequest } from '../wire/registry.ts'
import { type Check, check } from './checks.ts'
import { collect } from './collect.ts'
import { entity } from './entity.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'
import { pushSource } from './push-source.ts'

const order = entity('order', { joinKeys: { order_id: t.int64() } })
const orders = parquetSource('orders', { path: 'file://orders.parquet', timestamp: 'at' })

function view(...checks: readonly Check[]) {
  return featureView('orders', {
    entity: order,
    source: orders,
    checks: checks as readonly Check<never>[],
    features: {
      amount: t.float64(),
      items: t.int64(),
      carrier: t.string(),
      gift: t.bool(),
      due: t.date(),
      paid: t.timestamp(),
      tags: t.list(t.string()),
    },
  })
}

function defined(...checks: readonly Check[]): Definitions {
  return collect({ view: view(...checks) })
}

const EVERY: readonly (readonly [Check, string, string])[] = [
  [check.notNull('amount'), 'amount is not null', 'error'],
  [check.notNull('amount', { share: 0.99 }), 'amount is not null in at least 99 % of rows', 'error'],
  [check.range('amount', { min: 0, max: 1e4 }), 'amount is from 0 to 10000', 'error'],
  [check.range('items', { max: 2n ** 60n, severity: 'warn' }), 'items is at most 1152921504606846976', 'warn'],
  [check.range('due', { min: '2001-07-01' }), 'due is at least 2001-07-01', 'error'],
  [check.range('paid', { min: '2001-07-01T00:00:00Z' }), 'paid is at least 2001-07-01T00:00:00Z', 'error'],
  [check.oneOf('carrier', ['AA', 'UA']), 'carrier is one of "AA", "UA"', 'error'],
  [check.oneOf('items', [1, 2, 3, 4, 5, 6, 7n]), 'items is one of 1, 2, 3, 4, 5 and 2 more', 'error'],
  [check.oneOf('gift', [true], { severity: 'warn' }), 'gift is one of true', 'warn'],
  [check.unique('order_id'), 'order_id is unique', 'error'],
  [check.unique(['carrier', 'due']), 'carrier, due are together unique', 'error'],
  [check.rowCount({ min: 1, max: 10 }), 'the number of rows is from 1 to 10', 'error'],
  [check.rowCountChange({ max: 0.25 }), 'the number of rows changes by at most 25 %', 'error'],
  [check.fresh('1d'), 'the newest event is at most 1d old', 'error'],
  [check.sql('no negative totals', 'select * from snapshot where amount < 0;'), 'no negative totals', 'error'],
  [check.meanChange('amount', { max: 0.2 }), 'the mean of amount changes by at most 20 %', 'warn'],
  [check.quantileChange('items', { q: 0.5 }), 'the 0.5 quantile of items changes by at most 50 %', 'warn'],
  [
    check.nullShareChange('tags', { max: 0.1, severity: 'error' }),
    'the null share of tags changes by at most 10 percentage points',
    'error',
  ],
  [check.distinctChange('carrier'), 'the number of distinct values of carrier changes by at most 50 %', 'warn'],
  [check.changedShare(), 'at most 50 % of rows change', 'warn'],
]

describe('check', () => {
  it.each(EVERY)('%#: %s says what holds, and how grave it is when it does not', (one, text, severity) => {
    expect(checkText(one.object)).toBe(text)
    expect(one.object.severity).toBe(severity)
    expect(view(one).view.object).toMatchObject({ checks: [one.object] })
  })

  it('is plain data, which the registry takes as it is', () => {
    const definitions = defined(...EVERY.map(([one]) => one))
    const sent: unknown = JSON.parse(JSON.stringify({ definitions }))
    expect(applyRequest.parse(sent)).toEqual({ definitions })
  })

  it('keeps SQL without its semicolon, and integers that a double does not hold', () => {
    expect(check.sql('a', 'select 1 ;').object).toMatchObject({ sql: 'select 1' })
    expect(check.range('items', { max: 2n ** 60n }).object).toMatchObject({ max: '1152921504606846976' })
  })

  it.each([
    [
      'a share beyond 1',
      () => check.notNull('a', { share: 99 }),
      'check.notNull a: share is 99. Write a number from 0 to 1.',
    ],
    ['no bound', () => check.range('a', {}), 'check.range a: it has neither min nor max. Write at least one.'],
    [
      'no values',
      () => check.oneOf('a', []),
      "check.oneOf a: the values are []. Write a list of 1 to 1000, as in ['AA', 'UA'].",
    ],
    ['no column', () => check.unique([]), 'check.unique: no column is named. Name at least one.'],
    ['half a row', () => check.rowCount({ min: 0.5 }), 'check.rowCount: a bound is 0.5. Write a whole number.'],
    [
      'words for a duration',
      () => check.fresh('1 day' as '1d'),
      'check.fresh: within: "1 day" is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
    ],
    [
      'a moving query',
      () => check.sql('late', 'select * from snapshot where event_timestamp < now()'),
      'check.sql "late": sql uses now(), so it would yield other rows each time it runs. Use $as_of, the instant that the features are as of.',
    ],
    [
      'a query of a file',
      () => check.sql('known', "select * from read_csv('a.csv')"),
      'check.sql "known": sql reads files itself, with read_csv(). Read the table snapshot.',
    ],
    [
      'a quantile that is not kept',
      () => check.quantileChange('a', { q: 0.9 as 0.95 }),
      'check.quantileChange a: q is 0.9. Write one of 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99.',
    ],
    [
      'a change in percent',
      () => check.meanChange('a', { max: '20%' as unknown as number }),
      'check.meanChange a: max is "20%". Write how much it may change, as in 0.2 for a fifth.',
    ],
    [
      'another severity',
      () => check.meanChange('a', { severity: 'fatal' as 'warn' }),
      'check.meanChange a: severity is "fatal". Write "error" or "warn".',
    ],
    [
      'a misspelled option',
      () => check.notNull('a', { shre: 1 } as object),
      'check.notNull a: there is no option "shre". Did you mean "share"?',
    ],
  ])('refuses %s', (_what, make, message) => {
    expect(make).toThrow(message)
  })
})

describe('the checks of a view', () => {
  it.each([
    [
      'a feature that is not there',
      check.notNull('amuont'),
      'featureView orders: the check "amuont is not null" names amuont, which is no feature. Did you mean amount?',
    ],
    [
      'a range of texts',
      check.range('carrier', { min: 1 }),
      'featureView orders: the check "carrier is at least 1" is of carrier, which is string; it takes numbers, timestamps and dates. Name another feature, or write check.sql.',
    ],
    [
      'a bound of another type',
      check.range('due', { min: 5 }),
      'featureView orders: the check "due is at least 5": due: 5 is not right; write a date such as "2001-07-01".',
    ],
    [
      'bounds the wrong way round',
      check.range('items', { min: 2n ** 60n, max: 5 }),
      'featureView orders: the check "items is from 1152921504606846976 to 5" has a min that is greater than its max. Exchange them.',
    ],
    [
      'a value of another type',
      check.oneOf('carrier', ['AA', 7]),
      'featureView orders: the check "carrier is one of "AA", 7": carrier: 7 is no string. Write values of its type.',
    ],
    [
      'a comparison of a join key',
      check.meanChange('order_id'),
      'featureView orders: the check "the mean of order_id changes by at most 50 %" is of the join key order_id. Name a feature.',
    ],
  ])('refuses %s, wherever it comes from', async (_what, wrong, message) => {
    expect(() => view(wrong)).toThrow(message)
    const definitions = defined()
    const views = definitions.views.map((one) => ({ ...one, checks: [wrong.object] }))
    await expect(applyDefinitions(EMPTY_REGISTRY, { ...definitions, views })).rejects.toThrow(message)
  })

  it('refuses a check that is listed twice, what is no check, and checks of rows that are only pushed', () => {
    expect(() => view(check.fresh('1d'), check.fresh('1d'))).toThrow(
      'featureView orders: the check "the newest event is at most 1d old" is listed twice. List it once.',
    )
    expect(() => view('notNull' as unknown as Check)).toThrow(
      'featureView orders: checks has "notNull". Write check.notNull(…).',
    )
    expect(() =>
      featureView('carts', {
        entity: order,
        push: pushSource('carts', { kind: 'features', schema: { order_id: t.int64(), total: t.float64() } }),
        checks: [check.notNull('total')],
        features: { total: t.float64() },
      }),
    ).toThrow('featureView carts: it has checks and no source: its rows are only pushed, and there is no snapshot.')
  })

  it('are a warning at half of the rows where a view says nothing, and none where it says none', () => {
    const { checks: _left, ...silent } = view().view.object as ViewDefinition
    expect(checksOf(silent)).toEqual([{ kind: 'changed_share', max: 0.5, severity: 'warn' }])
    expect(checksOf(view().view.object)).toEqual([])
  })

  it('change without a new version, and the plan says how', async () => {
    const before = defined(
      check.range('amount', { min: 0 }),
      check.sql('totals', 'select 1'),
      check.oneOf('items', [1, 2, 3, 4, 5, 6]),
      check.fresh('1d'),
    )
    const after = defined(
      check.range('amount', { min: 0, max: 100, severity: 'warn' }),
      check.sql('totals', 'select 2'),
      check.oneOf('items', [1, 2, 3, 4, 5, 7]),
      check.unique('order_id'),
    )
    const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, before)
    const plan = await planDefinitions(snapshot, after)
    expect(plan.materialize).toEqual([])
    expect(plan.changes).toEqual([
      {
        kind: 'view',
        name: 'orders',
        version: 1,
        change: 'updated',
        fields: [
          {
            field: 'checks.amount range',
            from: 'amount is at least 0, error',
            to: 'amount is from 0 to 100, warn',
          },
          { field: 'checks.totals', from: 'select 1, error', to: 'select 2, error' },
          { field: 'checks.items values', from: '1, 2, 3, 4, 5, 6, error', to: '1, 2, 3, 4, 5, 7, error' },
          { field: 'checks.unique order_id', from: null, to: 'order_id is unique, error' },
          { field: 'checks.newest event', from: 'the newest event is at most 1d old, error', to: null },
        ],
      },
    ])
  })

  it('have a subject each kind of its own, so that the plan tells them apart', () => {
    const subjects = new Set(EVERY.map(([one]) => `${one.object.kind} ${checkSubject(one.object)}`))
    expect(new Set(EVERY.map(([one]) => checkSubject(one.object))).size).toBe(subjects.size)
  })
})
