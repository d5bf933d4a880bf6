/** Mistakes with training sets: of the command's options, told by the command, and of a spine, told when it is read. */

import { messageOf } from '../../../core/errors.ts'
import { parquetSource } from '../../../registry/definitions/parquet-source.ts'
import { entity, featureService, featureView, onDemandView, request, t } from '../../../registry/index.ts'
import type { Desk } from '../../../sync/training/training.fixture.ts'
import type { TrainingRequest } from '../../../sync/training/training-set.ts'
import { EVENTS, index, STATS, USER } from './mistake.fixture.ts'
import type { Run } from './runs.fixture.ts'

const PLACE = 'Training sets'

function run(what: string, args: readonly string[], message: string): Run {
  return { place: PLACE, what, files: index(USER, EVENTS, STATS), args: ['train', ...args, '--url', '<url>'], message }
}

const OUT = ['--out', 'set.parquet']

export const TRAINING_RUNS: readonly Run[] = [
  run(
    'neither a spine nor instants, or both',
    ['profile', ...OUT],
    'Give the rows to join to: --spine <file>, --spine-sql <query>, or --between <first> <last> --every <span>: one of them.',
  ),
  run(
    '`--every` without `--between`, or the other way round',
    ['profile', '--spine', 'visits.csv', '--every', '1d', ...OUT],
    '--between and --every go together, as in --between 2001-06-01 2001-07-01 --every 1d.',
  ),
  run(
    '`--between` words',
    ['profile', '--between', 'yesterday', 'today', '--every', '1d', ...OUT],
    '--between yesterday is no instant. Write 2001-07-01, or 2001-07-01T12:00:00Z.',
  ),
  run(
    'a file whose name tells no format',
    ['profile', '--spine', 'visits.csv', '--out', 'set'],
    '--out set does not tell the format. Let it end in .parquet, .csv or .arrow, or give --format.',
  ),
  run(
    '`--split-by` without `--split`',
    ['profile', '--spine', 'visits.csv', '--split-by', 'user_id', ...OUT],
    '--split-by goes with --split.',
  ),
  run(
    'a service and features',
    ['profile', '--features', 'stats:clicks', '--spine', 'visits.csv', ...OUT],
    'Name a service, or features with --features: one of the two.',
  ),
  run(
    'a service before anything is applied',
    ['profile', '--spine', 'visits.csv', ...OUT],
    'No service is registered yet. Run "shoreline apply".',
  ),
  run(
    '`--reproduce` with another spine',
    ['--reproduce', 'profile@1', '--spine', 'visits.csv'],
    '--reproduce takes everything from the manifest: leave the other options out.',
  ),
]

export interface SpineMistake {
  readonly place: string
  readonly what: string
  /** SQL of a Parquet file, or the text of another. */
  readonly spine:
    | { readonly sql: string }
    | { readonly file: string; readonly text: string }
    | { readonly query: string }
  readonly more: Partial<TrainingRequest>
  readonly message: string
}

function table(
  rows: readonly (readonly [string, SpineMistake['spine'], string, Partial<TrainingRequest>?])[],
): readonly SpineMistake[] {
  return rows.map(([what, spine, message, more = {}]) => ({ place: PLACE, what, spine, message, more }))
}

const csv = (...lines: readonly string[]): SpineMistake['spine'] => ({
  file: 'visits.csv',
  text: `${lines.join('\n')}\n`,
})
const HEADER = 'user_id,event_timestamp'
const rows = (sql: string): SpineMistake['spine'] => ({ sql })
const ROW = "select 'u1' as user_id, timestamp '2001-07-01 12:00:00' as event_timestamp"

