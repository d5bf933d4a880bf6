/** The next head. Pure: what is published is decided here, and only committed elsewhere. */
import { HEAD_FORMAT, type Head, type ServiceHead, type ViewHead } from '../core/head.ts'
import type { RegistrySnapshot } from './objects.ts'
import { viewId } from './objects.ts'
import { storedReads } from './on-demand.ts'
import { runsOf } from './runs.ts'

/**
 * @param views the entries that change, by `view@version`; all others stay as they are
 */
export function nextHead(
  current: Head,
  registry: RegistrySnapshot,
  views: Readonly<Record<string, ViewHead>> = {},
): Head {
  const online = keep({ ...current.views, ...views }, registry)
  return {
    format: HEAD_FORMAT,
    revision: current.revision + 1,
    registry: registry.revision,
    oldest: Math.max(1, current.oldest),
    views: online,
    services: serviceHeads(registry, online),
  }
}

/** What is online of versions that the registry still has. */
function keep(online: Head['views'], registry: RegistrySnapshot): Head['views'] {
  const retained = new Set(registry.views.map(runsOf))
  return Object.fromEntries(Object.entries(online).filter(([view]) => retained.has(view)))
}

function serviceHeads(registry: RegistrySnapshot, online: Head['views']): Readonly<Record<string, ServiceHead>> {
  const runs = new Map(registry.views.map((view) => [viewId(view), runsOf(view)]))
  const pushedOnly = new Set(registry.views.filter((view) => view.sources.length === 0).map(viewId))
  const heads = new Map<string, { current: number | null; plans: Record<string, string>; retired?: true }>()
  for (const service of registry.services) {
    const head = heads.get(service.name) ?? { current: null, plans: {} }
    heads.set(service.name, head)
    head.plans[service.version] = service.plan
    // Services are sorted by version, so the last one that is whole wins; a retired one answers by its version alone.
    if (service.retired) Object.assign(head, { current: null, retired: true })
    else if (
      storedReads(service).every((view) => pushedOnly.has(view) || Object.hasOwn(online, runs.get(view) ?? view))
    )
      head.current = service.version
  }
  return Object.fromEntries(heads)
}
