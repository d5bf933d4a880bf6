/** Columns of a request that are no join key of what is wanted, and still are ones of the registry. */
import { isKeyKind } from '../../core/types.ts'
import type { JoinKey, RegistrySnapshot } from '../../registry/objects.ts'
import { columnReader, type Entities } from './entities.ts'
import type { FormKey } from './form.ts'

/**
 * Column -> the join key that it is: a join key of any entity, which is echoed; or the name of an entity in the place of its
 * join key, as Feast's older clients send it. What is neither is not in the map, and nobody looks at it.
 */
export function recognize(
  registry: RegistrySnapshot,
  wanted: readonly FormKey[],
  entities: Entities,
): ReadonlyMap<string, FormKey> {
  const { joinKeys, byEntity } = namesOf(registry)
  const found = new Map<string, FormKey>()
  for (const column of Object.keys(entities)) {
    const key = joinKeys.get(column)
    if (key) {
      const read = readerOf(key, column)
      if (read) found.set(column, read)
      continue
    }
    const meant = byEntity.get(column)
    const wants = meant && wanted.find(({ name }) => name === meant.name && !Object.hasOwn(entities, name))
    if (wants) found.set(column, { ...wants, read: columnReader(wants, column) })
  }
  return found
}

interface Names {
  readonly joinKeys: ReadonlyMap<string, JoinKey>
  /** Entities of one join key that is called otherwise. */
  readonly byEntity: ReadonlyMap<string, JoinKey>
}

const known = new WeakMap<RegistrySnapshot, Names>()

function namesOf(registry: RegistrySnapshot): Names {
  const names = known.get(registry) ?? {
    joinKeys: new Map(registry.entities.flatMap((entity) => entity.join_keys.map((key) => [key.name, key] as const))),
    byEntity: new Map(
      registry.entities.flatMap(({ name, join_keys: [key, ...others] }) =>
        key && others.length === 0 ? [[name, key] as const] : [],
      ),
    ),
  }
  known.set(registry, names)
  return names
}

function readerOf({ name, type }: JoinKey, column: string): FormKey | null {
  return isKeyKind(type) ? { name, type, read: columnReader({ name, type }, column) } : null
}
