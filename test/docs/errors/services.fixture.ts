/** Mistakes in services. */
import { EVENTS, type Files, index, RECENT, STATS, table, USER } from './mistake.fixture.ts'

/** A service of the options `given`, beside a view that is right. */
function service(given: string): Files {
  return index(USER, EVENTS, STATS, `export const profile = featureService('profile', { ${given} })`)
}

/** A view of another entity, whose join key has the same name and another type. */
const SHOPS =
  "const shop = entity('shop', { joinKeys: { user_id: t.int64() } })\nexport const shops = featureView('shops', { entity: shop, source: events, features: { amount: t.float64() } })"

export const SERVICES = table('Services', [
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
