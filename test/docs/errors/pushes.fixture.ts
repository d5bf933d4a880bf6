/** Mistakes in push sources. */
import { EVENTS, type Files, index, table, USER } from './mistake.fixture.ts'

/** A push source of the options `given`, and a view of these options. */
function pushed(given: string, view = 'source: events, push: carts'): Files {
  return index(
    USER,
    EVENTS,
    `export const carts = pushSource('carts', { ${given} })`,
    `export const stats = featureView('stats', { entity: user, ${view}, features: { clicks: t.int64() } })`,
  )
}

export const PUSHES = table('Push sources', [
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
