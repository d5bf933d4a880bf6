/**
 * Everything that can be asked over HTTP, in one table: what a route takes, what it answers, how it refuses. Scopes are not
 * here: `worker/auth/routes.ts` says them. `test/workerd/openapi.test.ts` compares the table with the router both ways, and
 * real answers with what it says.
 */
import type * as z from 'zod'
import type { ErrorCode } from '../../core/errors.ts'
import { lineageQuery, searchQuery } from '../../registry/wire/catalog.ts'
import { feastMaterializeQuery } from '../../registry/wire/feast.ts'
import { quarantineQuery, runsQuery, uploadQuery } from '../../registry/wire/history.ts'
import { lakeObjectQuery } from '../../registry/wire/lake.ts'
import { trainingSetsQuery } from '../../registry/wire/training.ts'
import type { SchemaName } from './schemas.ts'
import { COMPLETED_EXAMPLE, STARTED_EXAMPLE } from './training-example.ts'

export const TAGS = {
  serving: 'Reading features.',
  pushing: 'Writing rows as they happen.',
  feast: 'For a Feast SDK with a remote online store.',
  catalog: 'What is registered, and what is online.',
  registry: 'Changing what is registered.',
  publishing: 'What the sync asks for: runs, their blocks, and what goes online.',
  history: 'Looking back and putting right: runs, rollbacks, quarantine, reclaiming, repair.',
  training: 'Training sets: registering them, and what there is.',
  access: 'API keys and browser tokens.',
  service: 'About this Worker.',
} as const

/** Headers of requests that mean something here, beside the key. */
export const REQUEST_HEADERS = {
  'x-request-id': 'Taken over if it is 1 to 128 of A-Z a-z 0-9 _ . : -; always answered.',
  'x-shoreline-revision': 'Answer from exactly this retained revision.',
  'x-shoreline-min-revision': 'Answer from this revision or a later one.',
  'x-shoreline-bookmark': 'What a push answered: see at least that write.',
  'if-none-match': 'An etag: 304 without a body while it is the same.',
  'if-match': 'The etag that was listed, in quotes: another version is CONFLICT.',
  range: 'bytes=first-last, one range with both ends.',
} as const

export const ANSWER_HEADERS = {
  'x-request-id': "The request's own, or one of ours: it finds the request in the log.",
  'x-shoreline-now': "The instant that ttl and max_age were measured from, the deployment's own.",
  'x-shoreline-revision': 'The revision that was answered from.',
  'x-shoreline-bookmark': 'A read that sends it back sees at least this write.',
  'server-timing': 'How many keys were read, and how many on-demand views computed.',
  'x-shoreline-degraded': 'true on an answer from an old head or an earlier revision, where the body does not say it.',
  etag: 'Of what was answered.',
  'cache-control': 'How long the answer may be kept.',
  'content-range': 'Which bytes these are, and of how many.',
  'retry-after': 'Seconds after which asking again makes sense.',
  'www-authenticate': 'Bearer.',
} as const
export type AnswerHeader = keyof typeof ANSWER_HEADERS

export interface Answer {
  readonly description: string
  /** Of a JSON body; without it and `media` there is none. */
  readonly schema?: SchemaName
  /** Of a body that is not of that schema: instead of it, or beside it for who asks for this type in `Accept`. */
  readonly media?: string
  /** Beside `x-request-id`. */
  readonly headers?: readonly AnswerHeader[]
}

export type RequestBody =
  | { readonly schema: SchemaName; readonly example: unknown }
  /** Lines of text. */
  | { readonly media: 'text/plain'; readonly description: string }

export interface Operation {
  /** The `operationId`. */
  readonly id: string
  readonly tag: keyof typeof TAGS
  readonly summary: string
  readonly description?: string
  /** What the parts of the path are, by name. */
  readonly path?: Readonly<Record<string, string>>
  readonly query?: z.ZodType
  /** Any name may be in the query: what it means. */
  readonly fields?: string
  readonly headers?: readonly Exclude<keyof typeof REQUEST_HEADERS, 'x-request-id'>[]
  readonly body?: RequestBody
  readonly answers: Readonly<Record<number, Answer>>
  /**
   * What it refuses with, beside what every route does: MALFORMED and TOO_LARGE of a body, what is wrong with a key, and what
   * fails on our side.
   */
  readonly errors: readonly ErrorCode[]
  /** Refusals are in Feast's form, and a body that is none is 422. */
  readonly feast?: true
}

