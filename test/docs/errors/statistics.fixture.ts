/** Mistakes in statistics of training sets; `visits_2026@1` is the only one that is registered. */
import { EVENTS, type Files, index, STATS, table, USER } from './mistake.fixture.ts'

/** An on-demand view with this in its SQL. */
function inSql(sql: string): Files {
  return index(
    USER,
    EVENTS,
    STATS,
    `export const score = onDemandView('score', { inputs: [stats], features: { score: t.float64() }, sql: { score: "${sql}" } })`,
  )
}

/** And one with this among its inputs. */
function named(statistic: string): Files {
  return index(
    USER,
    EVENTS,
    STATS,
    `export const score = onDemandView('score', { inputs: [stats, statistics({ ${statistic} })], features: { score: t.float64() }, compute: ({ clicks }) => ({ score: Number(clicks) }) })`,
  )
}

export const STATISTICS = table('Statistics of training sets', [
  [
    'a training set that is not registered',
    inSql("stat('visits', 'clicks', 'mean')"),
    "view score: feature score: stat('visits', 'clicks', 'mean'): there is no training set visits. \"shoreline training-sets\" lists those that are registered, \"shoreline train\" makes one.",
  ],
  [
    'a misspelled column of a set',
    inSql("stat('visits_2026', 'click', 'mean')"),
    "view score: feature score: stat('visits_2026', 'click', 'mean'): the training set visits_2026@1 has no feature \"click\". Did you mean clicks?",
  ],
  [
    'a statistic that there is not',
    inSql("stat('visits_2026', 'clicks', 'median')"),
    "view score: feature score: stat('visits_2026', 'clicks', 'median'): there is no statistic \"median\". Write p50.",
  ],
  [
    'the mean of a text',
    inSql("stat('visits_2026', 'plan', 'mean')"),
    "view score: feature score: stat('visits_2026', 'plan', 'mean'): plan is string, which has no mean. It has min, max, vocabulary, count, nulls, null_share, distinct.",
  ],
  [
    'the vocabulary of a sensitive feature',
    inSql("length(stat('visits_2026', 'email', 'vocabulary'))"),
    "view score: feature score: stat('visits_2026', 'email', 'vocabulary'): email is sensitive, and of sensitive features no single value is kept. Use another statistic, or leave the feature out.",
  ],
  [
    'a feature without a value in the whole set',
    inSql("stat('visits_2026', 'amount', 'mean')"),
    "view score: feature score: stat('visits_2026', 'amount', 'mean'): amount has no value in any row of visits_2026@1. Make a training set that has some, and name that.",
  ],
  [
    'a column in the place of a text',
    inSql("stat('visits_2026', clicks, 'mean')"),
    "view score: feature score: sql has stat with other arguments than three texts. It is one constant for all rows: write stat('training_set', 'column', 'mean').",
  ],
  [
    'a set with its version and without',
    inSql("stat('visits_2026', 'clicks', 'mean') / stat('visits_2026@1', 'clicks', 'stddev')"),
    "view score: feature score: stat('visits_2026@1', 'clicks', 'stddev'): the view names visits_2026 as well. Name the version everywhere, or nowhere.",
  ],
  [
    'the greatest of an int64 as a number that cannot hold it',
    named("most: stat('visits_2026', 'clicks', 'max')"),
    "onDemandView score: statistics most: stat('visits_2026', 'clicks', 'max'): it is 9007199254740993, of type int64, and declared as float64. Write its type, as in stat(…, 'max', t.int64()).",
  ],
  [
    'a name that is none of a set',
    named("most: stat('Visits', 'clicks', 'mean')"),
    "stat('Visits', 'clicks', 'mean'): \"Visits\" names no training set. Write its name, or name@version.",
  ],
  [
    '`statistics()` of nothing',
    named(''),
    "statistics: it has none. Write statistics({ name: stat('training_set', 'column', 'mean') }).",
  ],
  [
    'a number among the statistics',
    named('most: 5'),
    "statistics: most is 5. Write stat('training_set', 'column', 'mean').",
  ],
])
