/** The next head. Pure: what is published is decided here, and only committed elsewhere. */
import { HEAD_FORMAT, type Head, type ServiceHead, type ViewHead } from '../core/head.ts'
import type { RegistrySnapshot } from './objects.ts'

/**
 * @param views the entries that change, by `view@version`; all others stay as they are
 */
export function nextHead(
  current: Head,
  registry: RegistrySnapshot,
  views: Readonly<Record<string, ViewHead>> = {},
): Head {
  const online = { ...current.views, ...views }
  return {
    format: HEAD_FORMAT,
    revision: current.revision + 1,
    registry: registry.revision,
    oldest: Math.max(1, current.oldest),
    views: online,
    services: serviceHeads(registry, online),
  }
}

function serviceHeads(registry: RegistrySnapshot, online: Head['views']): Readonly<Record<string, ServiceHead>> {
  const heads = new Map<string, { current: number | null; plans: Record<string, string> }>()
  for (const service of registry.services) {
    const head = heads.get(service.name) ?? { current: null, plans: {} }
    heads.set(service.name, head)
    head.plans[service.version] = service.plan
    // Services are sorted by version, so the last one that is whole wins.
    if (service.inputs.every((input) => Object.hasOwn(online, input.view))) head.current = service.version
  }
  return Object.fromEntries(heads)
}
