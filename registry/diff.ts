/** What differs between two states of an object, field by field, as a reviewer reads it. */
import { checkMeaning, checkSubject } from './checks.ts'
import { canonicalJson } from './hash.ts'
import type {
  EntityObject,
  FeatureObject,
  LakeSourceObject,
  Metadata,
  OnDemandObject,
  ServiceInput,
  ServiceObject,
  SourceObject,
  ViewObject,
} from './objects.ts'
import { setOf, statText, valueText } from './statistics.ts'

export interface FieldChange {
  /** `ttl`, `sql`, `features.avg_delay_7d`, `sources.flights.path`, `tags.domain` */
  readonly field: string
  /** Null where the field was not there. */
  readonly from: string | null
  readonly to: string | null
}

type Fields = ReadonlyMap<string, string>

export function entityFields(entity: EntityObject): Fields {
  return new Map([...metadata(entity), ['join keys', keysText(entity.join_keys)]])
}

export function sourceFields(source: SourceObject): Fields {
  if (source.format === 'push')
    return new Map([
      ...metadata(source),
      ['kind', source.kind],
      ...source.schema.map(({ name, type }): [string, string] => [`schema.${name}`, type]),
    ])
  const fields = new Map([...metadata(source), ...reading('', source)])
  for (const [column, tags] of Object.entries(source.column_tags ?? {})) tagged(fields, `columnTags.${column}`, tags)
  return fields
}

export function viewFields(view: ViewObject): Fields {
  const fields = new Map([...metadata(view), ['entity', view.entity], ['join keys', keysText(view.join_keys)]])
  if (view.retired) set(fields, 'retired', 'yes')
  for (const option of VIEW_OPTIONS) set(fields, option, view[option])
  if (view.pushed) set(fields, 'pushed', view.pushed.join(', '))
  for (const [subject, checks] of Map.groupBy(view.checks ?? [], checkSubject))
    set(fields, `checks.${subject}`, checks.map((check) => `${checkMeaning(check)}, ${check.severity}`).join('; '))
  for (const source of view.reads)
    for (const [name, value] of reading(`sources.${source.name}.`, source)) set(fields, name, value)
  addFeatures(fields, view.features)
  return fields
}

function addFeatures(fields: Map<string, string>, features: readonly FeatureObject[]): void {
  for (const feature of features) {
    const name = `features.${feature.name}`
    set(fields, name, feature.type)
    set(fields, `${name}.description`, feature.description)
    if (feature.visibility !== 'server') set(fields, `${name}.visibility`, feature.visibility)
    tagged(fields, `${name}.tags`, feature.tags ?? {})
  }
  set(fields, ORDER, features.map((feature) => feature.name).join(', '))
}

const VIEW_OPTIONS = [
  ...(['sql', 'timestamp', 'created', 'ttl', 'lookback', 'freshness', 'schedule', 'lag', 'retention'] as const),
  'push',
  'consistency',
  'online',
] as const

export function onDemandFields(view: OnDemandObject): Fields {
  const fields = metadata(view)
  if (view.retired) set(fields, 'retired', 'yes')
  for (const input of view.inputs)
    if ('request' in input) for (const { name, type } of input.request) set(fields, `request.${name}`, type)
    else if ('statistics' in input)
      for (const one of input.statistics) set(fields, `statistics.${one.name}`, `${statText(one)} = ${valueText(one)}`)
    else addInput(fields, input, `inputs.${input.as}`)
  const { form } = view
  set(fields, 'form', form.kind)
  if (form.kind === 'sql') {
    for (const [feature, text] of Object.entries(form.sql)) set(fields, `sql.${feature}`, text)
    for (const [feature, { sql }] of Object.entries(form.bound)) set(fields, `sql.${feature}.bound`, sql)
    for (const one of form.statistics ?? [])
      set(fields, `sql.${statText(one, setOf(one.set)?.name)}`, `${valueText(one)}, of ${one.set}`)
  } else set(fields, 'code', form.code.slice(0, CODE_DIGITS))
  if (form.kind === 'wasm') {
    set(fields, 'export', form.export)
    set(fields, 'args', form.args.join(', '))
    set(fields, 'returns', form.returns.join(', '))
  }
  addFeatures(fields, view.features)
  return fields
}

/** Digits of a content hash that tell two apart. */
const CODE_DIGITS = 12

export function serviceFields(service: ServiceObject): Fields {
  const fields = metadata(service)
  if (service.retired) set(fields, 'retired', 'yes')
  for (const input of service.inputs) addInput(fields, input, input.as)
  set(fields, ORDER, service.features.join(', '))
  return fields
}

function addInput(fields: Map<string, string>, { view, as, keys, features }: ServiceInput, place: string): void {
  set(fields, place, view)
  for (const [key, name] of Object.entries(keys)) if (key !== name) set(fields, `${place}.${key}`, `from ${name}`)
  const taken = place === as ? 'features.' : `${place}.`
  for (const { feature, name } of features) set(fields, `${taken}${name}`, `${as}.${feature}`)
}

/** Said only when nothing else says it. */
const ORDER = 'order of features'

export function fieldChanges(before: Fields, after: Fields): readonly FieldChange[] {
  const names = new Set([...after.keys(), ...before.keys()])
  const changes = [...names].flatMap((field): FieldChange[] => {
    const from = before.get(field) ?? null
    const to = after.get(field) ?? null
    return from === to || field === ORDER ? [] : [{ field, from, to }]
  })
  const features = changes.some(
    ({ field, from, to }) => /^features\.[^.]+$/.test(field) && (from === null || to === null),
  )
  const [from = null, to = null] = [before.get(ORDER), after.get(ORDER)]
  return features || from === to ? changes : [...changes, { field: ORDER, from, to }]
}

function metadata({ description, owner, tags }: Metadata): Map<string, string> {
  const fields = new Map<string, string>()
  set(fields, 'description', description)
  set(fields, 'owner', owner)
  tagged(fields, 'tags', tags ?? {})
  return fields
}

function reading(prefix: string, source: LakeSourceObject): Fields {
  const fields = new Map<string, string>()
  for (const field of ['path', 'timestamp', 'created'] as const) set(fields, `${prefix}${field}`, source[field])
  if (source.columns) set(fields, `${prefix}columns`, canonicalJson(source.columns))
  set(fields, `${prefix}schemaDrift`, source.schema_drift)
  if (source.format === 'parquet') return fields
  set(fields, `${prefix}format`, source.format)
  for (const { name, type } of source.types) set(fields, `${prefix}types.${name}`, type)
  if (source.format === 'ndjson') return fields
  set(fields, `${prefix}delimiter`, source.delimiter)
  set(fields, `${prefix}nullText`, source.null_text)
  if (source.header === false)
    set(fields, `${prefix}columns of the files`, source.types.map(({ name }) => name).join(', '))
  return fields
}

function tagged(fields: Map<string, string>, prefix: string, tags: Readonly<Record<string, string>>): void {
  for (const [tag, value] of Object.entries(tags)) set(fields, `${prefix}.${tag}`, value)
}

function set(fields: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined) fields.set(name, value)
}

function keysText(keys: EntityObject['join_keys']): string {
  return keys.length === 0 ? 'none' : keys.map(({ name, type }) => `${name} ${type}`).join(', ')
}
