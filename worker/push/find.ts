/** The schema of a push source, from the registry in memory; one that is not in there may have been applied a moment ago. */
import { ShorelineError } from '../../core/errors.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot } from '../../registry/objects.ts'
import type { Repository } from '../../registry/repository.ts'
import { truth } from '../publishing/publish.ts'
import type { Isolate } from '../serving/isolate.ts'

/**
 * @param look finds it in a registry. @throws ShorelineError UNKNOWN_NAME when it is not there
 */
export async function inRegistry<T>(
  isolate: Isolate,
  repository: Repository,
  background: (work: Promise<unknown>) => void,
  look: (registry: RegistrySnapshot) => T,
): Promise<T> {
  const { head } = await isolate.heads.current(background)
  try {
    return look(head.registry === 0 ? EMPTY_REGISTRY : await isolate.lists.registry(head.registry))
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError) || thrown.code !== 'UNKNOWN_NAME') throw thrown
    const now = await truth(repository)
    if (now.registry === head.registry) throw thrown
    return look(await repository.registry(now.registry))
  }
}
