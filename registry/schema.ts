/**
 * The tables of D1. It is the truth about what is registered and published; KV holds copies for readers.
 * Migrations are additive and there are no cascades: D1 applies them under a live Worker.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One row per apply that changed something. `snapshot` is the beginning of what `registry/<n>` holds. */
export const registryRevisions = sqliteTable('registry_revisions', {
  revision: integer('revision').primaryKey(),
  snapshot: text('snapshot').notNull(),
  changes: text('changes').notNull(),
  appliedBy: text('applied_by'),
  commit: text('commit_id'),
  appliedAt: integer('applied_at').notNull(),
})

/** What of a snapshot comes after its beginning: a row of D1 holds 2 MB. */
export const registryParts = sqliteTable(
  'registry_parts',
  {
    revision: integer('revision').notNull(),
    /** From 1 on. */
    part: integer('part').notNull(),
    text: text('text').notNull(),
  },
  (table) => [primaryKey({ columns: [table.revision, table.part] })],
)

/** What DuckDB found in the sources when they were last checked: columns of sources, lineage of view versions. */
export const registryFacts = sqliteTable(
  'registry_facts',
  {
    kind: text('kind', { enum: ['source', 'view'] }).notNull(),
    /** The source's name, or `view@version`. */
    object: text('object').notNull(),
    facts: text('facts').notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.object] })],
)

/** Every version of every object, and the registry revision that brought it. */
export const registryObjects = sqliteTable(
  'registry_objects',
  {
    kind: text('kind', { enum: ['entity', 'source', 'view', 'service'] }).notNull(),
    name: text('name').notNull(),
    /** 0 for entities and sources, which have none of their own: views carry them as they were. */
    version: integer('version').notNull(),
    definition: text('definition').notNull(),
    registry: integer('registry').notNull(),
    /** What the apply did to it. */
    change: text('change').notNull().default('created'),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name, table.version, table.registry] })],
)

export const plans = sqliteTable('plans', {
  hash: text('hash').primaryKey(),
  plan: text('plan').notNull(),
})

/** The primary key is the compare-and-swap: whoever inserts revision n + 1 first has published. */
export const revisions = sqliteTable('revisions', {
  revision: integer('revision').primaryKey(),
  registry: integer('registry').notNull(),
  head: text('head').notNull(),
  /** What made it, for a person: "apply", "publish airport_delays@1 7", "rollback airport_delays@1 to 6". */
  reason: text('reason').notNull(),
  createdAt: integer('created_at').notNull(),
})

/** `reclaimed`: its blocks and rows are deleted, and what it did is still told. */
export const RUN_STATES = [
  'started',
  'computed',
  'published',
  'failed',
  'superseded',
  'cancelled',
  'reclaimed',
] as const

/** Of a run that is under way, or that a sync may finish. */
export const OPEN_STATES = ['started', 'computed'] as const

export const runs = sqliteTable(
  'runs',
  {
    id: text('id').primaryKey(),
    /** `view@version` */
    view: text('view').notNull(),
    snapshot: integer('snapshot').notNull(),
    /** Decided once the rows are computed. */
    kind: text('kind', { enum: ['base', 'overlay'] }).notNull(),
    /** Of an overlay: JSON of the base that it lies on, `{snapshot, pointer}`. */
    base: text('base'),
    /** Where its blocks go. */
    store: text('store', { enum: ['kv', 'd1'] })
      .notNull()
      .default('kv'),
    state: text('state', { enum: RUN_STATES }).notNull(),
    /** Hash of everything that decides the rows: definition, source objects, an explicit as-of. */
    input: text('input').notNull(),
    /** JSON: the pinned source objects, `[{uri, etag, size}]`. */
    sources: text('sources').notNull(),
    /** Microseconds: events and creations after it are left out. */
    asOf: integer('as_of').notNull(),
    /** Set once computed. */
    rows: integer('row_count'),
    blocks: integer('block_count'),
    /** Blocks of an overlay's filter; they follow the blocks of rows and are uploaded like them. */
    filters: integer('filter_count').notNull().default(0),
    /** Rows that differ from the snapshot that was online before; tombstones included. */
    changed: integer('changed_count'),
    /** False when it took a part of the sources' events (`--from`, `--to`): others may have been left as they were. */
    whole: integer('whole', { mode: 'boolean' }).notNull().default(true),
    /** Rows that its blocks hold, tombstones included. */
    stored: integer('stored_count'),
    watermark: integer('watermark'),
    /** The first event that was left out because it lies after `as_of`: from then on the same sources give other rows. */
    nextEvent: integer('next_event'),
    /** JSON: the snapshot's Parquet objects in the lake. */
    parts: text('parts'),
    /** JSON: statistics of every feature of the whole snapshot. */
    statistics: text('statistics'),
    /** JSON: what each declared check found. */
    checks: text('checks'),
    /** JSON: what the sync reported once it was done. */
    report: text('report'),
    error: text('error'),
    startedAt: integer('started_at').notNull(),
    finishedAt: integer('finished_at'),
    /** When gc found that nothing names it; it is deleted an hour later. */
    markedAt: integer('marked_at'),
  },
  (table) => [index('runs_by_view').on(table.view, table.snapshot)],
)

