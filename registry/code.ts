/** Which on-demand code a registry needs in its Worker, by content hash. */
import { ShorelineError } from '../core/errors.ts'
import type { RegistrySnapshot } from './objects.ts'
import { viewId } from './objects.ts'

/** Content hash -> the retained service versions whose plans run it, as `service@version`; sorted by hash. */
export function neededCode(snapshot: Pick<RegistrySnapshot, 'services'>): ReadonlyMap<string, readonly string[]> {
  const needed = new Map<string, string[]>()
  for (const service of snapshot.services)
    for (const hash of service.code ?? []) needed.set(hash, [...(needed.get(hash) ?? []), viewId(service)])
  return new Map([...needed].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * A plan may not go online before its code has: the Worker could only answer that it does not have it.
 * @param held the hashes in the Worker that is to publish the registry
 * @throws ShorelineError CONFLICT naming the services
 */
export function checkCode(snapshot: Pick<RegistrySnapshot, 'services'>, held: ReadonlySet<string>): void {
  const missing = [...neededCode(snapshot)].filter(([hash]) => !held.has(hash))
  if (missing.length === 0) return
  const services = [...new Set(missing.flatMap(([, names]) => names))].sort()
  throw new ShorelineError(
    'CONFLICT',
    `${services.join(', ')} ${services.length === 1 ? 'needs' : 'need'} on-demand code that the deployed Worker does not hold (${missing.map(([hash]) => hash.slice(0, SHOWN)).join(', ')}). Nothing was applied: run "shoreline deploy", which builds a Worker with it and then applies.`,
    { missing: missing.map(([hash]) => hash), services },
  )
}

/** Digits of a hash that an error shows. */
const SHOWN = 12
