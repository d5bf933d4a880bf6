/**
 * Answers one request from exactly one head. In memory: no I/O. Head in memory: one round of parallel bulk gets. Cold: the
 * head, the plan, the blocks. A block that the head names and KV does not return is a fault of ours and never NOT_FOUND:
 * the whole request falls back to an earlier revision, marked degraded, or is refused.
 */
import { ShorelineError } from '../../core/errors.ts'
import type { ServiceHead } from '../../core/head.ts'
import { FALLBACK_REVISIONS } from '../../core/limits.ts'
import { parseReference } from '../../core/name.ts'
import { blockKey } from '../../core/storage.ts'
import { checkGranted, type Grant } from '../auth/grant.ts'
import type { Counters } from '../metrics/counters.ts'
import { writeAnswer } from './answer.ts'
import type { CachedBlock, MissingBlocks } from './blocks.ts'
import { type BoundPlan, lookUps, missingBlocks, type Options, type RowKeys, readKeys } from './bound.ts'
import type { LiveRows } from './cells.ts'
import { type GivenValues, NOTHING_GIVEN, readGiven } from './given.ts'
import type { Background, LoadedHead } from './heads.ts'
import type { Isolate } from './isolate.ts'
import { readLive } from './live.ts'
import type { ReadyPlan } from './plans.ts'
import { checkRows, type ReadRequest, withShared } from './request.ts'

export interface Asked extends ReadRequest {
  /** Answer from exactly this retained revision. */
  readonly revision?: number
  /** Answer from this revision or a later one. */
  readonly minRevision?: number
  /** A browser token's: its entities, and public features only. */
  readonly grant?: Grant
  /** The bookmark of a write that has to be seen. */
  readonly after?: string
  /** What was pushed for its keys, once that is read. */
  readonly live?: LiveRows | null
  /** What on-demand views compute from beside features, once that is read. */
  readonly given?: GivenValues
  /** Asked in another form than ours: `rows`, `shared`, `format` and `metadata` are not looked at. */
  readonly surface?: Surface
}

/** Another form of requests and answers over the same plans, heads and blocks. One request's own. */
export interface Surface {
  /** Checks what was sent as `checkRows` does. @throws ShorelineError */
  readRows(plan: ReadyPlan, head: LoadedHead): Promise<ReadRows>
  /** Undefined when a block that it needs is not in memory. A surface that does not answer with text may keep what it made. */
  write(bound: BoundPlan, keys: RowKeys, options: Options): string | undefined
}

/** What the rows of a request say. */
export interface ReadRows {
  readonly keys: RowKeys
  readonly given: GivenValues
}

export interface Served {
  /** The answer's JSON text. */
  readonly body: string
  /** Of what was answered: microseconds since the epoch. */
  readonly now: number
  readonly revision: number
  readonly degraded: boolean
  /** The blocks that memory lacked. */
  readonly read: readonly CachedBlock[]
  /** Of the database that pushed rows were read from; null when none were. */
  readonly bookmark: string | null
  /** What it was answered from, for headers that say how long it lasts. */
  readonly bound: BoundPlan
  readonly keys: RowKeys
}

export interface Serving {
  readonly isolate: Isolate
  readonly background: Background
  /** Microseconds since the epoch. */
  readonly now: number
}

