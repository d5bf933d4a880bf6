/** The control plane of one deployment, as the sync and the command line use it. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type ErrorCode, messageOf, ShorelineError } from '../core/errors.ts'
import { type Parsed, parseExact } from '../core/json.ts'
import type { Lineage } from '../registry/catalog/graph.ts'
import type { Definitions, RegistrySnapshot } from '../registry/objects.ts'
import type { TrainingManifest } from '../registry/training.ts'
import type { TrainingSetDescription, TrainingSetSummary } from '../registry/training-description.ts'
import type {
  ComputedRequest,
  FailRunRequest,
  HeadAnswer,
  LeaseAnswer,
  PublishAnswer,
  RenewRequest,
  ReportRequest,
  RollbackAnswer,
  SnapshotsAnswer,
  StartRunAnswer,
  StartRunRequest,
} from '../registry/wire/control.ts'
import type { FeaturesAnswer, PlanAnswer } from '../registry/wire/features.ts'
import type {
  GcAnswer,
  GcRequest,
  MissingBlocksAnswer,
  QuarantineAnswer,
  ReleaseAnswer,
  ReleaseRequest,
  RunAnswer,
  RunDescription,
  RunsAnswer,
} from '../registry/wire/history.ts'
import type { CreateKeyAnswer, CreateKeyRequest, KeysAnswer, RevokeKeyAnswer } from '../registry/wire/keys.ts'
import type { PushAnswer } from '../registry/wire/push.ts'
import type { ApplyAnswer, ApplyRequest, CodeAnswer, PlanRegistryAnswer } from '../registry/wire/registry.ts'
import type { HeartbeatAnswer, HeartbeatRequest } from '../registry/wire/sync.ts'
import type { TrainingSetStarted, TrainingSetsAnswer } from '../registry/wire/training.ts'
import { hasCode } from './lake/disk.ts'
import { Transient, withRetries } from './lake/retry.ts'

export interface ControlOptions {
  /** `http://127.0.0.1:8787`, without a slash at its end. */
  readonly url: string
  readonly key?: string | undefined
}

/** Which runs; all of them when nothing is said. */
export interface RunsOf {
  readonly view?: string | undefined
  readonly object?: string | undefined
  readonly limit?: number | undefined
}

export interface Control {
  readonly url: string
  head(): Promise<HeadAnswer>
  registry(): Promise<RegistrySnapshot>
  /** What a version of a view is computed from, with the tags of it. @param view `view@version` */
  lineage(view: string): Promise<Lineage>
  code(): Promise<CodeAnswer>
  /** What a client computes of a service. @param service `name` or `name@version` */
  servicePlan(service: string): Promise<PlanAnswer>
  plan(definitions: Definitions): Promise<PlanRegistryAnswer>
  apply(definitions: Definitions, options?: Omit<ApplyRequest, 'definitions'>): Promise<ApplyAnswer>
  /** @param objects `name@version` */
  retire(objects: readonly string[], options?: Pick<ApplyRequest, 'by' | 'commit'>): Promise<ApplyAnswer>
  startRun(request: StartRunRequest): Promise<StartRunAnswer>
  computed(run: string, computed: ComputedRequest): Promise<void>
  /** Blocks from number `first` on, one a line. */
  upload(run: string, first: number, blocks: string): Promise<void>
  /** @param found what checks and statistics said, where it came so far */
  failRun(run: string, error: string, found?: Pick<FailRunRequest, 'statistics' | 'checks'>): Promise<void>
  renewLease(run: string, request: RenewRequest): Promise<LeaseAnswer>
  /** What the sync says it did, kept with the run. */
  report(run: string, report: ReportRequest['report']): Promise<void>
  runs(of: RunsOf): Promise<RunsAnswer>
  run(run: string): Promise<RunDescription>
  cancelRun(run: string): Promise<RunAnswer>
  publish(runs: readonly string[]): Promise<PublishAnswer>
  /** @param targets a snapshot for each view, so that the call may be repeated */
  rollback(targets: Readonly<Record<string, number>>, quarantine: boolean): Promise<RollbackAnswer>
  hold(views: readonly string[]): Promise<PublishAnswer>
  resume(views: readonly string[]): Promise<PublishAnswer>
  snapshots(view: string): Promise<SnapshotsAnswer>
  /** @param from the first block to look at */
  missing(run: string, from: number): Promise<MissingBlocksAnswer>
  /** As `upload`, of a published run: only what its store has lost is written. */
  repair(run: string, first: number, blocks: string): Promise<void>
  /** One call does what an invocation may: again while the answer says that there is more. */
  gc(request: GcRequest): Promise<GcAnswer>
  /** What syncs and training leave out. @param view only what rollbacks of it put there */
  quarantine(view?: string): Promise<QuarantineAnswer>
  release(of: ReleaseRequest): Promise<ReleaseAnswer>
  /** A sync service is alive. @returns what it is asked for and has not done, all of it each time */
  heartbeat(request: HeartbeatRequest): Promise<HeartbeatAnswer>
  /**
   * A version of a training set, to which the sync then uploads.
   * @param manifest without a version, and files without keys
   * @returns `existing` when the newest version is the same set: there is nothing to upload or to complete
   */
  startTrainingSet(manifest: TrainingManifest): Promise<TrainingSetStarted>
  /** Its files are in the lake. @param manifest with the version, and every file's key in `trainingPrefix(name, version)` */
  completeTrainingSet(name: string, version: number, manifest: TrainingManifest): Promise<TrainingSetSummary>
  /** Newest first. @param name only its versions */
  trainingSets(name?: string, limit?: number): Promise<TrainingSetsAnswer>
  /** @param reference `name` for its newest version, or `name@version` */
  trainingSet(reference: string): Promise<TrainingSetDescription>
  /** @param rows each the JSON text of one */
  push(source: string, rows: readonly string[]): Promise<PushAnswer>
  /** One row of a service. @param minRevision answers from this revision or a later one */
  features(service: string, row: Readonly<Record<string, unknown>>, minRevision?: number): Promise<FeaturesAnswer>
  /** `POST /v1/features` at this revision, with every number of the answer exactly. @param body JSON text */
  ask(body: string, revision: number): Promise<Parsed>
  createKey(request: CreateKeyRequest): Promise<CreateKeyAnswer>
  keys(): Promise<KeysAnswer>
  revokeKey(id: string): Promise<RevokeKeyAnswer>
}

