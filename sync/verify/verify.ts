/** What is served beside what training would see: stored values and on-demand features, at one revision. None may differ. */
import { ShorelineError } from '../../core/errors.ts'
import { parseReference } from '../../core/name.ts'
import { type OnDemandObject, type RegistrySnapshot, type ViewObject, viewId } from '../../registry/objects.ts'
import { allViews, isOnDemand, viewsBehind } from '../../registry/on-demand.ts'
import { findRuns, keptViews, runsOf } from '../../registry/runs.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { verifyComputed } from './computed.ts'
import type { Verified } from './report.ts'
import { verifyStored } from './stored.ts'

export interface VerifyOptions {
  /** Of each view. */
  readonly rows: number
  /** Only what this service reads: `service`, or `service@version`. */
  readonly service?: string
}

export interface Verification {
  readonly revision: number
  readonly views: readonly Verified[]
}

/**
 * @param names views of either kind, or `view@version`; when there are none, every stored view that is kept materialized, and
 * every on-demand view of a service that is defined
 * @throws ShorelineError UNKNOWN_NAME, or as reading the lake and asking the Worker do
 */
export async function verify(
  work: Workplace,
  names: readonly string[],
  { rows, service }: VerifyOptions,
): Promise<Verification> {
  const { head, registry } = await online(work)
  const picked = pick(registry, names, service)
  const views: Verified[] = []
  const during = (id: string, run: () => Promise<Verified>): Promise<Verified> =>
    work.progress.phase(`${id}: verify`, run, outcome)
  for (const view of picked.stored) views.push(await during(viewId(view), () => verifyStored(work, view, head, rows)))
  for (const view of picked.computed)
    views.push(await during(viewId(view), () => verifyComputed(work, registry, view, head, rows)))
  return { revision: head.revision, views }
}

/** The head, and the registry that it is of: somebody may apply between the two. */
async function online({
  control,
}: Workplace): Promise<{ readonly head: HeadAnswer; readonly registry: RegistrySnapshot }> {
  for (let tries = 1; ; tries++) {
    const [head, registry] = await Promise.all([control.head(), control.registry()])
    if (head.registry === registry.revision) return { head, registry }
    if (tries === TRIES)
      throw new ShorelineError('CONFLICT', 'The registry changes while it is read. Run it again once nobody applies.')
  }
}

const TRIES = 5

function outcome({ rows, different, skipped }: Verified): string {
  return skipped ?? (different === 0 ? `${rows} rows agree` : `${different} of ${rows} rows differ`)
}

interface Picked {
  readonly stored: readonly ViewObject[]
  readonly computed: readonly OnDemandObject[]
}

function pick(registry: RegistrySnapshot, names: readonly string[], service: string | undefined): Picked {
  if (names.length > 0 && service !== undefined)
    throw new ShorelineError('INVALID', 'Name views, or a service with --service: one of the two.')
  const views = allViews(registry)
  const behind = viewsBehind(
    views,
    servicesOf(registry, service).flatMap(({ inputs }) => inputs.map(({ view }) => view)),
  )
  const computed = [...views.values()].filter((view) => isOnDemand(view))
  if (names.length === 0) {
    const runs = new Set(registry.views.filter((view) => behind.has(viewId(view))).map(runsOf))
    const kept = keptViews(registry).map(({ view }) => view)
    return {
      stored: service === undefined ? kept : kept.filter((view) => runs.has(viewId(view))),
      computed: computed.filter((view) => behind.has(viewId(view))),
    }
  }
  const stored = new Map<string, ViewObject>()
  const onDemand = new Map<string, OnDemandObject>()
  for (const name of names) {
    const reference = parseReference(name)
    const versions = computed.filter((view) => view.name === reference?.name)
    const found =
      reference?.version === undefined ? versions.at(-1) : versions.find((one) => one.version === reference.version)
    if (found) onDemand.set(viewId(found), found)
    else if (versions.length > 0)
      throw new ShorelineError(
        'UNKNOWN_NAME',
        `There is no view ${name}. ${reference?.name} has the versions ${versions.map((one) => one.version).join(', ')}.`,
        { view: name },
      )
    else {
      const view = findRuns(registry, name)
      stored.set(viewId(view), view)
    }
  }
  return { stored: [...stored.values()], computed: [...onDemand.values()] }
}

/** The newest version of every service that is defined; or the one that is named. */
function servicesOf({ services }: RegistrySnapshot, service: string | undefined) {
  if (service === undefined)
    return [...new Map(services.map((one) => [one.name, one])).values()].filter(({ retired }) => !retired)
  const reference = parseReference(service)
  const versions = services.filter(({ name }) => name === reference?.name)
  const found =
    reference?.version === undefined ? versions.at(-1) : versions.find(({ version }) => version === reference.version)
  if (found) return [found]
  const names = [...new Set(services.map(({ name }) => name))]
  throw new ShorelineError(
    'UNKNOWN_NAME',
    `There is no service ${service}. ${names.length === 0 ? 'Nothing is registered yet: run "shoreline apply".' : `There are: ${names.slice(0, LISTED).join(', ')}.`}`,
    { service },
  )
}

const LISTED = 20