const OBJECT = 'A name; of views and services also name@version. Without a version the newest is meant.'
const SERVICE = 'service or service@version.'
const RUN = 'As POST /v1/runs answered it.'
const SERVED: readonly AnswerHeader[] = ['x-shoreline-revision', 'server-timing', 'x-shoreline-bookmark']
const SAME = 'Nothing has changed.'
const PINNING = ['x-shoreline-revision', 'x-shoreline-min-revision', 'x-shoreline-bookmark'] as const

/** By method and path, as the router has them. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /v1/features': {
    id: 'readFeatures',
    tag: 'serving',
    summary: 'Features of up to 1,000 rows',
    description:
      'Rows are answered in the order of the request, duplicates kept. Name a service, or features as view:feature. int64 values are JSON integers of any size, and are taken as decimal strings, too. Integers of an answer may be beyond 2^53: read them with a parser that keeps them.',
    headers: PINNING,
    body: {
      schema: 'FeaturesRequest',
      example: { service: 'flight_delay', rows: [{ origin: 'SFO', destination: 'JFK' }] },
    },
    answers: {
      200: {
        description: 'The features; as an Arrow stream for who asks for it in Accept.',
        schema: 'FeaturesAnswer',
        media: 'application/vnd.apache.arrow.stream',
        headers: [...SERVED, 'x-shoreline-now', 'x-shoreline-degraded'],
      },
    },
    errors: ['UNKNOWN_NAME', 'CONFLICT', 'NOT_MATERIALIZED', 'INVALID'],
  },
  'GET /v1/services/:service/features': {
    id: 'readOneRow',
    tag: 'serving',
    summary: 'Features of one row',
    path: { service: SERVICE },
    fields: "The row: each of the service's join keys once.",
    headers: [...PINNING, 'if-none-match'],
    answers: {
      200: {
        description: 'The same as POST /v1/features answers.',
        schema: 'FeaturesAnswer',
        headers: [...SERVED, 'x-shoreline-now', 'etag', 'cache-control'],
      },
      304: {
        description: 'Values and statuses are the same.',
        headers: [...SERVED, 'x-shoreline-now', 'etag', 'cache-control'],
      },
    },
    errors: ['MALFORMED', 'UNKNOWN_NAME', 'CONFLICT', 'NOT_MATERIALIZED', 'INVALID'],
  },
  'GET /v1/services/:service/plan': {
    id: 'readPlan',
    tag: 'serving',
    summary: 'Keys and features of a service, with their types',
    description: 'To a browser token, what it may read: public features, and whatever those are computed from.',
    path: { service: SERVICE },
    headers: ['if-none-match'],
    answers: {
      200: { description: 'The plan.', schema: 'PlanAnswer', headers: ['etag'] },
      304: { description: SAME, headers: ['etag'] },
    },
    errors: ['UNKNOWN_NAME', 'NOT_MATERIALIZED'],
  },

  'POST /v1/push/:source': {
    id: 'pushRows',
    tag: 'pushing',
    summary: 'Up to 1,000 rows into a push source; all are checked before any is written',
    path: { source: 'The name of a push source.' },
    body: {
      schema: 'PushRequest',
      example: { rows: [{ user_id: 'ada', cart_value: 12.5, event_timestamp: '2001-07-01T06:00:00Z' }] },
    },
    answers: { 200: { description: 'Written.', schema: 'PushAnswer', headers: ['x-shoreline-bookmark'] } },
    errors: ['UNKNOWN_NAME', 'INVALID'],
  },

  'POST /get-online-features': {
    id: 'feastReadFeatures',
    tag: 'feast',
    feast: true,
    summary: 'Features by column',
    headers: PINNING,
    body: {
      schema: 'FeastFeaturesRequest',
      example: { feature_service: 'flight_delay', entities: { origin: ['SFO'], destination: ['JFK'] } },
    },
    answers: {
      200: {
        description: 'The features.',
        schema: 'FeastFeaturesAnswer',
        headers: [...SERVED, 'x-shoreline-degraded'],
      },
    },
    errors: ['MALFORMED', 'UNKNOWN_NAME', 'CONFLICT', 'NOT_MATERIALIZED', 'INVALID'],
  },
  'POST /push': {
    id: 'feastPush',
    tag: 'feast',
    feast: true,
    summary: 'Rows into a push source, by column',
    body: {
      schema: 'FeastPushRequest',
      example: {
        push_source_name: 'carts',
        df: { user_id: ['ada'], cart_value: [12.5], event_timestamp: ['2001-07-01T06:00:00Z'] },
        to: 'online',
      },
    },
    answers: { 200: { description: 'Written; there is no body.', headers: ['x-shoreline-bookmark'] } },
    errors: ['MALFORMED', 'INVALID'],
  },
  'POST /write-to-online-store': {
    id: 'feastWrite',
    tag: 'feast',
    feast: true,
    summary: "Rows of a view into the view's push source, by column",
    body: {
      schema: 'FeastWriteRequest',
      example: {
        feature_view_name: 'cart',
        df: { user_id: ['ada'], cart_value: [12.5], event_timestamp: ['2001-07-01T06:00:00Z'] },
      },
    },
    answers: { 200: { description: 'null.', schema: 'FeastWritten', headers: ['x-shoreline-bookmark'] } },
    errors: ['MALFORMED', 'UNKNOWN_NAME', 'INVALID'],
  },
  'POST /materialize': materialized('feastMaterialize', 'Events between two instants', {
    schema: 'FeastMaterializeRequest',
    example: { start_ts: '2001-06-01T00:00:00Z', end_ts: '2001-07-01T00:00:00Z', feature_views: ['airport_delays'] },
  }),
  'POST /materialize-incremental': materialized('feastMaterializeIncremental', 'What is new', {
    schema: 'FeastMaterializeIncrementalRequest',
    example: { end_ts: '2001-07-01T06:00:00Z' },
  }),
  'POST /search': refused('feastSearch', 'There is no vector search', 'FeastSearchRequest'),
  'POST /retrieve-online-documents': refused(
    'feastRetrieveDocuments',
    'There is no vector search',
    'FeastSearchRequest',
  ),

  'GET /v1/head': {
    id: 'readHead',
    tag: 'catalog',
    summary: 'What is online',
    answers: { 200: { description: 'Per view version: snapshot, rows, watermark.', schema: 'HeadAnswer' } },
    errors: [],
  },
  'GET /v1/code': {
    id: 'readCode',
    tag: 'catalog',
    summary: 'The on-demand code in this Worker, and what retained versions need',
    answers: { 200: { description: 'Hashes.', schema: 'CodeAnswer' } },
    errors: [],
  },
  'GET /v1/registry': {
    id: 'readRegistry',
    tag: 'catalog',
    summary: 'Everything registered, retained versions included',
    answers: { 200: { description: 'Lists sorted by name, then version.', schema: 'RegistryAnswer' } },
    errors: [],
  },
  'GET /v1/registry/entities/:object': describe('entity', 'EntityDescription'),
  'GET /v1/registry/sources/:object': describe('source', 'SourceDescription'),
  'GET /v1/registry/views/:object': describe('view', 'ViewDescription'),
  'GET /v1/registry/services/:object': describe('service', 'ServiceDescription'),
  'GET /v1/registry/lineage': {
    id: 'readLineage',
    tag: 'catalog',
    summary: 'What is computed from what',
    query: lineageQuery,
    answers: { 200: { description: 'A graph.', schema: 'LineageAnswer' } },
    errors: ['MALFORMED', 'UNKNOWN_NAME', 'INVALID'],
  },
  'GET /v1/registry/search': {
    id: 'search',
    tag: 'catalog',
    summary: 'What is defined, ranked by where the words are found',
    query: searchQuery,
    answers: { 200: { description: 'The best hits.', schema: 'SearchAnswer' } },
    errors: ['MALFORMED'],
  },
  'GET /v1/views/:view/snapshots': {
    id: 'listSnapshots',
    tag: 'catalog',
    summary: 'The snapshots of a view',
    path: { view: 'view or view@version.' },
    answers: { 200: { description: 'Newest first.', schema: 'SnapshotsAnswer' } },
    errors: ['UNKNOWN_NAME'],
  },

  'POST /v1/registry/plan': {
    id: 'planRegistry',
    tag: 'registry',
    summary: 'What applying definitions would do; changes nothing',
    body: { schema: 'PlanRegistryRequest', example: { definitions: emptyDefinitions() } },
    answers: { 200: { description: 'The plan.', schema: 'PlanRegistryAnswer' } },
    errors: ['INVALID'],
  },
  'POST /v1/registry/apply': {
    id: 'applyRegistry',
    tag: 'registry',
    summary: 'Applies definitions, all or nothing',
    description:
      'The definitions are the whole of what is defined. 409 when the registry is not the planned one, when it is destructive and not yes, or when its on-demand code is not in this Worker.',
    body: { schema: 'ApplyRequest', example: { definitions: emptyDefinitions(), registry: 0 } },
    answers: { 200: { description: 'What changed.', schema: 'ApplyAnswer' } },
    errors: ['CONFLICT', 'INVALID'],
  },
  'POST /v1/registry/retire': {
    id: 'retireVersions',
    tag: 'registry',
    summary: 'Removes versions that nothing uses',
    body: { schema: 'RetireRequest', example: { objects: ['flight_delay@1'] } },
    answers: { 200: { description: 'What was removed.', schema: 'ApplyAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },

  'POST /v1/runs': {
    id: 'startRun',
    tag: 'publishing',
    summary: 'Pins the sources of a view, and starts or resumes a run',
    body: {
      schema: 'StartRunRequest',
      example: {
        view: 'airport_delays',
        sources: [
          {
            uri: 'r2://offline/flights/year=2001/data.parquet',
            etag: '9a0364b9e99bb480dd25e1f0284c8555',
            size: 1048576,
          },
        ],
      },
    },
    answers: { 200: { description: 'What the sync is to do.', schema: 'StartRunAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/runs/:run/computed': {
    id: 'recordComputed',
    tag: 'publishing',
    summary: 'What was computed: rows, blocks, watermark, Parquet objects',
    path: { run: RUN },
    body: {
      schema: 'ComputedRequest',
      example: {
        kind: 'base',
        rows: 1,
        changed: 1,
        stored: 1,
        blocks: 1,
        filters: 0,
        watermark: 994_000_000_000_000,
        next_event: null,
        parts: ['_shoreline/snapshots/airport_delays@1/7/part-0.parquet'],
      },
    },
    answers: { 200: { description: 'Noted.', schema: 'RunAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT', 'INVALID'],
  },
  'PUT /v1/runs/:run/blocks/:first': {
    id: 'uploadBlocks',
    tag: 'publishing',
    summary: 'Up to 500 consecutive blocks, checked before they are written',
    path: { run: RUN, first: 'The number of the first block, from 0.' },
    query: uploadQuery,
    body: { media: 'text/plain', description: 'One block a line (docs/storage.md), at most 8 MB.' },
    answers: { 200: { description: 'Written.', schema: 'UploadAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT', 'INVALID'],
  },
  'POST /v1/runs/:run/fail': {
    id: 'failRun',
    tag: 'publishing',
    summary: 'Ends a run that cannot be completed',
    path: { run: RUN },
    body: { schema: 'FailRunRequest', example: { error: 'late_share_7d overflows' } },
    answers: { 200: { description: 'Noted.', schema: 'RunAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/runs/:run/lease': {
    id: 'renewLease',
    tag: 'publishing',
    summary: 'Keeps others from materializing the view while the run goes on',
    path: { run: RUN },
    body: { schema: 'RenewRequest', example: { holder: 'sync-1/4711/7c1a9e' } },
    answers: { 200: { description: 'Renewed.', schema: 'LeaseAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/runs/:run/report': {
    id: 'reportRun',
    tag: 'publishing',
    summary: 'What a sync says it did, kept with the run',
    path: { run: RUN },
    body: { schema: 'ReportRequest', example: { report: { view: 'airport_delays@1', kv_writes: 8 } } },
    answers: { 200: { description: 'Noted.', schema: 'RunAnswer' } },
    errors: ['UNKNOWN_NAME'],
  },
  'GET /v1/runs': {
    id: 'listRuns',
    tag: 'history',
    summary: 'Materializations, newest first; of one view, or those that read a source object',
    query: runsQuery,
    answers: { 200: { description: 'What became of each.', schema: 'RunsAnswer' } },
    errors: ['MALFORMED', 'UNKNOWN_NAME'],
  },
  'GET /v1/runs/:run': {
    id: 'describeRun',
    tag: 'history',
    summary: 'All that is known of a run: what it read, its statistics, its checks, its report',
    path: { run: RUN },
    answers: { 200: { description: 'The run.', schema: 'RunDescription' } },
    errors: ['UNKNOWN_NAME'],
  },
  'POST /v1/runs/:run/cancel': {
    id: 'cancelRun',
    tag: 'history',
    summary: 'Ends a run that is under way; its view is free for another at once',
    path: { run: RUN },
    answers: { 200: { description: 'Cancelled.', schema: 'RunAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/publish': {
    id: 'publishRuns',
    tag: 'publishing',
    summary: 'Puts runs online, all of them in one flip',
    body: { schema: 'PublishRequest', example: { runs: ['7-3fa9c1d2'] } },
    answers: { 200: { description: 'Published.', schema: 'PublishAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/rollback': {
    id: 'rollBack',
    tag: 'history',
    summary: 'Takes views back to an earlier snapshot, and holds them there',
    body: {
      schema: 'RollbackRequest',
      example: { views: ['airport_delays'], targets: { airport_delays: 6 }, quarantine: true },
    },
    answers: { 200: { description: 'Rolled back.', schema: 'RollbackAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/hold': {
    id: 'holdViews',
    tag: 'history',
    summary: 'Keeps views at what they serve: syncs compute and do not publish them',
    body: { schema: 'HoldRequest', example: { views: ['airport_delays'] } },
    answers: { 200: { description: 'Held.', schema: 'PublishAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/runs/:run/missing': {
    id: 'findMissingBlocks',
    tag: 'history',
    summary: 'Which blocks of a published run its store has lost; a thousand blocks a call',
    path: { run: RUN },
    body: { schema: 'MissingBlocksRequest', example: { from: 0 } },
    answers: { 200: { description: 'What is missing.', schema: 'MissingBlocksAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'POST /v1/gc': {
    id: 'collectGarbage',
    tag: 'history',
    summary: 'Reclaims snapshots that are past their retention and that nothing needs',
    description:
      'First marks them, so that nobody can go back to them, and deletes them in a call that comes an hour later. A call does what one invocation may.',
    body: { schema: 'GcRequest', example: { dry_run: true } },
    answers: { 200: { description: 'What was marked, and what was freed.', schema: 'GcAnswer' } },
    errors: ['INVALID', 'CONFLICT'],
  },
  'GET /v1/quarantine': {
    id: 'listQuarantine',
    tag: 'history',
    summary: 'Source objects that syncs and training leave out',
    query: quarantineQuery,
    answers: { 200: { description: 'What is in quarantine.', schema: 'QuarantineAnswer' } },
    errors: ['MALFORMED', 'UNKNOWN_NAME'],
  },
  'POST /v1/quarantine/release': {
    id: 'releaseObjects',
    tag: 'history',
    summary: 'Lets source objects in again',
    body: { schema: 'ReleaseRequest', example: { objects: [{ uri: 'r2://offline/flights/year=2001/data.parquet' }] } },
    answers: { 200: { description: 'Released.', schema: 'ReleaseAnswer' } },
    errors: ['UNKNOWN_NAME'],
  },
  'POST /v1/resume': {
    id: 'resumeViews',
    tag: 'history',
    summary: 'Lets syncs publish held views again',
    body: { schema: 'ResumeRequest', example: { views: ['airport_delays'] } },
    answers: { 200: { description: 'Resumed.', schema: 'PublishAnswer' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },

  'POST /v1/sync/heartbeat': {
    id: 'beat',
    tag: 'publishing',
    summary: 'A sync service is alive, and takes what it is asked for',
    description:
      'Every ten seconds. What it takes stays its own until it says that it is done, or is not heard of for a minute.',
    body: {
      schema: 'HeartbeatRequest',
      example: { name: 'sync-1/71/0d9c6a2e', started_at: '2001-07-01T06:00:00Z', done: [7] },
    },
    answers: { 200: { description: 'What is to be done.', schema: 'HeartbeatAnswer' } },
    errors: [],
  },
  'GET /v1/sync': {
    id: 'readSync',
    tag: 'publishing',
    summary: 'Sync services, and what they are asked for',
    answers: { 200: { description: 'What is there now.', schema: 'SyncAnswer' } },
    errors: [],
  },

  'POST /v1/training-sets': {
    id: 'startTrainingSet',
    tag: 'training',
    summary: 'Gives a training set its version',
    description:
      'The sync then uploads its files and its manifest to _shoreline/training/{name}/{version}/, and completes it. Where the newest version has the same content, service, features, options and spine, that one is answered and nothing is written.',
    body: { schema: 'StartTrainingRequest', example: { manifest: STARTED_EXAMPLE } },
    answers: { 200: { description: 'The version.', schema: 'TrainingSetStarted' } },
    errors: [],
  },
  'POST /v1/training-sets/:name/:version/complete': {
    id: 'completeTrainingSet',
    tag: 'training',
    summary: 'Registers a training set whose files are in the lake',
    description: 'From then on it is listed, and never changes. The same manifest may be sent again.',
    path: { name: 'As it was started.', version: 'As POST /v1/training-sets answered it.' },
    body: { schema: 'CompleteTrainingRequest', example: { manifest: COMPLETED_EXAMPLE } },
    answers: { 200: { description: 'What is registered.', schema: 'TrainingSetSummary' } },
    errors: ['UNKNOWN_NAME', 'CONFLICT'],
  },
  'GET /v1/training-sets': {
    id: 'listTrainingSets',
    tag: 'training',
    summary: 'Training sets, newest first',
    query: trainingSetsQuery,
    answers: { 200: { description: 'Those that are complete.', schema: 'TrainingSetsAnswer' } },
    errors: ['MALFORMED'],
  },
  'GET /v1/training-sets/:set': {
    id: 'readTrainingSet',
    tag: 'training',
    summary: 'One training set, with the statistics of its features',
    path: { set: 'name or name@version. Without a version the newest is meant.' },
    answers: {
      200: { description: 'Its manifest, with sources counted instead of listed.', schema: 'TrainingSetAnswer' },
    },
    errors: ['UNKNOWN_NAME'],
  },
  'GET /v1/lake/:service': {
    id: 'readLake',
    tag: 'training',
    summary: "A service's views as they are defined, and the objects of the lake that they read",
    description:
      'What shoreline/client/sql makes a training set of. Objects in quarantine are left out. Raw rows are nothing for browser tokens.',
    path: { service: SERVICE },
    answers: { 200: { description: 'Its plan, views and objects.', schema: 'LakeAnswer' } },
    errors: ['UNKNOWN_NAME', 'INVALID', 'TOO_LARGE'],
  },
  'GET /v1/lake/:service/object': {
    id: 'readLakeObject',
    tag: 'training',
    summary: 'Bytes of an object that a view of the service reads',
    path: { service: SERVICE },
    query: lakeObjectQuery,
    headers: ['if-match', 'range'],
    answers: {
      200: {
        description: 'The whole object.',
        media: 'application/vnd.apache.parquet',
        headers: ['etag', 'cache-control'],
      },
      206: {
        description: 'The range.',
        media: 'application/vnd.apache.parquet',
        headers: ['etag', 'cache-control', 'content-range'],
      },
    },
    errors: ['MALFORMED', 'UNKNOWN_NAME', 'INVALID', 'CONFLICT'],
  },

  'GET /v1/keys': {
    id: 'listKeys',
    tag: 'access',
    summary: 'API keys, without their secrets',
    answers: { 200: { description: 'Oldest first.', schema: 'KeysAnswer' } },
    errors: [],
  },
  'POST /v1/keys': {
    id: 'createKey',
    tag: 'access',
    summary: 'Makes an API key, shown in this answer only',
    body: {
      schema: 'CreateKeyRequest',
      example: { name: 'checkout service', scopes: ['features:read:flight_delay'], expires: '90d' },
    },
    answers: { 201: { description: 'The key.', schema: 'CreateKeyAnswer', headers: ['cache-control'] } },
    errors: ['INVALID'],
  },
  'POST /v1/keys/:key/revoke': {
    id: 'revokeKey',
    tag: 'access',
    summary: 'Ends a key',
    path: { key: 'The id, which is the part between the underscores.' },
    answers: { 200: { description: 'Revoked.', schema: 'RevokeKeyAnswer' } },
    errors: ['UNKNOWN_NAME'],
  },
  'POST /v1/tokens': {
    id: 'issueToken',
    tag: 'access',
    summary: 'A short-lived token for a page, that reads a few features of a few entities',
    body: {
      schema: 'IssueTokenRequest',
      example: { services: ['flight_delay'], entities: { origin: ['SFO'], destination: '*' }, ttl: '10m' },
    },
    answers: { 200: { description: 'The token.', schema: 'IssueTokenAnswer', headers: ['cache-control'] } },
    errors: ['UNKNOWN_NAME', 'INVALID'],
  },

  'GET /health': {
    id: 'readHealth',
    tag: 'service',
    summary: 'Whether the Worker answers; no store is asked',
    answers: { 200: { description: 'It does.', schema: 'HealthAnswer' } },
    errors: [],
  },
  'GET /openapi.json': {
    id: 'readOpenApi',
    tag: 'service',
    summary: 'This document',
    headers: ['if-none-match'],
    answers: {
      200: { description: 'OpenAPI 3.1.', media: 'application/json', headers: ['etag', 'cache-control'] },
      304: { description: SAME, headers: ['etag', 'cache-control'] },
    },
    errors: [],
  },
  'GET /metrics': {
    id: 'readMetrics',
    tag: 'service',
    summary: 'Counters, histograms and gauges of the deployment, for Prometheus',
    answers: { 200: { description: "Prometheus' text format, version 0.0.4.", media: 'text/plain' } },
    errors: [],
  },
  'GET /docs': {
    id: 'readDocs',
    tag: 'service',
    summary: 'A page to read this document, and to try it',
    headers: ['if-none-match'],
    answers: {
      200: { description: 'HTML.', media: 'text/html', headers: ['etag', 'cache-control'] },
      304: { description: SAME, headers: ['etag', 'cache-control'] },
    },
    errors: [],
  },
}

function describe(kind: string, schema: SchemaName): Operation {
  return {
    id: `read${schema.slice(0, -'Description'.length)}`,
    tag: 'catalog',
    summary: `One ${kind}: metadata, inherited labels, who uses it, history`,
    path: { object: OBJECT },
    answers: { 200: { description: 'All that is known about it.', schema } },
    errors: ['UNKNOWN_NAME'],
  }
}

/** What the sync service is asked for in Feast's words. */
function materialized(id: string, what: string, body: RequestBody): Operation {
  return {
    id,
    tag: 'feast',
    feast: true,
    summary: `${what}, to be materialized by the sync service`,
    description:
      'The request is recorded, and the answer does not wait for it. Without a sync service that is alive it is refused.',
    query: feastMaterializeQuery,
    body,
    answers: {
      200: { description: 'null: it is recorded.', schema: 'FeastWritten' },
      202: { description: 'The same, of async=true.', schema: 'FeastAccepted' },
    },
    errors: ['MALFORMED', 'UNKNOWN_NAME', 'INVALID'],
  }
}

/** Feast's servers have it and this one says why it does not. */
function refused(id: string, summary: string, schema: SchemaName): Operation {
  return {
    id,
    tag: 'feast',
    feast: true,
    summary: `${summary}: always refused`,
    body: { schema, example: schema === 'FeastMaterializeIncrementalRequest' ? { end_ts: '2001-07-01T00:00:00' } : {} },
    answers: {},
    errors: ['INVALID'],
  }
}

function emptyDefinitions() {
  return { entities: [], sources: [], views: [], services: [] }
}