export function controlOf(options: ControlOptions): Control {
  const get = <T>(path: string): Promise<T> => call<T>(options, 'GET', path)
  const post = <T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<T> =>
    call<T>(options, 'POST', path, JSON.stringify(body), headers)
  return {
    url: options.url,
    head: () => get('/v1/head'),
    registry: () => get('/v1/registry'),
    lineage: (view) => get(`/v1/registry/lineage${queryOf({ of: `view:${view}`, direction: 'upstream' })}`),
    code: () => get('/v1/code'),
    servicePlan: (service) => get(`/v1/services/${encodeURIComponent(service)}/plan`),
    plan: (definitions) => post('/v1/registry/plan', { definitions }),
    apply: (definitions, given = {}) => post('/v1/registry/apply', { definitions, ...given }),
    retire: (objects, given = {}) => post('/v1/registry/retire', { objects, ...given }),
    startRun: (request) => post('/v1/runs', request),
    computed: async (run, computed) => void (await post(`/v1/runs/${run}/computed`, computed)),
    upload: async (run, first, blocks) =>
      void (await call(options, 'PUT', `/v1/runs/${run}/blocks/${first}`, await compressed(blocks), GZIP)),
    failRun: async (run, error, found = {}) =>
      void (await post(`/v1/runs/${run}/fail`, { error: error.slice(0, 5000), ...found })),
    renewLease: (run, request) => post(`/v1/runs/${run}/lease`, request),
    report: async (run, report) => void (await post(`/v1/runs/${run}/report`, { report })),
    runs: (of) => get(`/v1/runs${queryOf(of)}`),
    run: (run) => get(`/v1/runs/${encodeURIComponent(run)}`),
    cancelRun: (run) => post(`/v1/runs/${encodeURIComponent(run)}/cancel`, {}),
    publish: (runs) => post('/v1/publish', { runs }),
    rollback: (targets, quarantine) => post('/v1/rollback', { views: Object.keys(targets), targets, quarantine }),
    hold: (views) => post('/v1/hold', { views }),
    resume: (views) => post('/v1/resume', { views }),
    missing: (run, from) => post(`/v1/runs/${run}/missing`, { from }),
    repair: async (run, first, blocks) =>
      void (await call(options, 'PUT', `/v1/runs/${run}/blocks/${first}?repair=1`, await compressed(blocks), GZIP)),
    gc: (request) => post('/v1/gc', request),
    quarantine: (view) => get(`/v1/quarantine${queryOf({ view })}`),
    release: (of) => post('/v1/quarantine/release', of),
    snapshots: (view) => get(`/v1/views/${encodeURIComponent(view)}/snapshots`),
    heartbeat: (request) => post('/v1/sync/heartbeat', request),
    startTrainingSet: (manifest) => post('/v1/training-sets', { manifest }),
    completeTrainingSet: (name, version, manifest) =>
      post(`/v1/training-sets/${encodeURIComponent(name)}/${version}/complete`, { manifest }),
    trainingSets: (name, limit) => get(`/v1/training-sets${queryOf({ name, limit })}`),
    trainingSet: (reference) => get(`/v1/training-sets/${encodeURIComponent(reference)}`),
    push: (source, rows) =>
      call(options, 'POST', `/v1/push/${encodeURIComponent(source)}`, `{"rows":[${rows.join(',')}]}`),
    features: (service, row, minRevision) =>
      post(
        '/v1/features',
        { service, rows: [row], metadata: 'full' },
        minRevision === undefined ? {} : { 'x-shoreline-min-revision': String(minRevision) },
      ),
    ask: (body, revision) => {
      // Also where the head that is in memory there is older.
      const at = { 'x-shoreline-revision': String(revision), 'x-shoreline-min-revision': String(revision) }
      return call(options, 'POST', '/v1/features', body, at, parseExact)
    },
    createKey: (request) => callOnce(options, 'POST', '/v1/keys', JSON.stringify(request)),
    keys: () => get('/v1/keys'),
    revokeKey: (id) => post(`/v1/keys/${encodeURIComponent(id)}/revoke`, {}),
  }
}

