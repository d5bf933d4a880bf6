/** Applying definitions and retiring versions: one commit in D1, guarded by the registry it was planned against, then the head. */
import { ShorelineError } from '../../core/errors.ts'
import type { Head } from '../../core/head.ts'
import type { Plan } from '../../core/plan.ts'
import { type Applied, applyDefinitions } from '../../registry/apply.ts'
import { checkCode } from '../../registry/code.ts'
import { type Facts, NO_FACTS } from '../../registry/facts.ts'
import { canonicalJson } from '../../registry/hash.ts'
import type { Definitions, RegistrySnapshot } from '../../registry/objects.ts'
import { planOf, type RegistryPlan } from '../../registry/plan.ts'
import { nextHead } from '../../registry/publish.ts'
import type { Repository } from '../../registry/repository.ts'
import { retireVersions } from '../../registry/retire.ts'
import type { ApplyAnswer } from '../../registry/wire/registry.ts'
import { checkExpressions } from './check-expressions.ts'
import { type Publisher, type Publishing, retrying, settled, truth } from './publish.ts'

/** What applying asks of D1. */
export type ApplyingRepository = Pick<
  Repository,
  'latestRevision' | 'registry' | 'registryRevision' | 'commitApply' | 'facts' | 'putFacts'
>

export interface Applying extends Publishing<ApplyingRepository> {
  readonly publisher: Publisher & Pick<PlanStore, 'prepare'>
  /** Content hashes of the on-demand code in this Worker. */
  readonly held: ReadonlySet<string>
}

export interface PlanStore {
  /** Writes plans where readers will look for them, before the head names them. */
  prepare(plans: readonly (readonly [hash: string, text: string])[]): Promise<void>
}

export interface ApplyOptions {
  /** The registry revision that was planned against. */
  readonly registry?: number | undefined
  /** Found in the sources; views by name. */
  readonly facts?: Facts | undefined
  readonly yes?: boolean | undefined
  readonly by?: string | undefined
  readonly commit?: string | undefined
}

/** Plans per call of the writer: each is a KV write of the invocation's thousand. */
const PLANS_PER_CALL = 400

/** @throws ShorelineError INVALID with what is wrong in the definitions, CONFLICT when another apply came between */
export function apply(applying: Applying, definitions: Definitions, options: ApplyOptions = {}): Promise<ApplyAnswer> {
  return retrying(async () => {
    const { head, registry } = await current(applying.repository)
    await checkPlanned(applying.repository, registry, options.registry)
    const applied = await applyDefinitions(registry, definitions)
    if (!options.yes) checkHarmless(planOf(registry, applied))
    return commit(applying, head, applied, 'apply', options)
  })
}

/** Removes retained versions that nothing uses. @throws ShorelineError CONFLICT when something does */
export function retire(
  applying: Applying,
  objects: readonly string[],
  options: Pick<ApplyOptions, 'by' | 'commit'> = {},
): Promise<ApplyAnswer> {
  return retrying(async () => {
    const { head, registry } = await current(applying.repository)
    return commit(applying, head, retireVersions(registry, objects), 'retire', options)
  })
}

/** @throws ShorelineError INVALID with what is wrong in the definitions */
export async function plan(repository: ApplyingRepository, definitions: Definitions): Promise<RegistryPlan> {
  const { registry } = await current(repository)
  return planOf(registry, await applyDefinitions(registry, definitions))
}

async function current(
  repository: ApplyingRepository,
): Promise<{ readonly head: Head; readonly registry: RegistrySnapshot }> {
  const head = await truth(repository)
  return { head, registry: await repository.registry(head.registry) }
}

async function checkPlanned(
  repository: ApplyingRepository,
  registry: RegistrySnapshot,
  planned: number | undefined,
): Promise<void> {
  if (planned === undefined || planned === registry.revision) return
  const made = await repository.registryRevision(registry.revision)
  const whose = made
    ? `${made.by ?? 'somebody'} applied registry ${made.revision} at ${new Date(made.at).toISOString()}${made.commit === null ? '' : ` from commit ${made.commit}`}`
    : `the registry is at ${registry.revision}`
  throw new ShorelineError(
    'CONFLICT',
    `The plan was made against registry ${planned}, and ${whose}. Nothing was applied: plan again.`,
    { planned, registry: registry.revision, by: made?.by ?? null },
  )
}

function checkHarmless({ destructive }: RegistryPlan): void {
  if (destructive.length === 0) return
  throw new ShorelineError('CONFLICT', `This needs --yes: ${destructive.join('; ')}.`, { destructive })
}

async function commit(
  applying: Applying,
  head: Head,
  { snapshot, changes, plans }: Applied,
  reason: string,
  { facts = NO_FACTS, by, commit: from }: ApplyOptions,
): Promise<ApplyAnswer> {
  const services = newestServices(snapshot)
  // A head that a killed apply left behind is completed here, too.
  if (changes.length === 0) {
    await refresh(applying.repository, versioned(facts, snapshot))
    return { revision: await settled(applying, head.revision), registry: head.registry, changes, services }
  }
  checkCode(snapshot, applying.held)
  checkExpressions(plans)
  const next = nextHead(head, snapshot)
  await applying.publisher.arm()
  await prepare(applying.publisher, plans)
  await applying.repository.commitApply({
    head: next,
    snapshot,
    plans,
    changes,
    facts: versioned(facts, snapshot),
    reason,
    by: by ?? null,
    commit: from ?? null,
    now: applying.now(),
  })
  return { revision: await settled(applying, next.revision), registry: next.registry, changes, services }
}

/** Sources change without a definition that does: the catalog says what the last apply saw. */
async function refresh(repository: ApplyingRepository, found: Facts): Promise<void> {
  const known = await repository.facts()
  const differs = <T>(now: Readonly<Record<string, T>>, before: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(now).filter(([name, one]) => canonicalJson(one) !== canonicalJson(before[name] ?? null)),
    )
  await repository.putFacts({
    sources: differs(found.sources, known.sources),
    views: differs(found.views, known.views),
  })
}

async function prepare(publisher: PlanStore, plans: ReadonlyMap<string, Plan>): Promise<void> {
  const texts = [...plans].map(([hash, one]) => [hash, canonicalJson(one)] as const)
  for (let at = 0; at < texts.length; at += PLANS_PER_CALL)
    await publisher.prepare(texts.slice(at, at + PLANS_PER_CALL))
}

/** The facts of views belong to the versions that are defined now. */
function versioned({ sources, views }: Facts, snapshot: RegistrySnapshot): Facts {
  const newest = new Map(snapshot.views.map((view) => [view.name, view])) // sorted by version: the last one stays
  const found = Object.entries(views).flatMap(([name, facts]) => {
    const view = newest.get(name)
    return view ? [[`${name}@${view.version}`, facts] as const] : []
  })
  return { sources, views: Object.fromEntries(found) }
}

function newestServices(snapshot: RegistrySnapshot): Readonly<Record<string, number>> {
  const newest = new Map(snapshot.services.map((service) => [service.name, service]))
  return Object.fromEntries(
    [...newest.values()].flatMap(({ name, version, retired }) => (retired ? [] : [[name, version]])),
  )
}
