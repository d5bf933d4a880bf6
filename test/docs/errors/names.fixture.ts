/** Mistakes in names and options. */
import { EVENTS, features, file, index, over, STATS, table, USER, view } from './mistake.fixture.ts'

export const NAMES = table('Names and options', [
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
