/**
 * Mistakes that a person makes in a feature repository, and what `shoreline plan` says about each. docs/errors.md shows
 * the same rows in the same words.
 */

/** Path -> text, relative to package.json. */
type Files = Readonly<Record<string, string>>

/** A mistake, and the answer. */
export interface Mistake {
  /** The heading in docs/errors.md. */
  readonly place: string
  /** In the words of docs/errors.md. */
  readonly what: string
  readonly files: Files
  /** A line for each paragraph. */
  readonly message: string
}

/** What the rows of the table share: one entity, one source, one view, all of them right. */
const SHORELINE =
  "import { check, csvSource, entity, featureService, featureView, ndjsonSource, onDemandView, parquetSource, pushSource, request, t } from 'shoreline'"
const USER = "export const user = entity('user', { joinKeys: { user_id: t.string() } })"
const EVENTS =
  "export const events = parquetSource('events', { path: 'file://data/events/*.parquet', timestamp: 'seen_at' })"
const STATS = `export const stats = featureView('stats', { entity: user, source: events, features: { clicks: t.int64() } })`

/** A file of definitions with these lines. */
function file(...lines: readonly string[]): string {
  return [SHORELINE, ...lines, ''].join('\n')
}

/** `features/index.ts` with these lines. */
function index(...lines: readonly string[]): Files {
  return { 'features/index.ts': file(...lines) }
}

/** Files that lie in `data/` beside every case; `errors-try.fixture.ts` writes them. */
function files(folder: string): Files {
  return source(`path: 'file://data/${folder}/*.parquet', timestamp: 'seen_at'`)
}

/** A view of the options `given`, beside an entity and a source that are right. */
function view(given: string): Files {
  return index(USER, EVENTS, `export const stats = featureView('stats', { ${given} })`)
}

/** A view over the source `events`, right but for what `given` says. */
function over(given: string, features = 'clicks: t.int64()'): Files {
  return view(`entity: user, source: events, ${given}, features: { ${features} }`)
}

/** A view that computes its rows with this SQL. */
function sql(text: string, features?: string): Files {
  return over(`sql: ${JSON.stringify(text)}`, features)
}

/** A view with a check of this SQL. */
function checkSql(text: string): Files {
  return over(`checks: [check.sql('clicks are known', ${JSON.stringify(text)})]`)
}

/** A view without SQL that has these features. */
function features(text: string): Files {
  return view(`entity: user, source: events, features: ${text}`)
}

/** An on-demand view of the options `given`, over a stored view and a value of the request. */
function onDemand(given: string, ...before: readonly string[]): Files {
  return index(USER, EVENTS, STATS, ...before, `export const score = onDemandView('score', { ${given} })`)
}

/** An on-demand view with one feature, right but for its form. */
function computed(given: string, ...before: readonly string[]): Files {
  return onDemand(
    `inputs: [stats, request({ distance: t.float64() })], features: { score: t.float64() }, ${given}`,
    ...before,
  )
}

/** A source of the options `given`, and a view without SQL over it. */
function source(given: string): Files {
  return index(USER, `export const events = parquetSource('events', { ${given} })`, STATS)
}

/** A source of CSV files in `data/tables/`, and a view without SQL over it. */
function csv(file: string, given: string): Files {
  return index(
    USER,
    `export const events = csvSource('events', { path: 'file://data/tables/${file}', timestamp: 'seen_at', ${given} })`,
    STATS,
  )
}

/** A source of the file `data/lines/a.ndjson`, and a view without SQL over it. */
function ndjson(given: string): Files {
  return index(
    USER,
    `export const events = ndjsonSource('events', { path: 'file://data/lines/a.ndjson', timestamp: 'seen_at'${given} })`,
    STATS,
  )
}

/** A service of the options `given`, beside a view that is right. */
function service(given: string): Files {
  return index(USER, EVENTS, STATS, `export const profile = featureService('profile', { ${given} })`)
}

/** Another view of the same entity with a feature of the same name. */
const RECENT =
  "export const recent = featureView('recent', { entity: user, source: events, features: { clicks: t.int64(), amount: t.float64() } })"

/** A view of another entity, whose join key has the same name and another type. */
const SHOPS =
  "const shop = entity('shop', { joinKeys: { user_id: t.int64() } })\nexport const shops = featureView('shops', { entity: shop, source: events, features: { amount: t.float64() } })"

function table(place: string, rows: readonly (readonly [string, Files, string])[]): readonly Mistake[] {
  return rows.map(([what, files, message]) => ({ place, what, files, message }))
}

