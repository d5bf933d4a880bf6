/** Every metric that `GET /metrics` answers: its type, its labels in order, and what one of it is. */

interface Definition {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

/** A door is an address, or a group of addresses that one kind of caller uses (`doors.ts`). */
export const METRICS = {
  shoreline_requests_total: {
    type: 'counter',
    labels: ['door', 'status'],
    help: 'Requests answered, by HTTP status.',
  },
  shoreline_request_seconds: {
    type: 'histogram',
    labels: ['door'],
    help: 'Seconds from a request to its answer. A Worker sees its clock move only while it waits for I/O: an answer from memory counts as 0.',
  },
  shoreline_unavailable_total: {
    type: 'counter',
    labels: [],
    help: 'Requests answered with 503, at any door.',
  },
  shoreline_degraded_total: {
    type: 'counter',
    labels: [],
    help: 'Answers with degraded: true: from a head that could not be read again, from an earlier revision, or without what was pushed.',
  },
  shoreline_feature_statuses_total: {
    type: 'counter',
    labels: ['view', 'status'],
    help: 'Feature values answered (rows times features of the view; what rows share counts once), by status.',
  },
  shoreline_block_cache_hits_total: {
    type: 'counter',
    labels: [],
    help: 'Rows looked up in a view whose block was in memory. A request that has to look again counts again.',
  },
  shoreline_block_cache_misses_total: {
    type: 'counter',
    labels: [],
    help: 'Rows looked up in a view whose block was not in memory.',
  },
  shoreline_kv_keys_read_total: {
    type: 'counter',
    labels: [],
    help: 'Keys asked of Workers KV for serving, second tries included; a key of a bulk get counts as one.',
  },
  shoreline_d1_reads_total: {
    type: 'counter',
    labels: [],
    help: 'Queries asked of D1 for serving, second tries included: blocks, pushed rows, API keys, what KV did not have.',
  },
  shoreline_store_retries_total: {
    type: 'counter',
    labels: ['store'],
    help: 'Reads, and writes that change nothing when done twice, that failed once and were tried again.',
  },
  shoreline_pushes_total: {
    type: 'counter',
    labels: ['source'],
    help: 'Pushes that were written.',
  },
  shoreline_pushed_rows_total: {
    type: 'counter',
    labels: ['source'],
    help: 'Rows of the pushes that were written, superseded ones included.',
  },
  shoreline_superseded_rows_total: {
    type: 'counter',
    labels: ['source'],
    help: 'Pushed rows that changed nothing, because all they named was newer already.',
  },
  shoreline_d1_up: {
    type: 'gauge',
    labels: [],
    help: '1 when D1 answered this scrape. When it did not, the gauges below are missing.',
  },
  shoreline_outbox_entries: {
    type: 'gauge',
    labels: [],
    help: 'Pushes that wait in D1 for the queue to the lake.',
  },
  shoreline_head_revision: {
    type: 'gauge',
    labels: [],
    help: 'The newest revision.',
  },
  shoreline_registry_revision: {
    type: 'gauge',
    labels: [],
    help: 'The registry revision of the newest revision.',
  },
  shoreline_head_age_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Seconds since the newest revision was committed.',
  },
  shoreline_watermark_age_seconds: {
    type: 'gauge',
    labels: ['view'],
    help: 'Seconds since the newest event timestamp of the snapshot that is online; missing when the snapshot has no rows.',
  },
  shoreline_view_held: {
    type: 'gauge',
    labels: ['view'],
    help: '1 while a rollback or a hold holds the view and syncs do not publish it.',
  },
} as const satisfies Readonly<Record<string, Definition>>

export type MetricName = keyof typeof METRICS

/** A number and what it is of. Histograms have one for each bucket, not cumulated, and one for the milliseconds in all. */
export type Cell = readonly [key: string, value: number]

/** As it travels and is stored: a JSON array of the metric and its labels' values. */
export function cellKey(metric: MetricName, ...labels: readonly (string | number)[]): string {
  return JSON.stringify([metric, ...labels])
}

export function definitionOf(metric: string): Definition | undefined {
  return Object.hasOwn(METRICS, metric) ? METRICS[metric as MetricName] : undefined
}

/** Upper bounds of the buckets, milliseconds; one more bucket is for what is slower. */
export const BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const
/** In the place of a bucket's number: the sum of all, milliseconds. */
export const SUM = 'sum'

/** What stands for names that are too many. */
export const OTHER = 'other'