/** Who materializes a view now. A sync that died stops renewing, and its lease runs out. */
export const leases = sqliteTable('leases', {
  /** `view@version` */
  view: text('view').primaryKey(),
  /** Host, process and a random part, for a person to find it. */
  holder: text('holder').notNull(),
  /** Milliseconds since the epoch. */
  acquiredAt: integer('acquired_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

/** Source objects, as they were when they did harm, that syncs and training leave out until they are released. */
export const quarantine = sqliteTable(
  'quarantine',
  {
    uri: text('uri').notNull(),
    etag: text('etag').notNull(),
    /** The `view@version` whose rollback put it here, and its snapshot that read it first. */
    view: text('view').notNull(),
    snapshot: integer('snapshot').notNull(),
    at: integer('at').notNull(),
    releasedAt: integer('released_at'),
  },
  (table) => [primaryKey({ columns: [table.uri, table.etag] })],
)

/** What somebody asked the sync service to do. */
export const syncRequests = sqliteTable('sync_requests', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** JSON: the views' names; empty for all. */
  views: text('views').notNull(),
  /** Bounds of event timestamps, microseconds since the epoch. */
  from: integer('from_event'),
  to: integer('to_event'),
  requestedAt: integer('requested_at').notNull(),
  /** By whom of `sync_services`, and when. */
  takenBy: text('taken_by'),
  takenAt: integer('taken_at'),
})

/** Sync services, and when they were last heard of. */
export const syncServices = sqliteTable('sync_services', {
  name: text('name').primaryKey(),
  startedAt: integer('started_at').notNull(),
  seenAt: integer('seen_at').notNull(),
})

/** Views that somebody was told about because they were past their freshness, until they are fresh again. */
export const alerts = sqliteTable('alerts', {
  /** `view@version` */
  view: text('view').primaryKey(),
  since: integer('since').notNull(),
  sentAt: integer('sent_at').notNull(),
})

/** Which blocks of a run are in KV: asked instead of KV, where a miss would be cached. */
export const uploads = sqliteTable(
  'uploads',
  {
    run: text('run').notNull(),
    first: integer('first_block').notNull(),
    count: integer('block_count').notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.first] })],
)

/** Blocks of runs that are online in D1. Without a rowid, so that a block is one row written and not two. */
export const onlineBlocks = sqliteTable(
  'online_blocks',
  {
    /** `view@version` */
    view: text('view').notNull(),
    run: text('run').notNull(),
    block: integer('block').notNull(),
    text: text('text').notNull(),
  },
  (table) => [primaryKey({ columns: [table.view, table.run, table.block] })],
)

/** Rows that were pushed, one per view and key: `{feature: [value, event, created]}`, the newest of each feature. */
export const pushedRows = sqliteTable(
  'pushed_rows',
  {
    /** The `view@version` that owns the runs. */
    view: text('view').notNull(),
    key: text('key').notNull(),
    payload: text('payload').notNull(),
    /** The newest event timestamp among them, microseconds since the epoch. */
    newest: integer('newest').notNull(),
  },
  (table) => [primaryKey({ columns: [table.view, table.key] })],
)

/** Pushed rows on their way to the lake, written with the rows that are served. */
export const outbox = sqliteTable('outbox', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  source: text('source').notNull(),
  /** JSON: the rows of one request, as they are kept. */
  rows: text('rows').notNull(),
  createdAt: integer('created_at').notNull(),
})

export const snapshots = sqliteTable(
  'snapshots',
  {
    view: text('view').notNull(),
    snapshot: integer('snapshot').notNull(),
    /** JSON: the view's entry in a head that serves this snapshot. */
    pointer: text('pointer').notNull(),
    rows: integer('row_count').notNull(),
    watermark: integer('watermark'),
    parts: text('parts').notNull(),
    /** The revision that published it first. */
    revision: integer('revision').notNull(),
    createdAt: integer('created_at').notNull(),
    /** Set when gc has marked it: it cannot be rolled back to any more. */
    markedAt: integer('marked_at'),
  },
  (table) => [primaryKey({ columns: [table.view, table.snapshot] })],
)

/** `started`: a number that a sync was given; its files may never come. */
export const TRAINING_SET_STATES = ['started', 'complete'] as const

/** Versions of training sets. The primary key is the compare-and-swap: no number is given twice. */
export const trainingSets = sqliteTable(
  'training_sets',
  {
    name: text('name').notNull(),
    version: integer('version').notNull(),
    state: text('state', { enum: TRAINING_SET_STATES }).notNull(),
    /** Hash of what makes it another set: its content, service, features, spine and options. */
    identity: text('identity').notNull(),
    /** Hash of the content. */
    hash: text('hash').notNull(),
    /** `service@version`; null for a list of features. */
    service: text('service'),
    rows: integer('row_count').notNull(),
    features: integer('feature_count').notNull(),
    /** JSON; null where nothing is split. */
    split: text('split'),
    /** Milliseconds since the epoch. */
    createdAt: integer('created_at').notNull(),
    /** JSON: the manifest without its lists of objects, and without statistics. Null until it is complete. */
    description: text('description'),
    /** JSON: statistics of every feature. Null until it is complete. */
    statistics: text('statistics'),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    index('training_sets_by_age').on(table.state, table.createdAt),
  ],
)

/** Who may call. A revoked or expired key keeps its row: the list says what there was. */
export const apiKeys = sqliteTable('api_keys', {
  /** The public part of the key, between its underscores. */
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  description: text('description'),
  /** SHA-256 of the secret part, hex. The secret itself is nowhere. */
  hash: text('secret_sha256').notNull(),
  /** JSON: `["features:read:flight_delay"]`. They never change: another set of scopes is another key. */
  scopes: text('scopes').notNull(),
  /** The id of the key that created it; "admin" for the Worker's secret. */
  createdBy: text('created_by').notNull(),
  /** Milliseconds since the epoch, like the following. */
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
  /** To the minute. */
  lastUsedAt: integer('last_used_at'),
})
