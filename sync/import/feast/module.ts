/** The text of the TypeScript file: what is left to do and what was renamed first, then the definitions. */
import type { ValueType } from '../../../core/types.ts'
import { Identifiers } from './identifiers.ts'
import { type Call, commented, commentLines, type Expression, layout, type ObjectOf, quoted } from './layout.ts'
import type { Converted, NewEntity, NewFeature, NewInput, NewService, NewSource, NewView, Said } from './model.ts'

export function moduleText(converted: Converted): string {
  const { entities, sources, views, services } = converted
  const identifiers = new Identifiers()
  identifiers.add(
    'Entity',
    entities.map((one) => one.name),
  )
  identifiers.add(
    'View',
    views.map((one) => one.name),
  )
  identifiers.add(
    'Service',
    services.map((one) => one.name),
  )
  identifiers.add(
    'Source',
    sources.map((one) => one.name),
  )
  const blocks = [
    header(converted),
    importLine(converted),
    entities.map((one) => statement(identifiers.of('Entity', one.name), entityCall(one))).join(''),
    sources.map((one) => `${placeNote(one)}${statement(identifiers.of('Source', one.name), sourceCall(one))}`).join(''),
    ...views.map((one) => statement(identifiers.of('View', one.name), viewCall(one, identifiers))),
    ...services.map((one) => statement(identifiers.of('Service', one.name), serviceCall(one, identifiers))),
  ]
  return blocks.filter((block) => block !== '').join('\n')
}

function statement(identifier: string, call: Call): string {
  const start = `export const ${identifier} = `
  return `${start}${layout(call, 0, start.length, 0)}\n`
}

function header({ project, workLeft, renamed }: Converted): string {
  const from = `From the Feast ${project === '' ? 'registry' : `project "${project}"`}, by \`shoreline import feast\`. The file is yours from here on.`
  const work = workLeft.flatMap(({ object, what }) => commentLines(`${object}: ${what}.`, '// - ', '//   '))
  const names = renamed.flatMap(({ object, from, to }) => commentLines(`${object}: ${from} -> ${to}`, '// - ', '//   '))
  const lines = [
    ...commentLines(from, '// ', '// '),
    ...(work.length > 0 ? ['//', '// Work left:', ...work] : []),
    ...(names.length > 0 ? ['//', '// Renamed:', ...names] : []),
  ]
  return `${lines.join('\n')}\n`
}

function importLine({ entities, sources, views, services }: Converted): string {
  const features = views.length > 0 || entities.some((entity) => entity.joinKeys.length > 0)
  const names = [
    ...(entities.length > 0 ? ['entity'] : []),
    ...(services.length > 0 ? ['featureService'] : []),
    ...(views.length > 0 ? ['featureView'] : []),
    ...(sources.length > 0 ? ['parquetSource'] : []),
    ...(features ? ['t'] : []),
  ]
  return `import { ${names.join(', ')} } from 'shoreline'\n`
}

function entityCall({ name, joinKeys, ...said }: NewEntity): Call {
  const keys = objectOf(joinKeys.map((key) => [key.name, typeCall(key.type)]))
  return { callee: 'entity', args: [quoted(name), objectOf([['joinKeys', keys], ...saidEntries(said)])] }
}

function placeNote({ fillIn }: NewSource): string {
  return fillIn === undefined
    ? ''
    : `${commentLines(`Fill in the path. In Feast: ${fillIn}.`, '// ', '// ').join('\n')}\n`
}

function sourceCall({ name, path, timestamp, created, columns, fillIn: _, ...said }: NewSource): Call {
  const renamed = Object.entries(columns).map(([feature, column]) => [feature, quoted(column)] as const)
  const options = objectOf([
    ['path', quoted(path)],
    ['timestamp', quoted(timestamp)],
    ...(created === undefined ? [] : [['created', quoted(created)] as const]),
    ...(renamed.length === 0 ? [] : [['columns', objectOf(renamed)] as const]),
    ...saidEntries(said),
  ])
  return { callee: 'parquetSource', args: [quoted(name), options] }
}

function viewCall({ name, entity, source, ttl, features, leftOut, ...said }: NewView, identifiers: Identifiers): Call {
  const notes = leftOut.map((feature) => `Left out: ${commented(feature)}`)
  const options = objectOf([
    ['entity', identifiers.of('Entity', entity)],
    ['source', identifiers.of('Source', source)],
    ...(ttl === undefined ? [] : [['ttl', quoted(ttl)] as const]),
    ...saidEntries(said),
    ['features', { ...objectOf(features.map((feature) => [feature.name, featureValue(feature)])), notes }],
  ])
  return { callee: 'featureView', args: [quoted(name), options] }
}

function featureValue({ type, description, tags }: NewFeature): Expression {
  const said = { ...(description !== undefined && { description }), ...(tags && { tags }) }
  const entries = saidEntries(said)
  return entries.length === 0 ? typeCall(type) : objectOf([['type', typeCall(type)], ...entries])
}

function serviceCall({ name, inputs, ...said }: NewService, identifiers: Identifiers): Call {
  const features = { items: inputs.map((input) => inputValue(input, identifiers)) }
  return { callee: 'featureService', args: [quoted(name), objectOf([['features', features], ...saidEntries(said)])] }
}

function inputValue({ view, as, pick, rename }: NewInput, identifiers: Identifiers): Expression {
  const keys = as ? stringEntries(as.keys) : []
  const calls: Call[] = [
    ...(as ? [{ callee: 'as', args: [quoted(as.role), ...(keys.length > 0 ? [objectOf(keys)] : [])] }] : []),
    ...(pick ? [{ callee: 'pick', args: pick.map(quoted) }] : []),
    ...(rename ? [{ callee: 'rename', args: [objectOf(stringEntries(rename))] }] : []),
  ]
  const head = identifiers.of('View', view)
  return calls.length === 0 ? head : { head, calls }
}

function typeCall(type: ValueType): Expression {
  if (type.kind === 'list') return { callee: 't.list', args: [typeCall(type.of)] }
  return type.kind === 'vector' ? `t.vector(${type.size})` : `t.${type.kind}()`
}

function saidEntries({ description, owner, tags }: Said): readonly (readonly [string, Expression])[] {
  return [
    ...(description === undefined ? [] : [['description', quoted(description)] as const]),
    ...(owner === undefined ? [] : [['owner', quoted(owner)] as const]),
    ...(tags === undefined ? [] : [['tags', objectOf(stringEntries(tags))] as const]),
  ]
}

function stringEntries(map: Readonly<Record<string, string>>): readonly (readonly [string, Expression])[] {
  return Object.entries(map).map(([key, value]) => [key, quoted(value)] as const)
}

function objectOf(entries: ObjectOf['entries']): ObjectOf {
  return { entries }
}