const NAMES = table('Names and options', [
  [
    'a name in capitals',
    index("export const user = entity('User', { joinKeys: { user_id: t.string() } })"),
    'entity: "User" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".',
  ],
  [
    'a name with a hyphen',
    index(USER, EVENTS, STATS.replace("'stats'", "'user-stats'")),
    'featureView: "user-stats" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".',
  ],
  [
    'a misspelled option, `tll`',
    over("tll: '14d'"),
    'featureView stats: there is no option "tll". Did you mean "ttl"?',
  ],
  [
    'an option that does not exist',
    over('partitions: 4'),
    'featureView stats: there is no option "partitions". There are entity, source, push, consistency, sql, timestamp, created, lookback, ttl, freshness, schedule, lag, online, retention, checks, features, description, owner, tags.',
  ],
  [
    'no options at all',
    index("export const user = entity('user')"),
    'entity user: the options are undefined. Pass an object with joinKeys, description, owner, tags.',
  ],
  [
    'an entity without join keys',
    index("export const user = entity('user', { description: 'A user' })"),
    'entity user: joinKeys is missing. Write { name: type }, or {} for the global entity.',
  ],
  [
    'a join key in camel case',
    index("export const user = entity('user', { joinKeys: { userId: t.string() } })"),
    'entity user: join key "userId" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters.',
  ],
  [
    'a join key that is a float',
    index("export const user = entity('user', { joinKeys: { score: t.float64() } })"),
    'entity user: join key score is float64, which has no canonical text. Use string, int32, int64, uuid, bool, date, timestamp.',
  ],
  [
    'a type that is not called, `t.int64`',
    features('{ clicks: t.int64 }'),
    'featureView stats: feature clicks: it is a function, not a type. Call it, as in t.int64().',
  ],
  [
    "a type as text, `'int64'`",
    features("{ clicks: 'int64' }"),
    'featureView stats: feature clicks: it has "int64", which is not a type. Write t.int64() or another of bool, int32, int64, float32, float64, string, timestamp, date, uuid, bytes, json, list(type), vector(n).',
  ],
  [
    'a type that does not exist, `t.decimal()`',
    features('{ clicks: t.decimal() }'),
    'features/index.ts:4: there is no type t.decimal(). Write t.int64() or another of bool, int32, int64, float32, float64, string, timestamp, date, uuid, bytes, json, list(type), vector(n).',
  ],
  [
    '`t.list()` without the type of its elements',
    features('{ clicks: t.list() }'),
    'featureView stats: feature clicks: it is a list of no type. Name the type of its elements, as in t.list(t.int64()).',
  ],
  [
    '`t.vector(0)`',
    features('{ clicks: t.vector(0) }'),
    'featureView stats: feature clicks: it is a vector of size 0. Write a whole number from 1 to 100000, as in t.vector(384).',
  ],
  [
    'a described feature without its type',
    features("{ clicks: { description: 'Clicks so far' } }"),
    'featureView stats: feature clicks: it has no type. Write { type: t.int64() } or another type beside what describes it.',
  ],
  [
    'a misspelled option of a feature',
    features("{ clicks: { type: t.int64(), desciption: 'Clicks so far' } }"),
    'featureView stats: feature clicks: there is no option "desciption". Did you mean "description"?',
  ],
  [
    'a visibility that does not exist',
    features("{ clicks: { type: t.int64(), visibility: 'private' } }"),
    'featureView stats: feature clicks: visibility is "private". Write "server" or "public".',
  ],
  [
    'a view without features',
    features('{}'),
    'featureView stats: it has no features. Write features: { name: type } with at least one.',
  ],
  [
    'features as a list of names',
    features("['clicks']"),
    'featureView stats: features is ["clicks"]. Write features: { name: type } with at least one.',
  ],
  [
    'a feature in camel case',
    features('{ lastClick: t.int64() }'),
    'featureView stats: feature "lastClick" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters.',
  ],
  [
    'a feature with the name of a join key',
    features('{ user_id: t.string() }'),
    'featureView stats: feature "user_id" has the name of a join key. Give it another name.',
  ],
  [
    'a feature called `event_timestamp`',
    features('{ event_timestamp: t.timestamp() }'),
    'featureView stats: feature "event_timestamp" has the name of the column with the event timestamp. Give it another name.',
  ],
  [
    'a view without its entity',
    view('source: events, features: { clicks: t.int64() }'),
    'featureView stats: entity is missing. Pass what entity() returned.',
  ],
  [
    "the entity by name, `'user'`",
    view("entity: 'user', source: events, features: { clicks: t.int64() }"),
    'featureView stats: entity is "user". Pass what entity() returned.',
  ],
  [
    'a view without its source',
    view('entity: user, features: { clicks: t.int64() }'),
    'featureView stats: source is missing. Pass what parquetSource() returned.',
  ],
  [
    "the source by name, `'events'`",
    view("entity: user, source: 'events', features: { clicks: t.int64() }"),
    'featureView stats: source is "events". Pass what parquetSource() returned.',
  ],
  [
    'an empty list of sources',
    view('entity: user, source: [], features: { clicks: t.int64() }'),
    'featureView stats: it has no source. Name at least one.',
  ],
  [
    'a source listed twice',
    view('entity: user, source: [events, events], features: { clicks: t.int64() }'),
    'featureView stats: source events is listed twice. List it once.',
  ],
  [
    'a duration in words',
    over("ttl: '14 days'"),
    'featureView stats: ttl: "14 days" is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
  ],
  [
    'a duration as a number',
    over('ttl: 14'),
    'featureView stats: ttl: 14 is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
  ],
  [
    'a schedule in words',
    over("schedule: 'daily'"),
    'featureView stats: schedule "daily" is not cron: it has 1 field instead of 5. Write minute, hour, day of month, month and day of week, as in "0 3 * * *".',
  ],
  [
    'an hour that does not exist',
    over("schedule: '0 25 * * *'"),
    'featureView stats: schedule "0 25 * * *" is not cron: the hour "25" is not within 0-23. Write minute, hour, day of month, month and day of week, as in "0 3 * * *".',
  ],
  [
    'an online store that does not exist',
    over("online: 'redis'"),
    'featureView stats: online is "redis". Write "kv" or "d1".',
  ],
  [
    'tags as a list',
    over("tags: ['growth']"),
    'featureView stats: tags is ["growth"]. Write an object of strings, as in { team: \'growth\' }.',
  ],
  ['a tag that is a number', over('tags: { tier: 1 }'), 'featureView stats: the tag "tier" is 1. Write a string.'],
  ['a blank owner', over("owner: ''"), 'featureView stats: owner is "". Write a text, or leave it out.'],
  [
    'a timestamp that is no name',
    over('timestamp: 3'),
    'featureView stats: timestamp is 3. Write the name of a column.',
  ],
  [
    'two entities of one name',
    { ...index(USER), 'features/more.ts': file(USER.replace('user_id', 'id')) },
    'entity user: two different definitions have this name. Rename one of them, or define it once and import it.',
  ],
  [
    'two views of one name',
    index(USER, EVENTS, STATS, STATS.replace('const stats', 'const more')),
    'featureView stats: two different definitions have this name. Rename one of them, or define it once and import it.',
  ],
])

