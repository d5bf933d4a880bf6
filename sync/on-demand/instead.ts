/** What to write instead of what is not taken, where the nearest name would not say it. */
const CLOCK =
  'The same row must give the same value whenever it is computed: take the time as an input, request({ now: t.timestamp() }).'
const CHANCE = 'The same row must give the same value whenever it is computed.'
const AGGREGATE = 'An expression sees one row: aggregate in the SQL of a feature view.'

export const INSTEAD: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'now',
      'current_timestamp',
      'current_date',
      'current_time',
      'get_current_timestamp',
      'get_current_time',
      'today',
      'transaction_timestamp',
      'localtimestamp',
      'age',
    ].map((name) => [name, CLOCK]),
  ),
  ...Object.fromEntries(['random', 'uuid', 'gen_random_uuid', 'setseed', 'nextval'].map((name) => [name, CHANCE])),
  ...Object.fromEntries(
    [
      'sum',
      'avg',
      'mean',
      'count',
      'count_star',
      'min',
      'max',
      'any_value',
      'first',
      'last',
      'median',
      'stddev',
      'variance',
      'string_agg',
      'array_agg',
      'list',
      'quantile',
    ].map((name) => [name, AGGREGATE]),
  ),
}
