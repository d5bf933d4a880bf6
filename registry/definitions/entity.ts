/**
 * An entity is what features are about: an airport, a customer, a route. Its join keys identify it.
 *
 * @example
 * const route = entity('route', { joinKeys: { origin: t.string(), destination: t.string() } })
 */
import { checkName } from '../../core/name.ts'
import { isKeyKind, isType, KEY_KINDS, type KeyKind, type Type, typeText } from '../../core/types.ts'
import type { EntityObject, JoinKey } from '../objects.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse } from './definition.ts'
import { notAType } from './feature.ts'
import {
  checkColumnName,
  checkMetadata,
  checkOptions,
  isRecord,
  METADATA_OPTIONS,
  type MetadataOptions,
} from './options.ts'
import type { Show, ValuesOf } from './rows.ts'

/** A type that has one canonical text. */
export type KeyType = Type<unknown, KeyKind>
export type KeyTypes = Readonly<Record<string, KeyType>>

export interface EntityOptions<J extends KeyTypes = KeyTypes> extends MetadataOptions {
  /** Name and type, in the order of the canonical key. `{}` is the global entity, which has one row. */
  readonly joinKeys: J
}

/** `K`: the join keys and the TypeScript types of their values. */
export interface Entity<N extends string = string, K = unknown> extends Definition<'entity'> {
  readonly name: N
  readonly object: EntityObject
  /** For inference only. */
  readonly _keys?: K
}

/** @throws ShorelineError INVALID naming the entity and the field */
export function entity<const N extends string, const J extends KeyTypes>(
  name: N,
  options: EntityOptions<J>,
): Entity<N, Show<ValuesOf<J>>> {
  checkName('entity', name)
  const subject = `entity ${name}`
  checkOptions(subject, options, ['joinKeys', ...METADATA_OPTIONS])
  const object = { name, ...checkMetadata(subject, options), join_keys: joinKeys(subject, options.joinKeys) }
  return Object.freeze({ [DEFINITION]: 'entity' as const, name, object: frozen(object) })
}

export function isEntity(value: unknown): value is Entity {
  return isDefinition(value, 'entity')
}

function joinKeys(subject: string, keys: unknown): readonly JoinKey[] {
  if (!isRecord(keys)) refuse(subject, 'joinKeys is missing. Write { name: type }, or {} for the global entity.')
  return Object.entries(keys).map(([name, type]) => {
    checkColumnName(subject, 'join key', name)
    if (!isType(type)) refuse(subject, `join key ${name} ${notAType(type)}`)
    if (!isKeyKind(type.kind))
      refuse(
        subject,
        `join key ${name} is ${typeText(type)}, which has no canonical text. Use ${KEY_KINDS.join(', ')}.`,
      )
    return { name, type: typeText(type) }
  })
}