const SQL = table('SQL', [
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

const SOURCES = table('Sources', [
  [
    'a source without its path',
    source("timestamp: 'seen_at'"),
    'parquetSource events: path is missing. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.',
  ],
  [
    'a path without `file://` or `r2://`',
    source("path: 'data/events/*.parquet', timestamp: 'seen_at'"),
    'parquetSource events: path "data/events/*.parquet" is neither in R2 nor a file. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.',
  ],
  [
    'a path in S3',
    source("path: 's3://offline/events/*.parquet', timestamp: 'seen_at'"),
    'parquetSource events: path "s3://offline/events/*.parquet" is in S3. Only R2 and files are read: copy it into an R2 bucket, then write r2://offline/events/*.parquet.',
  ],
  [
    'a bucket in capitals',
    source("path: 'r2://Offline/events/*.parquet', timestamp: 'seen_at'"),
    'parquetSource events: path "r2://Offline/events/*.parquet" names no bucket: 3 to 63 lower-case letters, digits and hyphens. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.',
  ],
  [
    'a bucket without files',
    source("path: 'r2://offline', timestamp: 'seen_at'"),
    'parquetSource events: path "r2://offline" names a folder, not files. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.',
  ],
  [
    'a folder with a slash at its end',
    source("path: 'file://data/events/', timestamp: 'seen_at'"),
    'parquetSource events: path "file://data/events/" names a folder, not files. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.',
  ],
  [
    'a folder without a slash at its end',
    source("path: 'file://data/events', timestamp: 'seen_at'"),
    'source events: No object matches file://data/events: 1 object begins with file://data/events, for example events/a.parquet, but none fits "events". Correct the path, which is relative to the folder of package.json.',
  ],
  [
    'a folder that is misspelled',
    source("path: 'file://data/event/*.parquet', timestamp: 'seen_at'"),
    'source events: No object matches file://data/event/*.parquet: nothing begins with file://data/event/. Correct the path, which is relative to the folder of package.json.',
  ],
  [
    'files that end otherwise',
    source("path: 'file://data/events/*.parq', timestamp: 'seen_at'"),
    'source events: No object matches file://data/events/*.parq: 1 object begins with file://data/events/, for example a.parquet, but none fits "*.parq". Correct the path, which is relative to the folder of package.json.',
  ],
  [
    'braces in a path',
    source("path: 'file://data/{events,more}/*.parquet', timestamp: 'seen_at'"),
    'source events: No object matches file://data/{events,more}/*.parquet: nothing begins with file://data/{events,more}/. Correct the path, which is relative to the folder of package.json.',
  ],
  [
    '`**` within a name',
    source("path: 'file://data/**.parquet', timestamp: 'seen_at'"),
    'source events: "file://data/**.parquet" is no source path: "**" stands for whole folders: between slashes, alone. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.',
  ],
  [
    'a path in R2, without the keys of R2, for a deployment elsewhere',
    source("path: 'r2://offline/events/*.parquet', timestamp: 'seen_at'"),
    'source events: r2://offline/events/*.parquet is in R2, which is not configured: give the S3 endpoint, the access key id and the secret access key, as R2_ENDPOINT, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY. The local Worker needs none of them.',
  ],
  [
    'a source without its timestamp',
    source("path: 'file://data/events/*.parquet'"),
    'parquetSource events: timestamp is missing. Name the column with the event timestamp.',
  ],
  [
    'columns as a list',
    source("path: 'file://data/events/*.parquet', timestamp: 'seen_at', columns: ['clicks']"),
    'parquetSource events: columns is ["clicks"]. Write { feature: \'COLUMN\' }.',
  ],
  [
    'columns the wrong way round',
    source("path: 'file://data/events/*.parquet', timestamp: 'seen_at', columns: { CLICKS: 'clicks' }"),
    "parquetSource events: columns has them the wrong way round: the feature comes first. Write { clicks: 'CLICKS' }.",
  ],
  [
    'a timestamp that the files do not have',
    source("path: 'file://data/events/*.parquet', timestamp: 'time'"),
    'source events: timestamp names the column time, which its files do not have. They have user_id, seen_at, clicks, amount. Name one of them.',
  ],
  [
    'a `created` that the files do not have',
    source("path: 'file://data/events/*.parquet', timestamp: 'seen_at', created: 'created_at'"),
    'source events: created names the column created_at, which its files do not have. They have user_id, seen_at, clicks, amount. Name one of them.',
  ],
  [
    'a column in `columns` that the files do not have',
    source("path: 'file://data/events/*.parquet', timestamp: 'seen_at', columns: { clicks: 'CLICK' }"),
    'source events: columns.clicks names the column CLICK, which its files do not have. They have user_id, seen_at, clicks, amount. Did you mean clicks?',
  ],
  [
    'a file that is not Parquet',
    files('csv'),
    'source events: data/csv/a.parquet is not a Parquet file. Convert it, or narrow the path to the files that are.',
  ],
  [
    'an empty file',
    files('empty'),
    'source events: data/empty/a.parquet is not a Parquet file. Convert it, or narrow the path to the files that are.',
  ],
  [
    'files that disagree about the type of a column',
    files('types'),
    'source events: column clicks is BIGINT and VARCHAR, for example in data/types/a.parquet and data/types/b.parquet. All files of a source must have the same columns.',
  ],
  [
    'files that disagree about which columns there are',
    files('columns'),
    "source events: column amount is in 1 of 2 files, for example in data/columns/a.parquet. All files of a source must have the same columns, unless it says schemaDrift: 'union'.",
  ],
  [
    'a CSV column of a feature without its type',
    csv('a.csv', 'types: { seen_at: t.timestamp() }'),
    'view stats: feature clicks is declared BIGINT, and the data has VARCHAR: a column of a CSV file is text unless the source says what it is. Write its type there: types: { "clicks": … }.',
  ],
  [
    'a CSV value that is not of its type',
    csv('wrong.csv', 'types: { seen_at: t.timestamp(), clicks: t.int64() }'),
    "source events: data/tables/wrong.csv, line 3: 1.5 in the column clicks is not exactly a BIGINT. Correct the file, or take clicks out of types: it is text then, for the view's SQL to parse.",
  ],
  [
    'a CSV row with a field too few',
    csv('short.csv', 'types: { seen_at: t.timestamp(), clicks: t.int64() }'),
    'source events: data/tables/short.csv, line 3: it has 2 fields, and the header has 3. Quote fields that hold the delimiter, or correct the line.',
  ],
  [
    'a type for a column that the CSV files do not have',
    csv('a.csv', 'types: { seen_at: t.timestamp(), click: t.int64() }'),
    'source events: types names the column click, which its files do not have. They have user_id, seen_at, clicks. Did you mean clicks?',
  ],
  [
    'two characters between the fields of a CSV file',
    csv('a.csv', "delimiter: '::'"),
    'csvSource events: delimiter is "::". Write one ASCII character but a quote, as in ";".',
  ],
  [
    'CSV files without a header and without types',
    csv('a.csv', 'header: false'),
    'csvSource events: it has no header and no types. Write types: { column: t.string() } with all columns in their order.',
  ],
  [
    'NDJSON without types',
    ndjson(''),
    'ndjsonSource events: types is missing. Write { member: type } for what is read of the objects, as in { clicks: t.int64() }.',
  ],
  [
    'an NDJSON value that is not of its type',
    ndjson(', types: { user_id: t.string(), seen_at: t.timestamp(), clicks: t.int64() }'),
    "source events: data/lines/a.ndjson, line 2: true in the column clicks is not exactly a BIGINT. Correct the file, or declare it t.json(), for the view's SQL to parse.",
  ],
  [
    'files that may differ, and a column of two types that do not fit',
    source("path: 'file://data/types/*.parquet', timestamp: 'seen_at', schemaDrift: 'union'"),
    'source events: column clicks is BIGINT in data/types/a.parquet and VARCHAR in data/types/b.parquet, and neither holds every value of the other. Write the files with one type.',
  ],
  [
    'another `schemaDrift`',
    source("path: 'file://data/events/*.parquet', timestamp: 'seen_at', schemaDrift: 'ignore'"),
    'parquetSource events: schemaDrift is "ignore". Write "union".',
  ],
  [
    'files in folders `day=…` and files outside of them',
    source("path: 'file://data/hive/**/*.parquet', timestamp: 'seen_at'"),
    'source events: data/hive/b.parquet and data/hive/day=1/a.parquet are not partitioned alike. All files of a source need the same folders of the form name=value; narrow the path to those that have them.',
  ],
  [
    'a feature that the files do not have, in a view without SQL',
    features('{ click: t.int64() }'),
    "view stats: feature click names the column click, which its files do not have. They have user_id, seen_at, clicks, amount. Did you mean clicks? Where a column has another name, say so in the source: columns: { name: 'COLUMN' }.",
  ],
  [
    'a join key that the files do not have, in a view without SQL',
    index(USER.replace('user_id', 'customer'), EVENTS, STATS),
    "view stats: join key customer names the column customer, which its files do not have. They have user_id, seen_at, clicks, amount. Name one of them. Where a column has another name, say so in the source: columns: { name: 'COLUMN' }.",
  ],
  [
    "a feature of another type than the files'",
    features('{ amount: t.string() }'),
    "view stats: feature amount is declared VARCHAR, and the data has DOUBLE. Cast it in the view's SQL, or declare another type.",
  ],
  [
    'a timestamp that is text in the files',
    files('texts'),
    "view stats: timestamp seen_at is declared TIMESTAMP, and the data has VARCHAR. Cast it in the view's SQL, or declare another type.",
  ],
  [
    'a join key that is null in a row of the files',
    files('nulls'),
    'view stats: join key user_id is null in a row. Leave such rows out in the source or the SQL.',
  ],
])

/** A push source of the options `given`, and a view of these options. */
function pushed(given: string, view = 'source: events, push: carts'): Files {
  return index(
    USER,
    EVENTS,
    `export const carts = pushSource('carts', { ${given} })`,
    `export const stats = featureView('stats', { entity: user, ${view}, features: { clicks: t.int64() } })`,
  )
}

const PUSHES = table('Push sources', [
  [
    'a push source of no kind',
    pushed('schema: { user_id: t.string(), clicks: t.int64() }'),
    'pushSource carts: kind is missing. Write "features" or "events".',
  ],
  [
    'a push source of no columns',
    pushed("kind: 'features', schema: {}"),
    'pushSource carts: schema is {}. Write { name: type } with the join keys and what else a row holds.',
  ],
  [
    'a column by the name of its type',
    pushed("kind: 'features', schema: { user_id: t.string(), clicks: 'int64' }"),
    'pushSource carts: column clicks has "int64", which is not a type. Write t.int64() or another of bool, int32, int64, float32, float64, string, timestamp, date, uuid, bytes, json, list(type), vector(n).',
  ],
  [
    'a column called `deleted`',
    pushed("kind: 'features', schema: { user_id: t.string(), deleted: t.bool() }"),
    'pushSource carts: a column is called "deleted", which says that a row is removed. Give it another name.',
  ],
  [
    'events for a view',
    pushed("kind: 'events', schema: { user_id: t.string(), clicks: t.int64() }", 'source: events, push: carts'),
    "featureView stats: push is pushSource carts, whose rows are events and no features. Name a source with kind: 'features'.",
  ],
  [
    'a push source as the source',
    pushed("kind: 'features', schema: { user_id: t.string(), clicks: t.int64() }", 'source: carts'),
    'featureView stats: source is pushSource carts. Pass it as push: carts, and what is in the lake as source.',
  ],
  [
    'a file source as the push',
    pushed("kind: 'features', schema: { user_id: t.string(), clicks: t.int64() }", 'push: events'),
    'featureView stats: push is parquetSource events. Pass what pushSource() returned.',
  ],
  [
    'SQL over what is only pushed',
    pushed("kind: 'features', schema: { user_id: t.string(), clicks: t.int64() }", "push: carts, sql: 'select 1'"),
    'featureView stats: it has sql and no source: its rows are only pushed. Leave sql out, or name a source.',
  ],
  [
    'a push source without the join key',
    pushed("kind: 'features', schema: { clicks: t.int64() }", 'source: events, push: carts'),
    'featureView stats: the join key user_id is string, and pushSource carts has no such column. Rows could not be told apart: correct its schema.',
  ],
  [
    'a push source without a feature of the view',
    pushed("kind: 'features', schema: { user_id: t.string(), views: t.int64() }", 'source: events, push: carts'),
    'featureView stats: pushSource carts has none of its features. Add some to its schema, or leave push out.',
  ],
  [
    "a feature of another type than the push source's",
    pushed("kind: 'features', schema: { user_id: t.string(), clicks: t.int32() }", 'source: events, push: carts'),
    'featureView stats: feature clicks is int64, and int32 in pushSource carts. Make them one type.',
  ],
  [
    'where pushed rows are read, of a view without any',
    pushed(
      "kind: 'features', schema: { user_id: t.string(), clicks: t.int64() }",
      "source: events, consistency: 'primary'",
    ),
    'featureView stats: consistency is for pushed rows, and it has no push. Leave consistency out.',
  ],
])

const SERVICES = table('Services', [
  [
    'a service without features',
    service('features: []'),
    'featureService profile: it has no features. Write features: [view, …] with at least one view.',
  ],
  [
    'one view, not in a list',
    service('features: stats'),
    'featureService profile: features is featureView stats. Write features: [view, …] with at least one view.',
  ],
  [
    "a view by name, `'stats'`",
    service("features: ['stats']"),
    'featureService profile: features[0] is "stats". Pass what featureView(), onDemandView(), .as(), .pick() or .rename() returned.',
  ],
  [
    'an entity among the features',
    service('features: [user]'),
    'featureService profile: features[0] is entity user. Pass what featureView(), onDemandView(), .as(), .pick() or .rename() returned.',
  ],
  [
    'two views with a feature of one name',
    index(
      USER,
      EVENTS,
      STATS,
      RECENT,
      "export const profile = featureService('profile', { features: [stats, recent] })",
    ),
    'featureService profile: "clicks" comes from both stats and recent; use .pick() to leave it out, or .rename({ clicks: \'recent_clicks\' }).',
  ],
  [
    'one view twice',
    index(
      USER,
      EVENTS,
      STATS,
      RECENT,
      "export const profile = featureService('profile', { features: [recent.pick('clicks'), recent.pick('amount')] })",
    ),
    'featureService profile: two views have the role "recent". Take all features in one .pick(), or give one view a role with .as().',
  ],
  [
    'a feature renamed to a join key',
    service("features: [stats.rename({ clicks: 'user_id' })]"),
    'featureService profile: the feature "user_id" of stats has the name of a join key; use .pick() to leave it out, or .rename({ user_id: \'stats_user_id\' }).',
  ],
  [
    'two views that want one join key in different types',
    index(USER, EVENTS, STATS, SHOPS, "export const profile = featureService('profile', { features: [stats, shops] })"),
    "featureService profile: the join key \"user_id\" is string and, in shops, int64. Give one of them another name with .as('shops', { user_id: '…' }).",
  ],
  [
    '`.pick()` of a feature that is not there',
    service("features: [stats.pick('click')]"),
    'featureView stats: pick: there is no feature "click". Use clicks.',
  ],
  [
    '`.pick()` of nothing',
    service('features: [stats.pick()]'),
    'featureView stats: pick: no feature is named. Name at least one of clicks.',
  ],
  [
    '`.pick()` of a list',
    service("features: [stats.pick(['clicks'])]"),
    "featureView stats: pick: [\"clicks\"] is a list. Name features one after the other, as in .pick('a', 'b').",
  ],
  [
    '`.pick()` of one feature twice',
    service("features: [stats.pick('clicks', 'clicks')]"),
    'featureView stats: pick: "clicks" is named twice. Name it once.',
  ],
  [
    '`.rename()` of a feature that is not there',
    service("features: [stats.rename({ click: 'visits' })]"),
    'featureView stats: rename: there is no feature "click". Use clicks.',
  ],
  [
    '`.rename()` of two texts',
    service("features: [stats.rename('clicks', 'visits')]"),
    'featureView stats: rename: "clicks" is no map of names. Write { feature: \'new_name\' }.',
  ],
  [
    '`.rename()` to a name that is taken',
    index(
      USER,
      EVENTS,
      STATS,
      RECENT,
      "export const profile = featureService('profile', { features: [recent.rename({ amount: 'clicks' })] })",
    ),
    'featureView recent: rename: two features would be called "clicks". Give one of them another name.',
  ],
  [
    '`.rename()` to camel case',
    service("features: [stats.rename({ clicks: 'userClicks' })]"),
    'featureView stats: rename: the new name "userClicks" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters.',
  ],
  [
    '`.as()` of a join key that is not there',
    service("features: [stats.as('buyer', { user: 'buyer_id' })]"),
    'featureView stats: as: there is no join key "user". Use user_id.',
  ],
  [
    '`.as()` without the name of the role',
    service("features: [stats.as({ user_id: 'buyer_id' })]"),
    'featureView stats: as: the role is {"user_id":"buyer_id"}. Name it first, as in .as(\'role\', { join_key: \'name\' }).',
  ],
  [
    'a role in capitals',
    service("features: [stats.as('Buyer')]"),
    'featureView stats: as: "Buyer" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".',
  ],
])

const APPLYING = table('Files and applying', [
  [
    'no folder of definitions',
    {},
    'There is no folder features. Put your definitions there, or name another in package.json: "shoreline": { "features": "…" }.',
  ],
  [
    'a folder without definitions',
    { 'features/README.md': '# Features' },
    'features holds no definitions: write one or more .ts files there.',
  ],
  [
    'definitions that are not exported',
    index(...[USER, EVENTS, STATS].map((line) => line.replace('export ', ''))),
    'features exports no definitions. Write export before what you define, as in export const stats = featureView(…).',
  ],
  [
    'a name that is not defined',
    index("export const user = entitty('user', { joinKeys: { user_id: t.string() } })"),
    'features/index.ts:2: entitty is not defined. Import it, or correct the name.',
  ],
  [
    'a definition used above its line',
    index(STATS, USER, EVENTS),
    'features/index.ts:2: user is used before it is defined. Define it further up; if two files import each other, move it into a third.',
  ],
  [
    'two files that import each other',
    {
      'features/events.ts': file("import { user } from './users.ts'", EVENTS, STATS),
      'features/users.ts': file("import { events } from './events.ts'", USER, RECENT),
    },
    'features/users.ts:4: events is used before it is defined. Define it further up; if two files import each other, move it into a third.',
  ],
  [
    'a bracket that is missing',
    index("export const user = entity('user', { joinKeys: { user_id: t.string() )"),
    "features/index.ts:2 cannot be loaded: Expected ',', got ')'. Correct it, or move the file out of the folder of the definitions.",
  ],
  [
    'an `enum`',
    index('enum Tier { gold }', USER),
    'features/index.ts:2: TypeScript enum is not supported in strip-only mode. Node removes types and runs what is left: write JavaScript in its place, for an enum an object.',
  ],
  [
    'an import without `.ts`',
    { ...index("import { user } from './users'", EVENTS, STATS), 'features/users.ts': file(USER) },
    "features/index.ts imports features/users, which is no file. Write its whole name, as in './users.ts'.",
  ],
  [
    'an import of a file that is not there',
    index("import { user } from './people.ts'", EVENTS, STATS),
    'features/index.ts imports features/people.ts, which is no file. Correct the name.',
  ],
  [
    'a package that is not installed',
    index("import { groupBy } from 'left-pad'", USER),
    'features/index.ts imports the package left-pad, which is not installed. Install it with npm, or correct the name.',
  ],
  [
    'an import of a name that does not exist',
    { 'features/index.ts': "import { entities } from 'shoreline'\n" },
    'features/index.ts:1: "shoreline" exports no entities. Correct the name; a type is imported with import type.',
  ],
  [
    'a file that throws',
    index("if (!process.env['TEAM']) throw new Error('TEAM is not set')"),
    'features/index.ts:2 cannot be loaded: TEAM is not set. Correct it, or move the file out of the folder of the definitions.',
  ],
  [
    'several mistakes in several files',
    {
      ...index("export const user = entity('User', { joinKeys: {} })"),
      'features/more.ts': file(USER.replace("'user'", "'app-user'")),
    },
    'entity: "User" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".\nentity: "app-user" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".',
  ],
])

const ON_DEMAND = table('On-demand views', [
  [
    'an on-demand view without inputs',
    onDemand("features: { score: t.float64() }, sql: { score: '1' }"),
    'onDemandView score: it has no inputs. Write inputs: [view, request({ name: type })] with at least one.',
  ],
  [
    'an entity among the inputs',
    onDemand("inputs: [user], features: { score: t.float64() }, sql: { score: '1' }"),
    'onDemandView score: inputs[0] is entity user. Pass a view, in a role if it needs one, or request({ … }).',
  ],
  [
    'two inputs with a feature of one name',
    onDemand(
      "inputs: [stats, stats.as('other', { user_id: 'other_id' })], features: { score: t.float64() }, sql: { score: '1' }",
    ),
    'onDemandView score: two inputs bring "clicks". Leave one of them out with .pick(), or use .rename().',
  ],
  [
    'a join key in the request, too',
    onDemand(
      "inputs: [stats, request({ user_id: t.string() })], features: { score: t.float64() }, sql: { score: '1' }",
    ),
    'onDemandView score: two inputs bring "user_id". Leave one of them out with .pick(), or use .rename().',
  ],
  [
    'a value of the request in two types',
    onDemand(
      "inputs: [inner, request({ distance: t.int64() })], features: { score: t.float64() }, sql: { score: '1' }",
      "const inner = onDemandView('inner', { inputs: [request({ distance: t.float64() })], features: { far: t.bool() }, sql: { far: 'distance > 1' } })",
    ),
    'onDemandView score: the request field "distance" is float64 for inner and int64 for request. Give one of them another name: a join key with .as().',
  ],
  [
    'a value of the request with the name of a feature',
    onDemand("inputs: [request({ score: t.float64() })], features: { score: t.float64() }, sql: { score: 'score' }"),
    'onDemandView score: feature "score" has the name of a value of the request. Give it another name.',
  ],
  [
    '`request()` of nothing',
    onDemand("inputs: [request({})], features: { score: t.float64() }, sql: { score: '1' }"),
    'request: it has no values. Write request({ name: type }).',
  ],
  [
    'an on-demand view in no form',
    computed(''),
    'onDemandView score: it has neither sql nor compute nor wasm. Write exactly one of them.',
  ],
  [
    'an on-demand view in two',
    computed("sql: { score: '1' }, compute: () => ({ score: 1 })"),
    'onDemandView score: it has sql and compute. Write exactly one of them.',
  ],
  [
    'a feature without an expression',
    computed('sql: {}'),
    'onDemandView score: sql has nothing for the feature score. Write its expression.',
  ],
  [
    'an expression for no feature',
    computed("sql: { score: '1', scores: '2' }"),
    'onDemandView score: sql has "scores", which is no feature. Use score, or add it to features.',
  ],
  [
    'a misspelled column in an expression',
    computed("sql: { score: 'click + 1' }"),
    'view score: feature score: sql names the column click, which is not there. Did you mean clicks?',
  ],
  [
    'a misspelled function in an expression',
    computed("sql: { score: 'sqr(distance)' }"),
    'view score: feature score: sql has the function sqr, which is not taken. Did you mean sqrt?',
  ],
  [
    'an expression that ends too early',
    computed("sql: { score: 'distance +' }"),
    'view score: feature score: sql ends too early: something is missing at its end, or a parenthesis is not closed.',
  ],
  [
    'an expression that reads the clock',
    computed("sql: { score: 'epoch(now())' }"),
    'view score: feature score: sql has the function now, which is not taken. The same row must give the same value whenever it is computed: take the time as an input, request({ now: t.timestamp() }).',
  ],
  [
    'an aggregate in an expression',
    computed("sql: { score: 'sum(clicks)' }"),
    'view score: feature score: sql has the function sum, which is not taken. An expression sees one row: aggregate in the SQL of a feature view.',
  ],
  [
    'an expression in decimals',
    computed("sql: { score: 'clicks::decimal(9, 2)' }"),
    'view score: feature score: sql casts to DECIMAL, which is not taken. Cast to DOUBLE, and round(x, 2) to what is shown.',
  ],
  [
    'a product of text',
    computed("sql: { score: 'user_id * 2' }"),
    'view score: feature score: sql has *(VARCHAR, INTEGER), and * does not take these types. Cast what it is given, as in column::double.',
  ],
  [
    'an expression of another type',
    computed("sql: { score: 'user_id' }"),
    'view score: feature score: it is declared float64, and its sql is VARCHAR. Cast it, as in (…)::double, or declare another type.',
  ],
  [
    'two kinds of views with one name',
    index(
      USER,
      EVENTS,
      STATS,
      "export const s = onDemandView('stats', { inputs: [request({ x: t.float64() })], features: { y: t.float64() }, sql: { y: 'x' } })",
    ),
    'featureView stats: two different definitions have this name. Rename one of them, or define it once and import it.',
  ],
  [
    'a service with a feature that has the name of a value of the request',
    index(
      USER,
      EVENTS,
      STATS,
      "const score = onDemandView('score', { inputs: [request({ clicks: t.float64() })], features: { score: t.float64() }, sql: { score: 'clicks' } })",
      "export const profile = featureService('profile', { features: [stats, score] })",
    ),
    'featureService profile: the feature "clicks" of stats has the name of a value of the request; use .pick() to leave it out, or .rename({ clicks: \'stats_clicks\' }).',
  ],
  [
    'a `compute` that is no function',
    computed("compute: 'clicks'"),
    'onDemandView score: compute is "clicks". Write a function: compute: (row) => ({ … }).',
  ],
  [
    'a `compute` that reads the clock',
    computed('compute: () => ({ score: Date.now() })'),
    "onDemandView score: compute uses Date.now(), and ask for the time in request({ … }): a caller's own clock is an input.",
  ],
  [
    'a `compute` that draws lots',
    computed('compute: () => ({ score: Math.random() })'),
    'onDemandView score: compute uses Math.random(), and chance is no input: derive the value from the row.',
  ],
  [
    'a `compute` that fetches',
    computed("compute: () => { void fetch('https://example.com'); return { score: 1 } }"),
    'onDemandView score: compute uses fetch, and it may use its row and nothing else.',
  ],
  [
    'a `compute` in local time',
    computed('compute: (row) => ({ score: new Date(row.distance).getHours() })'),
    'onDemandView score: compute uses getHours(), and the time zone differs between machines: use the method with UTC in its name.',
  ],
  [
    'a `compute` that counts its calls',
    computed('compute: () => ({ score: ++calls })', 'let calls = 0'),
    'onDemandView score: compute changes calls, which outlives the row: rows are computed in any order, in many places.',
  ],
  [
    'a `compute` that is async',
    computed('compute: async () => ({ score: 1 })'),
    'onDemandView score: compute is async or a generator, and a value must be there at once. Write a plain function.',
  ],
  [
    'a `compute` that refers to a definition',
    computed('compute: () => ({ score: stats.name.length })'),
    'onDemandView score: compute refers to stats, a definition, and on-demand code gets its row only. Put what they share into a constant beside them.',
  ],
  [
    'a `compute` that reads files',
    computed("compute: () => ({ score: readFileSync('a').length })", "import { readFileSync } from 'node:fs'"),
    'onDemandView score: compute imports readFileSync from node:fs, which is not pure. It may use its row and packages that need nothing else.',
  ],
  [
    'a `compute` within a function',
    index(
      USER,
      EVENTS,
      STATS,
      "const make = (factor: number) => onDemandView('score', { inputs: [stats], features: { score: t.float64() }, compute: () => ({ score: factor }) })",
      'export const score = make(2)',
    ),
    'onDemandView score: compute refers to factor, a variable of a function around it, which a bundle cannot hold. Write the view at the top of its file, and what it refers to as well.',
  ],
  [
    'options that are not written out',
    onDemand(
      '...options',
      'const options = { inputs: [stats], features: { score: t.float64() }, compute: () => ({ score: 1 }) } as const',
    ),
    "onDemandView score: compute cannot be found in the definitions. Write the call in full, as in onDemandView('score', { …, compute: (row) => ({ … }) }).",
  ],
  [
    'a WebAssembly module that is not there',
    computed("wasm: { module: 'score.wasm', export: 'score', args: ['distance'], returns: ['score'] }"),
    "onDemandView score: wasm: there is no module score.wasm. Name the file from the folder of package.json, or as new URL('risk.wasm', import.meta.url).",
  ],
  [
    'an argument that is not in the row',
    computed("wasm: { module: 'score.wasm', export: 'score', args: ['distant'], returns: ['score'] }"),
    'onDemandView score: wasm: the argument distant is not in the row. Did you mean distance?',
  ],
  [
    'an argument that is no number',
    computed("wasm: { module: 'score.wasm', export: 'score', args: ['user_id'], returns: ['score'] }"),
    'onDemandView score: wasm: the argument user_id is string, which WebAssembly has no number for. Use bool, int32, int64, float32, float64, timestamp or vector(n).',
  ],
  [
    'a file that is no WebAssembly',
    computed("wasm: { module: 'features/index.ts', export: 'score', args: ['distance'], returns: ['score'] }"),
    'onDemandView score: wasm: the file is no WebAssembly module: WebAssembly.compile(): expected magic word 00 61 73 6d, found 69 6d 70 6f @+0.',
  ],
])

const CHECKS = table('Checks', [
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

/** Tried one after the other with the command's own steps. */
export const MISTAKES: readonly Mistake[] = [
  ...NAMES,
  ...SQL,
  ...SOURCES,
  ...PUSHES,
  ...SERVICES,
  ...ON_DEMAND,
  ...CHECKS,
  ...APPLYING,
]

/** Tried with the command itself, against a deployment. */
export interface Run extends Mistake {
  /** After `shoreline`, with `<url>` for the deployment's. */
  readonly args: readonly string[]
}

const RIGHT = index(USER, EVENTS, STATS)

/** The bucket `offline` holds one file, `notes/a.parquet`, which is text. */
export const RUNS: readonly Run[] = [
  {
    place: 'Sources',
    what: 'a bucket that does not exist',
    files: source("path: 'r2://lake/events/*.parquet', timestamp: 'seen_at'"),
    args: ['plan', '--url', '<url>'],
    message:
      'source events: cannot list r2://lake/ (404 NoSuchBucket): there is no bucket "lake" at http://127.0.0.1:8787/cdn-cgi/local/r2/s3; create it (wrangler r2 bucket create lake) or correct the path.',
  },
  {
    place: 'Sources',
    what: 'a file in R2 that is not Parquet',
    files: source("path: 'r2://offline/notes/*.parquet', timestamp: 'seen_at'"),
    args: ['plan', '--url', '<url>'],
    message:
      'source events: r2://offline/notes/a.parquet is not a Parquet file. Convert it, or narrow the path to the files that are.',
  },
  {
    place: 'Files and applying',
    what: 'no deployment at the address',
    files: RIGHT,
    args: ['plan', '--url', '<free>'],
    message:
      'No Shoreline answers at http://127.0.0.1:8787 (connect ECONNREFUSED 127.0.0.1:8787). Start it with "npm start" or "shoreline dev", or name another with --url.',
  },
  {
    place: 'Files and applying',
    what: '`shoreline apply` of a mistake: nothing is written',
    files: over("ttl: '14 days'"),
    args: ['apply', '--url', '<url>'],
    message:
      'featureView stats: ttl: "14 days" is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
  },
  {
    place: 'Looking back and undoing',
    what: 'a view that is not registered, of `runs`, `snapshots`, `rollback`, `hold`, `preview` and the others',
    files: RIGHT,
    args: ['snapshots', 'stats', '--url', '<url>'],
    message: 'There is no view stats. Nothing is registered yet: run "shoreline apply".',
  },
  {
    place: 'Looking back and undoing',
    what: 'a run that does not exist',
    files: RIGHT,
    args: ['cancel', '7-3fa9c1d2b044', '--url', '<url>'],
    message: 'There is no run 7-3fa9c1d2b044. "shoreline runs" shows those that there are.',
  },
  {
    place: 'Looking back and undoing',
    what: 'one snapshot for several views',
    files: RIGHT,
    args: ['rollback', 'stats', 'totals', '--to', '3', '--url', '<url>'],
    message: '--to is the snapshot of one view: roll the views back one by one.',
  },
  {
    place: 'Looking back and undoing',
    what: '`quarantine release` of nothing, or of objects and a view',
    files: RIGHT,
    args: ['quarantine', 'release', '--url', '<url>'],
    message: 'Name the objects to release, or the view with --view: one of the two.',
  },
  {
    place: 'Looking back and undoing',
    what: 'the release of an object that is not in quarantine',
    files: RIGHT,
    args: ['quarantine', 'release', 'r2://offline/events/2.parquet', '--url', '<url>'],
    message: 'Nothing of r2://offline/events/2.parquet is in quarantine. "shoreline quarantine list" shows what is.',
  },
  {
    place: 'Looking back and undoing',
    what: 'a retention in words',
    files: RIGHT,
    args: ['gc', '--older-than', 'a week', '--url', '<url>'],
    message: 'older_than: "a week" is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
  },
  {
    place: 'Looking back and undoing',
    what: '`verify` of a service that is not registered',
    files: RIGHT,
    args: ['verify', '--service', 'ranking', '--url', '<url>'],
    message: 'There is no service ranking. Nothing is registered yet: run "shoreline apply".',
  },
  {
    place: 'Looking back and undoing',
    what: '`verify` of views and of a service at once',
    files: RIGHT,
    args: ['verify', 'stats', '--service', 'ranking', '--url', '<url>'],
    message: 'Name views, or a service with --service: one of the two.',
  },
  {
    place: 'The sync service',
    what: 'a service that is to do one sync only',
    files: RIGHT,
    args: ['sync', '--watch', '--full', '--url', '<url>'],
    message:
      '--full is for one sync, and --watch goes on. Leave one of them out; a running service takes bounds through POST /materialize.',
  },
  {
    place: 'The sync service',
    what: 'more runs at once than there is memory for',
    files: RIGHT,
    args: ['sync', '--watch', '--parallel', '16', '--health-port', '0', '--url', '<url>'],
    message: '--memory 2GB is too little for --parallel 16: each run needs at least 256MB.',
  },
]