/** @throws ShorelineError */
export async function serve(serving: Serving, request: Asked): Promise<Served> {
  const { isolate } = serving
  const head = isolate.heads.peek(serving.background)
  const { head: current, stale } =
    head && request.minRevision === undefined && request.revision === undefined
      ? { head, stale: false }
      : await pickHead(serving, request)
  // An old head may call public what is not public any more.
  if (stale && (request.strict || request.grant))
    throw new ShorelineError(
      'UNAVAILABLE',
      `The head could not be read again and is too old for a ${request.grant ? "browser token's" : 'strict'} request.`,
    )
  const { service, fullNames, compute } = request
  const usual = !fullNames && request.grant === undefined && service !== '' && compute === 'edge'
  const known = usual ? isolate.recall(service, current) : undefined
  const plan = known?.plan ?? (await findPlan(isolate, current, request))
  if (compute === 'client') checkPublic(plan)
  const { keys, given } = request.surface ? await request.surface.readRows(plan, current) : readRows(plan, request)
  const asked = { ...request, given }
  const bound = known ?? isolate.bind(plan, current)
  if (!bound) throw notOnline(plan, current)
  if (!known && usual) isolate.remember(service, bound)
  if (plan.pushed) return servePushed(serving, asked, current, stale, bound, keys)
  const ready = attempt(serving, asked, bound, keys, stale, NONE_READ)
  if (ready) {
    isolate.counters.cacheHits += lookUps(keys)
    return ready
  }
  const { served } = await fetchAndAttempt(serving, asked, bound, keys, stale, false)
  return served ?? fallBack(serving, asked, current, stale, plan, keys)
}

/** Pushed rows are read while the blocks are. Without them, what is materialized is an older answer, and says so. */
async function servePushed(
  serving: Serving,
  asked: Asked,
  current: LoadedHead,
  stale: boolean,
  bound: BoundPlan,
  keys: RowKeys,
): Promise<Served> {
  const { isolate } = serving
  const { plan } = bound
  const [held, { rows: live, bookmark }] = await Promise.all([
    isolate.fetch(missingBlocks(bound, keys, isolate.counters), false),
    readLive(isolate.pushed, plan, keys, asked.after),
  ])
  try {
    if (!live && (asked.strict || plan.views.some((view) => !view.stored)))
      throw new ShorelineError(
        'UNAVAILABLE',
        `What was pushed for ${plan.id} cannot be read now${asked.strict ? ', and a strict request is not answered without it' : ''}.`,
      )
    const degraded = stale || live === null
    const asking = { ...asked, live }
    const served =
      attempt(serving, asking, bound, keys, degraded, held) ??
      (await fetchAndAttempt(serving, asking, bound, keys, degraded, false)).served ??
      (await fallBack(serving, asking, current, degraded, plan, keys))
    return { ...served, bookmark }
  } finally {
    isolate.blocks.release(held)
  }
}

/** The rows of a native request. @throws ShorelineError INVALID, TOO_LARGE, or FORBIDDEN for what a browser token does not cover */
export function readRows(plan: ReadyPlan, { rows: sent, shared, grant }: Asked): ReadRows {
  const rows = shared === null ? sent : withShared(plan, sent, shared)
  checkRows(plan, rows)
  if (grant) checkGranted(grant, plan, rows)
  return { keys: readKeys(plan, rows), given: readGiven(plan, rows) }
}

async function pickHead(
  { isolate, background }: Serving,
  asked: Asked,
): Promise<{ readonly head: LoadedHead; readonly stale: boolean }> {
  const found =
    asked.minRevision === undefined
      ? await isolate.heads.current(background)
      : { head: await isolate.heads.atLeast(asked.minRevision, background), stale: false }
  if (asked.revision === undefined || asked.revision === found.head.revision) return found
  if (asked.revision > found.head.revision || asked.revision < found.head.oldest)
    throw new ShorelineError(
      'CONFLICT',
      `Revision ${asked.revision} cannot be answered from here: revisions ${found.head.oldest} to ${found.head.revision} can.`,
      { revision: asked.revision },
    )
  const pinned = await isolate.heads.earlier(asked.revision)
  if (!pinned) throw new ShorelineError('UNAVAILABLE', `Revision ${asked.revision} is retained but cannot be read now.`)
  return { head: pinned, stale: false }
}

