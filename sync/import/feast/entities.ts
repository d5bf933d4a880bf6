/** Entities with the types of their join keys, and the composite ones that views with several entities need. */
import { isKeyKind, t, type ValueType } from '../../../core/types.ts'
import { type NewEntity, saidOf } from './model.ts'
import type { FeastRegistry } from './registry.ts'
import { Names, type Report } from './report.ts'
import type { FeastEntity, FeastView } from './schema.ts'
import { typeOf } from './value-types.ts'

/** What Feast gives to a view without entities. */
const NO_ENTITY = '__dummy'

export interface JoinKey {
  /** As Feast calls it, which is also the column unless the source maps it. */
  readonly feast: string
  readonly name: string
  readonly type: ValueType
}

export class Entities {
  readonly #names: Names
  readonly #keys: Names
  readonly #found = new Map<string, { readonly entity: NewEntity; readonly keys: readonly JoinKey[] }>()
  readonly #ofFeast = new Map<string, { readonly name: string; readonly key: JoinKey }>()

  constructor(registry: FeastRegistry, report: Report) {
    this.#names = new Names(report)
    this.#keys = new Names(report)
    for (const feast of registry.entities) {
      if (feast.name === NO_ENTITY) continue
      const name = this.#names.claim('entity', feast.name)
      const joinKey = feast.joinKey || feast.name
      const key: JoinKey = {
        feast: joinKey,
        name: this.#keys.claim('join_key', joinKey),
        type: keyType(feast, joinKey, registry.views, report),
      }
      this.#ofFeast.set(feast.name, { name, key })
      this.#found.set(feast.name, { entity: { name, joinKeys: [key], ...saidOf(feast) }, keys: [key] })
    }
  }

  all(): readonly NewEntity[] {
    return [...this.#found.values()].map((one) => one.entity)
  }

  /** The entity of a view, made if it takes several, in Feast's order. Undefined where Feast does not know one of them. */
  of(view: FeastView): { readonly name: string; readonly keys: readonly JoinKey[] } | undefined {
    const feast = view.entities.filter((name) => name !== NO_ENTITY)
    const parts = feast.map((name) => this.#ofFeast.get(name))
    if (!parts.every((part) => part !== undefined)) return undefined
    const id = feast.join('\0')
    const known = this.#found.get(id)
    if (known) return { name: known.entity.name, keys: known.keys }
    const keys = parts.map((part) => part.key)
    const wish = parts.length === 0 ? 'everything' : parts.map((part) => part.name).join('_')
    const entity = { name: this.#names.invent('entity', wish), joinKeys: keys }
    this.#found.set(id, { entity, keys })
    return { name: entity.name, keys }
  }
}

/**
 * Feast reads a key with the type of the view's column; the entity's own is a default that it often leaves unknown.
 */
function keyType(entity: FeastEntity, joinKey: string, views: readonly FeastView[], report: Report): ValueType {
  const object = `entity ${entity.name}`
  const columns = views
    .filter((view) => view.entities.includes(entity.name))
    .flatMap((view) => view.entityColumns.filter((column) => column.name === joinKey))
    .filter((column) => column.valueType !== 'INVALID')
  const [valueType = entity.valueType, ...others] = new Set(columns.map((column) => column.valueType))
  if (others.length > 0)
    report.left(object, `join key ${joinKey} is ${[valueType, ...others].join(' and ')} in its views; check the type`)
  const type = typeOf({ valueType, vectorIndex: false, vectorLength: 0 })?.type
  if (type && isKeyKind(type.kind)) return type
  report.left(
    object,
    valueType === 'INVALID'
      ? `Feast does not say the type of join key ${joinKey}; it is string here, check it`
      : `join key ${joinKey} is ${valueType}, which cannot be a key; it is string here, and the files must hold text`,
  )
  return t.string()
}