/** `?a=1&b=2` of those that are said. */
function queryOf(values: object): string {
  const said = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return said.length === 0 ? '' : `?${new URLSearchParams(said)}`
}

const GZIP = { 'content-encoding': 'gzip' }

/** Blocks are a third of their size so, for as little work as can be. */
function compressed(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return promisify(gzip)(text, { level: 1 }).then((bytes) => new Uint8Array(bytes))
}

/** For what must not be repeated: the answer that was lost would have been a key that nobody knows. */
async function callOnce<T>(options: ControlOptions, method: string, path: string, body: string): Promise<T> {
  try {
    return await attempt<T>(options, method, path, body, {})
  } catch (thrown) {
    throw thrown instanceof Transient ? thrown.error : thrown
  }
}

/** Every other call may be repeated: blocks are immutable, runs and revisions are compared before they are written. */
function call<T>(
  options: ControlOptions,
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
  read: (text: string) => unknown = JSON.parse,
): Promise<T> {
  return withRetries(() => attempt<T>(options, method, path, body, headers, read))
}

/** @throws Transient when another try may mend it */
async function attempt<T>(
  options: ControlOptions,
  method: string,
  path: string,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  headers: Readonly<Record<string, string>>,
  read: (text: string) => unknown = JSON.parse,
): Promise<T> {
  const response = await reach(options, method, path, body, headers)
  const text = await response.text().catch(() => null)
  const json = text === null ? undefined : parse(text, read)
  if (response.ok && json !== undefined) return json as T
  const error = refusal(response.status, json, `${method} ${options.url}${path}`)
  const brokeOff = json === undefined && (text === null || response.ok || saysJson(response))
  throw brokeOff || mayPass(response.status) ? new Transient(error, retryAfter(response)) : error
}

/** Too slow, too many requests, and what fails in a Worker or in the network before it: another try may find it mended. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** Every answer of ours is JSON: one that is not whole was cut on its way. Another server's page is not. */
function saysJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') ?? false
}

function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after'))
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}

async function reach(
  options: ControlOptions,
  method: string,
  path: string,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const authorization: Record<string, string> =
    options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }
  try {
    return await fetch(`${options.url}${path}`, {
      method,
      headers: { ...headers, ...authorization },
      ...(body === undefined ? {} : { body }),
    })
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : undefined
    const error = new ShorelineError(
      'UNAVAILABLE',
      `No Shoreline answers at ${options.url} (${messageOf(cause ?? thrown)}). Start it with "npm start" or "shoreline dev", or name another with --url.`,
      {},
      thrown,
    )
    // Nobody listens there: another try a moment later would not change that.
    throw hasCode(cause, 'ECONNREFUSED') ? error : new Transient(error)
  }
}

function parse(text: string, read: (text: string) => unknown): unknown {
  try {
    return read(text)
  } catch {
    return undefined
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'UNKNOWN_NAME',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
}

function refusal(status: number, json: unknown, call: string): ShorelineError {
  const error = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined
  const details = typeof error === 'object' && error !== null && 'details' in error ? error.details : {}
  const message =
    typeof error === 'object' && error !== null && 'message' in error
      ? String(error.message)
      : `${call} answered ${status}, and not as Shoreline does. Is it another server?`
  const code = CODES[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'INVALID')
  return new ShorelineError(code, message, typeof details === 'object' && details !== null ? { ...details } : {})
}
