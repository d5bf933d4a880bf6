/**
 * A source whose rows applications push: `features` are served at once beside what a sync materialized, newest first for
 * every feature; `events` are kept for training and for windows over them.
 *
 * @example
 * const carts = pushSource('carts', { kind: 'features', schema: { user_id: t.string(), items: t.int64(), total: t.float64() } })
 */
import { checkName } from '../../core/name.ts'
import { isType, typeText, type ValueType } from '../../core/types.ts'
import type { PushSourceObject } from '../objects.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import { notAType } from './feature.ts'
import {
  checkChoice,
  checkColumnName,
  checkMetadata,
  checkOptions,
  isRecord,
  METADATA_OPTIONS,
  type MetadataOptions,
} from './options.ts'

export interface PushSourceOptions extends MetadataOptions {
  /** Name -> type of what a row holds: join keys, and features or whatever an event says. Every row has an `event_timestamp` too. */
  readonly schema: Readonly<Record<string, ValueType>>
  readonly kind: 'features' | 'events'
}

export interface PushSource<N extends string = string> extends Definition<'pushSource'> {
  readonly name: N
  readonly object: PushSourceObject
}

/** @throws ShorelineError INVALID naming the source and the field */
export function pushSource<const N extends string>(name: N, options: PushSourceOptions): PushSource<N> {
  checkName('pushSource', name)
  const subject = `pushSource ${name}`
  checkOptions(subject, options, ['schema', 'kind', ...METADATA_OPTIONS])
  if (options.kind === undefined) refuse(subject, 'kind is missing. Write "features" or "events".')
  checkChoice(subject, 'kind', options.kind, ['features', 'events'])
  const object: PushSourceObject = {
    name,
    ...checkMetadata(subject, options),
    format: 'push',
    kind: options.kind,
    schema: schemaOf(subject, options.schema),
  }
  return Object.freeze({ [DEFINITION]: 'pushSource' as const, name, object: frozen(object) })
}

export function isPushSource(value: unknown): value is PushSource {
  return isDefinition(value, 'pushSource')
}

function schemaOf(subject: string, schema: unknown): PushSourceObject['schema'] {
  if (!isRecord(schema) || Object.keys(schema).length === 0)
    refuse(
      subject,
      `schema is ${schema === undefined ? 'missing' : shown(schema)}. Write { name: type } with the join keys and what else a row holds.`,
    )
  return Object.entries(schema).map(([name, type]) => {
    checkColumnName(subject, 'column', name)
    if (name === 'deleted')
      refuse(subject, 'a column is called "deleted", which says that a row is removed. Give it another name.')
    if (!isType(type)) return refuse(subject, `column ${name} ${notAType(type)}`)
    return { name, type: typeText(type) }
  })
}
