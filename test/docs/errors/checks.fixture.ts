/** Mistakes in checks. */
import { type Files, index, over, table, USER } from './mistake.fixture.ts'

/** A view with a check of this SQL. */
function checkSql(text: string): Files {
  return over(`checks: [check.sql('clicks are known', ${JSON.stringify(text)})]`)
}

export const CHECKS = table('Checks', [
  [
    "a check by name, `'notNull'`",
    over("checks: ['notNull']"),
    'featureView stats: checks has "notNull". Write check.notNull(…).',
  ],
  [
    'a check of a feature that is not there',
    over("checks: [check.notNull('click')]"),
    'featureView stats: the check "click is not null" names click, which is no feature. Did you mean clicks?',
  ],
  [
    'a range of a text',
    over("checks: [check.range('user_id', { min: 0 })]"),
    'featureView stats: the check "user_id is at least 0" is of user_id, which is string; it takes numbers, timestamps and dates. Name another feature, or write check.sql.',
  ],
  [
    'a share in percent',
    over("checks: [check.notNull('clicks', { share: 99 })]"),
    'check.notNull clicks: share is 99. Write a number from 0 to 1.',
  ],
  [
    'a range without bounds',
    over('checks: [check.range("clicks", {})]'),
    'check.range clicks: it has neither min nor max. Write at least one.',
  ],
  [
    'a bound of another type',
    over("checks: [check.range('seen_at', { min: 5 })]", 'seen_at: t.date()'),
    'featureView stats: the check "seen_at is at least 5": seen_at: 5 is not right; write a date such as "2001-07-01".',
  ],
  [
    'a quantile that is not kept',
    over("checks: [check.quantileChange('clicks', { q: 0.9 })]"),
    'check.quantileChange clicks: q is 0.9. Write one of 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99.',
  ],
  [
    'a check that is listed twice',
    over("checks: [check.fresh('1d'), check.fresh('1d')]"),
    'featureView stats: the check "the newest event is at most 1d old" is listed twice. List it once.',
  ],
  [
    'checks of rows that are only pushed',
    index(
      USER,
      "export const carts = pushSource('carts', { kind: 'features', schema: { user_id: t.string(), clicks: t.int64() } })",
      "export const stats = featureView('stats', { entity: user, push: carts, checks: [check.notNull('clicks')], features: { clicks: t.int64() } })",
    ),
    'featureView stats: it has checks and no source: its rows are only pushed, and there is no snapshot. Leave checks out.',
  ],
  [
    'SQL of a check that uses `now()`',
    checkSql('select * from snapshot where event_timestamp < now()'),
    'check.sql "clicks are known": sql uses now(), so it would yield other rows each time it runs. Use $as_of, the instant that the features are as of.',
  ],
  [
    'SQL of a check that names a column that is not there',
    checkSql('select * from snapshot where click < 0'),
    'view stats: the check "clicks are known": sql names the column click, which is not there. Did you mean clicks?',
  ],
  [
    'SQL of a check that reads a source',
    checkSql('select * from events'),
    'view stats: the check "clicks are known": sql reads the table events. There is only snapshot, the rows that are about to be served: compare with something else in the view\'s own sql.',
  ],
  [
    'SQL of a check that ends too early',
    checkSql('select * from snapshot where'),
    'view stats: the check "clicks are known": sql ends too early: something is missing at its end, or a parenthesis is not closed.',
  ],
])
