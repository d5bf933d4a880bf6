/**
 * What all definitions have in common: they are frozen values, marked as ours, that carry their part of the registry as
 * plain data. A symbol of the global registry marks them, because the command line and a feature repository may each
 * load their own copy of this module.
 */
import { ShorelineError } from '../../core/errors.ts'

export const DEFINITION: unique symbol = Symbol.for('shoreline.definition')

export type DefinitionKind =
  | 'entity'
  | 'source'
  | 'csvSource'
  | 'ndjsonSource'
  | 'pushSource'
  | 'featureView'
  | 'onDemandView'
  | 'request'
  | 'stat'
  | 'statistics'
  | 'featureService'
  | 'check'

export interface Definition<Kind extends DefinitionKind = DefinitionKind> {
  readonly [DEFINITION]: Kind
  readonly name: string
}

/** Whether the value came from the constructor of that kind. */
export function isDefinition<Kind extends DefinitionKind>(value: unknown, kind: Kind): value is Definition<Kind> {
  return typeof value === 'object' && value !== null && DEFINITION in value && value[DEFINITION] === kind
}

/** Freezes plain data to its leaves. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

/**
 * Refuses a definition. `subject` names the object and the field, `sentence` says what is wrong and what to write.
 * @throws ShorelineError INVALID
 */
export function refuse(subject: string, sentence: string): never {
  throw new ShorelineError('INVALID', `${subject}: ${sentence}`)
}

/** How much of a value an error repeats. */
const SHOWN = 60

/** What made a definition of each kind, as errors call it. */
const CONSTRUCTORS: Readonly<Record<string, string>> = {
  entity: 'entity',
  source: 'parquetSource',
  csvSource: 'csvSource',
  ndjsonSource: 'ndjsonSource',
  pushSource: 'pushSource',
  featureView: 'featureView',
  onDemandView: 'onDemandView',
  request: 'request',
  stat: 'stat',
  statistics: 'statistics',
  featureService: 'featureService',
  check: 'check',
}

/** What made the definition, as errors call it. */
export function constructorOf(definition: Definition): string {
  return CONSTRUCTORS[definition[DEFINITION]] ?? 'definition'
}

/** A value as an error repeats it: short, and telling functions, definitions and undefined apart. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null && DEFINITION in value && 'name' in value)
    return `${CONSTRUCTORS[String(value[DEFINITION])] ?? 'definition'} ${String(value.name)}`
  const text = jsonOf(value) ?? String(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined // a bigint, or an object within itself
  }
}