/** @throws ShorelineError UNKNOWN_NAME or NOT_MATERIALIZED */
export function findService(
  head: LoadedHead,
  reference: string,
): { readonly service: ServiceHead; readonly version: number } {
  const parsed = parseReference(reference)
  const service = parsed ? head.services.get(parsed.name) : undefined
  const shown = reference.length > 80 ? `${reference.slice(0, 80)}…` : reference
  if (!parsed || !service)
    throw new ShorelineError('UNKNOWN_NAME', `There is no service ${JSON.stringify(shown)}. ${listServices(head)}`, {
      service: shown,
    })
  const version = parsed.version ?? service.current
  if (version === null)
    throw new ShorelineError(
      'NOT_MATERIALIZED',
      service.retired
        ? `Service ${parsed.name} is retired. Its versions ${Object.keys(service.plans).join(', ')} answer by name: ask for "${parsed.name}@${Object.keys(service.plans).at(-1)}".`
        : `Service ${parsed.name} is registered, but not all of its views are online yet. Run "shoreline sync".`,
      { service: parsed.name },
    )
  if (!Object.hasOwn(service.plans, version))
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `Service ${parsed.name} has no version ${version}; it has ${Object.keys(service.plans).join(', ')}.`,
      { service: shown },
    )
  return { service, version }
}

/** How many names an error lists. */
const LISTED = 20

function listServices(head: LoadedHead): string {
  const names = [...head.services.keys()]
  if (names.length === 0) return 'Nothing is registered yet: run "shoreline apply".'
  return `There are: ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}.`
}

async function findPlan(
  isolate: Isolate,
  head: LoadedHead,
  { service: reference, features, fullNames, grant, compute }: Asked,
): Promise<ReadyPlan> {
  const form = { fullNames, publicOnly: grant !== undefined, client: compute === 'client' }
  if (features.length > 0) return isolate.lists.plan(head, features, form)
  const { service, version } = findService(head, reference)
  const hash = service.plans[version]
  if (hash === undefined)
    throw new ShorelineError('INTERNAL', `revision ${head.revision} names no plan for version ${version}.`)
  const plan = await isolate.plans.load(hash, form)
  if (grant) demandPublic(plan)
  return plan
}

/** @param plan in its public form. @throws ShorelineError FORBIDDEN when a browser token reads nothing of it */
export function demandPublic(plan: ReadyPlan): void {
  if (plan.views.length > 0 || plan.computed?.outputs.length) return
  throw new ShorelineError(
    'FORBIDDEN',
    `${plan.id} has no feature that is public, so a browser token reads nothing of it. Say visibility: 'public' where a feature is defined.`,
    { service: plan.id },
  )
}

/** Who computes on-demand features itself gets their inputs, which must then be for everybody. @throws ShorelineError INVALID */
function checkPublic({ id, edgeOnly }: ReadyPlan): void {
  if (edgeOnly.length === 0) return
  const shown = `${edgeOnly.slice(0, SHOWN).join(', ')}${edgeOnly.length > SHOWN ? ', …' : ''}`
  throw new ShorelineError(
    'INVALID',
    `compute: ${id} has features that are not public or computed from such (${shown}), so it is not computed by the client. Leave compute out.`,
    { field: 'compute' },
  )
}

/** How many features an error names. */
const SHOWN = 5

const NONE_READ: readonly CachedBlock[] = []

function attempt(
  serving: Serving,
  asked: Asked,
  bound: BoundPlan,
  keys: RowKeys,
  degraded: boolean,
  read: readonly CachedBlock[],
): Served | undefined {
  const options: Options = {
    metadata: asked.metadata,
    maxAge: asked.maxAge,
    now: serving.now,
    degraded,
    format: asked.format,
    shared: asked.shared,
    live: asked.live ?? null,
    given: asked.given ?? NOTHING_GIVEN,
  }
  const body = asked.surface
    ? asked.surface.write(bound, keys, options)
    : writeAnswer(bound, keys, asked.rows.length, options)
  if (body === undefined) return undefined
  if (degraded) serving.isolate.counters.degraded++
  return { body, now: serving.now, revision: bound.head.revision, degraded, read, bookmark: null, bound, keys }
}