/** Of the service `profile`, on 2 July 2001. */
export const SPINES: readonly SpineMistake[] = table([
  [
    'a spine without a join key',
    csv('userid,event_timestamp', 'u1,2001-07-01'),
    'the spine has no column of the join key user_id (string). It has userid, event_timestamp. Is it userid? Rename that column.',
  ],
  [
    'a spine without its timestamp',
    csv('user_id,seen_at', 'u1,2001-07-01'),
    'the spine has no column of the timestamp event_timestamp. It has user_id, seen_at. Name another column with --timestamp.',
  ],
  [
    'an instant in words',
    csv(HEADER, 'u1,2001-07-01', 'u2,yesterday'),
    'the spine: visits.csv, line 3: yesterday in the column event_timestamp is no timestamp. Correct the file.',
  ],
  [
    'the same in Parquet',
    rows(`${ROW.replace('timestamp ', '')} union all select 'u2', '1 July 2001'`),
    "the spine's row 2: event_timestamp is 1 July 2001, which is no instant. Write 2001-07-01T12:00:00Z, 2001-07-01 12:00:00+02:00 or 2001-07-01; without an offset it is in UTC.",
  ],
  [
    'an instant as a number',
    rows("select 'u1' as user_id, 994000000 as event_timestamp"),
    "the spine's column event_timestamp, the timestamp, is INTEGER and has to be timestamp. A number does not say its unit: write instants, as make_timestamp() of DuckDB or to_datetime() of pandas do.",
  ],
  [
    'an instant in the future',
    csv(HEADER, 'u1,2001-07-03'),
    "the spine's row 1: event_timestamp is 2001-07-03 00:00:00, later than 2001-07-02T00:00:00Z, which is now. What will be known then is not known yet: leave such rows out.",
  ],
  [
    'rows without a key',
    rows(`${ROW} union all select null, timestamp '2001-07-01' from range(2)`),
    "the spine's row 2: user_id is null. Every row names its entities: leave such rows out, or fill it in. 2 rows are so.",
  ],
  ['no rows', csv(HEADER), 'the spine has no rows, so there is nothing to join features to.'],
  [
    'a column with the name of a feature',
    csv(`${HEADER},clicks`, 'u1,2001-07-01,5'),
    "clicks would be there twice: as a column of the spine and as stats@1:clicks. Rename the spine's column, or take features with --full-names.",
  ],
  [
    'a request-time value that is missing',
    csv(`${HEADER},amonut`, 'u1,2001-07-01,5'),
    'the spine has no column of the request-time value amount (float64). It has user_id, event_timestamp, amonut. Is it amonut? Rename that column.',
    { subject: { service: 'priced' } },
  ],
  [
    'a value that is not of its type',
    rows(`${ROW}, '5 dollars' as amount`),
    "the spine's row 1: amount is 5 dollars, which is no float64.",
    { subject: { service: 'priced' } },
  ],
  [
    '`--types` of a column that there is not',
    csv(HEADER, 'u1,2001-07-01'),
    '--types late:bool: the spine has no column late. It has user_id, event_timestamp.',
    { types: [{ name: 'late', type: 'bool' }] },
  ],
  [
    'a spreadsheet',
    { file: 'visits.xlsx', text: 'PK' },
    'the spine visits.xlsx is in no format that its name tells. It ends in .parquet, .csv, .ndjson or .jsonl, the text formats with .gz too.',
  ],
  [
    '`--spine-sql` over a table that is no source',
    { query: 'select * from visits' },
    'the spine: Table with name visits does not exist! Its tables are the sources that are registered: "shoreline plan" and GET /v1/registry list them.',
  ],
  [
    '`--spine-sql` that depends on the moment',
    { query: 'select user_id, now() as event_timestamp from events' },
    'the spine: sql uses now(), so it would yield other rows each time it runs. Use $as_of, the instant that the features are as of.',
  ],
  [
    'a service by another name',
    csv(HEADER, 'u1,2001-07-01'),
    'There is no service profil. Did you mean profile?',
    { subject: { service: 'profil' } },
  ],
  [
    'features of one name',
    csv(HEADER, 'u1,2001-07-01'),
    'features: clicks is defined twice. Take them with --full-names, or in a service that renames one.',
    { subject: { features: ['stats:clicks', 'recent:clicks'] } },
  ],
  [
    'a feature without its view',
    csv(HEADER, 'u1,2001-07-01'),
    '"clicks" is not view:feature. Write the view, a colon and the feature, as in airport_delays:avg_delay_7d.',
    { subject: { features: ['clicks'] } },
  ],
  [
    'a split that is none',
    csv(HEADER, 'u1,2001-07-01'),
    '--split random:0.9/0.2 is no split. Write time:0.8 or random:0.8/0.1/0.1: two shares are train and test, three train, validation and test, and they add up to 1.',
    { split: { how: 'random:0.9/0.2' } },
  ],
  [
    'a split that leaves a part empty',
    csv(HEADER, 'u1,2001-07-01', 'u2,2001-07-01'),
    '--split would leave the part train without a row: too many rows are of one instant. Choose other shares, or split by chance.',
    { split: { how: 'time:0.5' } },
  ],
])

/** The views and services that they are of. */
export async function prepareSpines(desk: Desk): Promise<void> {
  await desk.parquet('events.parquet', "select 'u1' as user_id, timestamp '2001-07-01' as seen_at, 5 as clicks")
  const user = entity('user', { joinKeys: { user_id: t.string() } })
  const events = parquetSource('events', { path: `file://${desk.path('events.parquet')}`, timestamp: 'seen_at' })
  const stats = featureView('stats', { entity: user, source: events, features: { clicks: t.int64() } })
  const recent = featureView('recent', { entity: user, source: events, ttl: '1d', features: { clicks: t.int64() } })
  const price = onDemandView('price', {
    inputs: [stats, request({ amount: t.float64() })],
    features: { price: t.float64() },
    sql: { price: 'clicks * amount' },
  })
  await desk.define({
    ...{ user, events, stats, recent, price },
    profile: featureService('profile', { features: [stats] }),
    priced: featureService('priced', { features: [price] }),
  })
}

/** What is said of it; paths are those of the folder where the person is. */
export async function trySpine(desk: Desk, { spine, more }: SpineMistake): Promise<string> {
  const given =
    'query' in spine
      ? { sql: spine.query }
      : {
          files:
            'sql' in spine ? await desk.parquet('visits.parquet', spine.sql) : await desk.write(spine.file, spine.text),
        }
  return desk.train({ subject: { service: 'profile' }, spine: given, ...more }).then(
    () => 'it was taken',
    (thrown: unknown) => messageOf(thrown).replaceAll(`${desk.folder}/`, ''),
  )
}
