/** What makes a version: the hash of what it means. Metadata (description, owner, tags, freshness, schedule …) is no part of it. */
import { contentHash } from './hash.ts'
import type { LakeSourceObject, OnDemandObject, RegistrySnapshot, ServiceInput, ViewObject } from './objects.ts'

/** What a view's values depend on. */
export type ViewMeaning = Omit<ViewObject, 'version' | 'hash' | 'retired' | 'runs'>

/** A source as a version of a view keeps it: what is read, not who answers for it. */
export function sourceMeaning(source: LakeSourceObject): LakeSourceObject {
  const { description: _, owner: _owner, tags: _tags, column_tags: _columnTags, ...meaning } = source
  return meaning
}

export function viewHash(view: ViewMeaning): Promise<string> {
  const { entity, ttl, push, pushed } = view
  return contentHash({ ...storedMeaning(view), entity, ttl, ...(push === undefined ? {} : { push, pushed }) })
}

/** What decides the rows that are stored. A ttl only decides which of them are too old when they are read. */
export function storedHash(view: ViewMeaning): Promise<string> {
  return contentHash(storedMeaning(view))
}

function storedMeaning(view: ViewMeaning): Readonly<Record<string, unknown>> {
  const { sql, timestamp, created, lookback, join_keys, reads, features } = view
  return {
    sql,
    timestamp,
    created,
    lookback,
    join_keys,
    reads: reads.map(sourceMeaning),
    features: features.map(({ name, type }) => ({ name, type })),
  }
}

/** What decides the values: the versions that are read and what is computed from them. */
export function onDemandHash(view: Omit<OnDemandObject, 'version' | 'hash' | 'retired'>): Promise<string> {
  const { inputs, form, row, join_keys, request, features } = view
  return contentHash({
    inputs,
    form,
    row,
    join_keys,
    request,
    features: features.map(({ name, type }) => ({ name, type })),
  })
}

/** @param inputs naming view versions */
export function serviceHash(inputs: readonly ServiceInput[]): Promise<string> {
  return contentHash(inputs)
}

/** The objects by name, each list by version, from one pass over a snapshot's list. */
export function byName<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>()
  for (const object of objects) {
    const list = found.get(object.name)
    if (list) list.push(object)
    else found.set(object.name, [object])
  }
  return found
}

/**
 * The last version ever given to a name, retired and removed ones included; 0 before the first.
 * @param retained lists of its versions, each sorted: stored and on-demand views share their names
 */
export function lastVersion(
  snapshot: RegistrySnapshot,
  kind: 'views' | 'services',
  name: string,
  ...retained: readonly (readonly { readonly version: number }[])[]
): number {
  const removed = snapshot.last?.[kind]
  const last = retained.map((versions) => versions.at(-1)?.version ?? 0)
  return Math.max(...last, (removed && Object.hasOwn(removed, name) ? removed[name] : 0) ?? 0)
}
