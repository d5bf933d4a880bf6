/** Mistakes that the command itself is told of, against a deployment. */
import { EVENTS, index, type Mistake, over, STATS, source, USER } from './mistake.fixture.ts'

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
    what: 'a training set that is not registered',
    files: RIGHT,
    args: ['training-sets', 'late_flights@2', '--url', '<url>'],
    message: 'There is no training set late_flights@2. "shoreline training-sets" shows those that there are.',
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
    what: '`verify` where nothing is registered',
    files: RIGHT,
    args: ['verify', '--url', '<url>'],
    message: 'Nothing is registered that could be compared. Run "shoreline apply".',
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
