/** Mistakes in a view's SQL. */
import { EVENTS, type Files, index, over, STATS, table, USER } from './mistake.fixture.ts'

/** A view that computes its rows with this SQL. */
function sql(text: string, features?: string): Files {
  return over(`sql: ${JSON.stringify(text)}`, features)
}

export const SQL = table('SQL', [
  ['an empty text', sql(''), 'featureView stats: sql is empty. Write one select statement, or leave sql out.'],
  [
    'two statements',
    sql('select 1; select 2'),
    'featureView stats: sql has a second statement after ";". Write one; what it needs first can stand in a with clause.',
  ],
  [
    'a statement that is no query',
    sql('create table clicks as select * from events'),
    'featureView stats: sql begins with create. Write one select statement, which may begin with a with clause.',
  ],
  [
    'a quote that is not closed',
    sql("select user_id, seen_at as event_timestamp, 'x as clicks from events"),
    'featureView stats: sql ends inside a string. Close it.',
  ],
  [
    'a comment that is not closed',
    sql('select user_id, seen_at as event_timestamp, clicks /* from events'),
    'featureView stats: sql ends inside a comment. Close it.',
  ],
  [
    '`now()`',
    sql('select user_id, seen_at as event_timestamp, clicks from events where seen_at > now() - interval 7 day'),
    'featureView stats: sql uses now(), so it would yield other rows each time it runs. Use $as_of, the instant that the features are as of.',
  ],
  [
    '`current_date`',
    sql('select user_id, seen_at as event_timestamp, clicks from events where seen_at > current_date'),
    'featureView stats: sql uses current_date, so it would yield other rows each time it runs. Use $as_of, the instant that the features are as of.',
  ],
  [
    '`age(seen_at)`',
    sql('select user_id, seen_at as event_timestamp, age(seen_at) as clicks from events'),
    'featureView stats: sql uses age() of one argument, which counts from today. Write age($as_of, …).',
  ],
  [
    '`random()`',
    sql('select user_id, seen_at as event_timestamp, clicks from events where random() > 0.5'),
    'featureView stats: sql uses random(), so it would yield other rows each time it runs. Derive it from a column, for example with hash().',
  ],
  [
    'a parameter of your own, `$since`',
    sql('select user_id, seen_at as event_timestamp, clicks from events where seen_at > $since'),
    'featureView stats: sql has the parameter $since. The only one is $as_of, the instant that the features are as of.',
  ],
  [
    'a parameter `?`',
    sql('select user_id, seen_at as event_timestamp, clicks from events where seen_at > ?'),
    'featureView stats: sql has the parameter ?. The only one is $as_of, the instant that the features are as of.',
  ],
  [
    '`read_parquet(…)`',
    sql("select user_id, seen_at as event_timestamp, clicks from read_parquet('data/events/a.parquet')"),
    'featureView stats: sql reads files itself, with read_parquet(). Define a parquetSource, csvSource or ndjsonSource, list it in source, and read the table of its name.',
  ],
  [
    'a file after `from`',
    sql("select user_id, seen_at as event_timestamp, clicks from 'data/events/a.parquet'"),
    "featureView stats: sql reads the file 'data/events/a.parquet' itself. Define a parquetSource, csvSource or ndjsonSource, list it in source, and read the table of its name.",
  ],
  [
    'a misspelled `select`',
    sql('selct user_id from events'),
    'view stats: sql cannot be read at "selct", line 1. Correct what stands before it. A column whose name is a word of SQL goes in double quotes, as in "order".',
  ],
  [
    'a comma that is missing',
    sql('select user_id, seen_at as event_timestamp,\n  clicks amount clicks\nfrom events'),
    'view stats: sql cannot be read at "clicks", line 2, after "clicks amount". Correct what stands before it. A column whose name is a word of SQL goes in double quotes, as in "order".',
  ],
  [
    'a column whose name is a word of SQL',
    sql('select user_id, seen_at as event_timestamp, order as clicks from events'),
    'view stats: sql cannot be read at "as", line 1, after "event_timestamp, order". Correct what stands before it. A column whose name is a word of SQL goes in double quotes, as in "order".',
  ],
  [
    'a condition that is missing at the end',
    sql('select user_id, seen_at as event_timestamp, clicks from events where'),
    'view stats: sql ends too early: something is missing at its end, or a parenthesis is not closed.',
  ],
  [
    'a table that is no source',
    sql('select user_id, seen_at as event_timestamp, clicks from purchases'),
    'view stats: sql reads the table purchases, which is no source of the view. It has events. Read one of them, or add the source: source: [events, …].',
  ],
  [
    'a misspelled table',
    sql('select user_id, seen_at as event_timestamp, clicks from event'),
    'view stats: sql reads the table event, which is no source of the view. Did you mean events?',
  ],
  [
    'a misspelled column',
    sql('select user_id, seen_at as event_timestamp, click as clicks from events'),
    'view stats: sql names the column click, which is not there. Did you mean clicks?',
  ],
  [
    'a column that is not there',
    sql('select user_id, seen_at as event_timestamp, revenue as clicks from events'),
    'view stats: sql names the column revenue, which is not there. events has user_id, seen_at, clicks, amount.',
  ],
  [
    'a column that is not in the table before the dot',
    sql('select user_id, seen_at as event_timestamp, e.revenue as clicks from events e'),
    'view stats: sql names the column e.revenue, which is not there. events has user_id, seen_at, clicks, amount.',
  ],
  [
    'a table before the dot that is not in `from`',
    sql('select user_id, seen_at as event_timestamp, x.clicks from events e'),
    'view stats: sql has a column of x, and from has no table of that name. There is e.',
  ],
  [
    'a column that two tables have',
    sql('select user_id, a.seen_at as event_timestamp, a.clicks from events a join events b using (seen_at)'),
    'view stats: sql names the column user_id, which several tables have. Write a.user_id or b.user_id.',
  ],
  [
    'no `from`',
    sql('select user_id, seen_at as event_timestamp, clicks'),
    'view stats: sql names the column user_id and has no from. Write from and a source: events.',
  ],
  [
    'an aggregate without its `group by`',
    sql('select user_id, seen_at as event_timestamp, sum(clicks) as clicks from events group by user_id'),
    'view stats: sql has the column seen_at beside an aggregate and does not group by it. Add it to group by, or take one value of the group, as in max(seen_at).',
  ],
  [
    'an aggregate in `where`',
    sql(
      'select user_id, max(seen_at) as event_timestamp, sum(clicks) as clicks from events where sum(clicks) > 5 group by user_id',
    ),
    'view stats: sql has an aggregate in where. Write it in having.',
  ],
  [
    'the sum of a text',
    sql('select user_id, max(seen_at) as event_timestamp, sum(user_id) as clicks from events group by user_id'),
    'view stats: sql has sum(VARCHAR), and sum does not take these types. Cast what it is given, as in column::bigint.',
  ],
  [
    'a comparison of two types',
    sql('select user_id, seen_at as event_timestamp, clicks from events where seen_at > 5'),
    'view stats: sql compares TIMESTAMP with INTEGER_LITERAL. Cast one of them, as in column::bigint.',
  ],
  [
    'a misspelled function',
    sql('select user_id, seen_at as event_timestamp, cuont(clicks) as clicks from events'),
    'view stats: sql has the function cuont, which DuckDB does not have. Did you mean count?',
  ],
  [
    'a type that DuckDB does not have',
    sql('select user_id, seen_at as event_timestamp, clicks::integr as clicks from events'),
    'view stats: sql has the type integr, which DuckDB does not have. Did you mean integer?',
  ],
  [
    'a text that is no number, cast to one',
    sql('select user_id, seen_at as event_timestamp, user_id::bigint as clicks from events'),
    "view stats: sql casts a value that cannot be cast: Could not convert string 'u0' to INT64 when casting from source column user_id. Correct the source, or write try_cast(column as type), which gives null.",
  ],
  [
    'a union of different columns',
    sql('select user_id, seen_at as event_timestamp, clicks from events union all select 1'),
    'view stats: sql: DuckDB says: Set operations can only apply to expressions with the same number of result columns.',
  ],
  [
    'the join key left out of the select',
    sql('select seen_at as event_timestamp, clicks from events'),
    'view stats: join key user_id is not a column of its SQL, which has event_timestamp, clicks. Add it to the select.',
  ],
  [
    'the timestamp left out of the select',
    sql('select user_id, clicks from events'),
    'view stats: timestamp event_timestamp is not a column of its SQL, which has user_id, clicks. Write "… as event_timestamp" in the select, or name another column: timestamp: \'…\'.',
  ],
  [
    'a feature left out of the select',
    sql('select user_id, seen_at as event_timestamp, amount from events'),
    'view stats: feature clicks is not a column of its SQL, which has user_id, event_timestamp, amount. Add it to the select, or take it out of the features.',
  ],
  [
    'a `created` that the select does not have',
    over("created: 'written_at', sql: 'select user_id, seen_at as event_timestamp, clicks from events'"),
    'view stats: created written_at is not a column of its SQL, which has user_id, event_timestamp, clicks. Add it to the select, or take it out of the view.',
  ],
  [
    'a feature that is text and declared `int64`',
    sql('select user_id, seen_at as event_timestamp, user_id as clicks from events'),
    "view stats: feature clicks is declared BIGINT, and the data has VARCHAR. Cast it in the view's SQL, or declare another type.",
  ],
  [
    'a timestamp that is text',
    sql('select user_id, user_id as event_timestamp, clicks from events'),
    "view stats: timestamp event_timestamp is declared TIMESTAMP, and the data has VARCHAR. Cast it in the view's SQL, or declare another type.",
  ],
  [
    'a value that its type cannot hold',
    sql('select user_id, seen_at as event_timestamp, amount as clicks from events'),
    "view stats: feature clicks: the value 0.25 is not exactly a BIGINT. Correct the source, or cast it in the view's SQL.",
  ],
  [
    'a join key that is null in a row',
    sql("select nullif(user_id, 'u1') as user_id, seen_at as event_timestamp, clicks from events"),
    'view stats: join key user_id is null in a row. Leave such rows out in the source or the SQL.',
  ],
  [
    'a timestamp that is null in a row',
    sql('select user_id, nullif(seen_at, seen_at) as event_timestamp, clicks from events'),
    'view stats: timestamp event_timestamp is null in a row. Leave such rows out in the source or the SQL.',
  ],
  [
    'two sources and no SQL',
    index(
      USER,
      EVENTS,
      EVENTS.replaceAll('events', 'more').replace('data/more', 'data/events'),
      STATS.replace('source: events', 'source: [events, more]'),
    ),
    'featureView stats: it has 2 sources and no sql. Write the sql that joins them, or keep one source.',
  ],
  [
    'SQL over a source with `columns`',
    index(
      USER,
      EVENTS.replace('timestamp:', "columns: { clicks: 'CLICKS' }, timestamp:"),
      STATS.replace('features:', "sql: 'select 1', features:"),
    ),
    'featureView stats: source events has columns, which are for views without sql. Rename the columns in the sql, and leave columns out of the source.',
  ],
])