async function fallBack(
  serving: Serving,
  asked: Asked,
  failed: LoadedHead,
  stale: boolean,
  plan: ReadyPlan,
  keys: RowKeys,
): Promise<Served> {
  const { isolate } = serving
  // A newer head may name runs whose blocks are here; and a miss may have been cached for as long as its reader allowed.
  const reread = asked.revision === undefined ? await isolate.heads.reread().catch(() => undefined) : undefined
  const newest = reread ?? failed
  const tried = new Set<string>()
  const retried = await tryHead(serving, asked, newest, plan, keys, stale && !reread, tried)
  if (retried) return retried
  console.error(
    JSON.stringify({ level: 'error', message: 'blocks missing', service: plan.id, revision: newest.revision }),
  )
  if (!asked.strict && asked.revision === undefined) {
    const last = Math.max(newest.oldest, newest.revision - FALLBACK_REVISIONS, asked.minRevision ?? 1, 1)
    for (let revision = newest.revision - 1; revision >= last; revision--) {
      const earlier = await isolate.heads.earlier(revision).catch(() => null)
      const answered = earlier && (await tryHead(serving, asked, earlier, plan, keys, true, tried))
      if (answered) return answered
    }
  }
  throw new ShorelineError(
    'UNAVAILABLE',
    `Blocks of ${plan.id} that revision ${newest.revision} names cannot be read now${asked.strict ? ', and a strict request is not answered from an earlier revision' : ''}. Run "shoreline repair" if this lasts.`,
  )
}

/** @param tried blocks that were not to be had; an earlier revision that needs one of them is not asked for it again */
async function tryHead(
  serving: Serving,
  asked: Asked,
  head: LoadedHead,
  plan: ReadyPlan,
  keys: RowKeys,
  degraded: boolean,
  tried: Set<string>,
): Promise<Served | undefined> {
  const bound = serving.isolate.bind(plan, head)
  if (!bound) return undefined
  const missing = missingBlocks(bound, keys)
  if (blockKeys(missing).some((key) => tried.has(key))) return undefined
  const { served, lost } = await fetchAndAttempt(serving, asked, bound, keys, degraded, true)
  for (const key of lost) tried.add(key)
  return served
}

/**
 * Fetches what memory lacks, holds it until the answer is written, and answers. While it waits, others may push blocks out
 * that it had found in memory: then it looks again. What KV did not return ends it.
 */
async function fetchAndAttempt(
  serving: Serving,
  asked: Asked,
  bound: BoundPlan,
  keys: RowKeys,
  degraded: boolean,
  fresh: boolean,
): Promise<{ readonly served: Served | undefined; readonly lost: readonly string[] }> {
  const { isolate } = serving
  const held: CachedBlock[] = []
  let counters: Counters | undefined = isolate.counters
  try {
    for (;;) {
      const missing = missingBlocks(bound, keys, counters)
      counters = undefined
      const came = await isolate.fetch(missing, fresh)
      held.push(...came)
      const served = attempt(serving, asked, bound, keys, degraded, held)
      if (served) return { served, lost: [] }
      const wanted = blockKeys(missing).length
      if (wanted === 0 || came.length < wanted) return { served, lost: blockKeys(missingBlocks(bound, keys)) }
    }
  } finally {
    isolate.blocks.release(held)
  }
}

function blockKeys(missing: MissingBlocks): readonly string[] {
  return [...missing].flatMap(([run, numbers]) =>
    [...numbers].map((number) => blockKey(run.view, run.pointer.run, number)),
  )
}

function notOnline(plan: ReadyPlan, head: LoadedHead): ShorelineError {
  const missing = plan.views.filter((view) => view.stored && !head.views.has(view.runs)).map((view) => view.view)
  return new ShorelineError(
    'NOT_MATERIALIZED',
    `${plan.id} needs ${missing.join(', ')}, which revision ${head.revision} does not have online. Run "shoreline sync".`,
    { views: missing },
  )
}
