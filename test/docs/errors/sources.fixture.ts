/** Mistakes in sources, and in the files that they name. */
import { EVENTS, type Files, features, index, STATS, source, table, USER } from './mistake.fixture.ts'

/** Files that lie in `data/` beside every case; `errors-try.fixture.ts` writes them. */
function files(folder: string): Files {
  return source(`path: 'file://data/${folder}/*.parquet', timestamp: 'seen_at'`)
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

export const SOURCES = table('Sources', [
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
