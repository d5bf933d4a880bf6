/** A deployment as `apply` and `sync` leave it in KV: head, plans, blocks. The same bytes in every run. */
import { EMPTY_HEAD, type Head } from '../../core/head.ts'
import type { Plan } from '../../core/plan.ts'
import { HEAD_KEY, planKey, revisionKey } from '../../core/storage.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { collect } from '../../registry/index.ts'
import { EMPTY_REGISTRY, type ViewObject, viewId } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import { blockEntries, makeRun, type ViewRun } from './blocks.ts'
import * as features from './features.ts'
import type { KnownService } from './handlers/answer.ts'
import { copyName, keptName } from './handlers/copies.ts'
import { seededRandom } from './random.ts'

/** One view of them is about 1.6 MB of blocks, one deck of views 40 MB: an isolate keeps 12. */
export const CUSTOMERS = 10_000
export const AIRPORTS = 229

export interface Deployment {
  readonly entries: readonly (readonly [key: string, value: string])[]
  /** By name. */
  readonly services: Readonly<Record<string, KnownService>>
  /** By `view@version`. */
  readonly runs: ReadonlyMap<string, ViewRun>
}

export async function makeDeployment(): Promise<Deployment> {
  const { snapshot, plans } = await applyDefinitions(EMPTY_REGISTRY, collect(features))
  const kept = makeRuns(snapshot.views.filter((view) => keptName(view.name) === view.name))
  const runs = new Map(
    snapshot.views.flatMap((view) => {
      const run = kept.get(keptName(viewId(view)))
      return run ? [[viewId(view), run] as const] : []
    }),
  )
  const head = nextHead(EMPTY_HEAD, snapshot, Object.fromEntries([...runs].map(([view, run]) => [view, run.head])))
  return {
    entries: [
      [HEAD_KEY, JSON.stringify(head)],
      [revisionKey(head.revision), JSON.stringify(head)],
      ...[...plans].map(([hash, plan]) => [planKey(hash), JSON.stringify(plan)] as const),
      ...[...kept].flatMap(([view, run]) => blockEntries(view, run)),
    ],
    services: Object.fromEntries([...plans.values()].map((plan) => [plan.service, knownService(plan, head)])),
    runs,
  }
}

function makeRuns(views: readonly ViewObject[]): ReadonlyMap<string, ViewRun> {
  const random = seededRandom(1)
  return new Map(views.map((view) => [viewId(view), makeRun(view, keysOf(view.name), random)]))
}

export function customerKey(index: number): string {
  return `c${String(index).padStart(7, '0')}`
}

/** Three letters, as IATA has them. */
export function airportKey(index: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return [index % 26, Math.floor(index / 26) % 26, (index * 7) % 26].map((at) => letters[at]).join('')
}

function keysOf(view: string): readonly string[] {
  switch (view) {
    case copyName(0, 0):
      return Array.from({ length: CUSTOMERS }, (_, index) => customerKey(index))
    case 'airport_delays':
      return Array.from({ length: AIRPORTS }, (_, index) => airportKey(index))
    case 'route_delays':
      return Array.from({ length: AIRPORTS * AIRPORTS }, (_, index) => routeKey(index))
    default:
      throw new Error(`no keys are made for ${view}`)
  }
}

function routeKey(index: number): string {
  return `${airportKey(Math.floor(index / AIRPORTS))}|${airportKey(index % AIRPORTS)}`
}

function knownService(plan: Plan, head: Head): KnownService {
  return {
    id: `${plan.service}@${plan.version}`,
    revision: head.revision,
    views: plan.views.map(({ view, as, keys, columns }) => {
      const online = head.views[view]
      if (!online) throw new Error(`${view} is not online`)
      return {
        view,
        as,
        snapshot: online.snapshot,
        run: online.base.run,
        blocks: online.base.blocks,
        keys: keys.map((key) => key.name),
        columns: columns.map(({ name, index, type }) => ({ name, index, type })),
      }
    }),
  }
}
