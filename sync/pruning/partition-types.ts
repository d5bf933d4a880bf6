/** Objects that are read for the types of their folders alone. */

import { hivePartitions } from '../../core/hive.ts'
import type { LakeObject } from '../lake/lake.ts'

/**
 * DuckDB takes the type of a partition's column from the values that it sees: `store=12` alone is a number, and beside `store=a1`
 * it is text. So that a part of a lake has the types of the whole, one object of each kind of value is
 * among it; its other rows are old, and change nothing.
 * @param all the objects as they are listed
 * @param chosen some of them
 */
export function withPartitionTypes(all: readonly LakeObject[], chosen: readonly LakeObject[]): readonly LakeObject[] {
  const read = new Set(chosen.map(({ uri }) => uri))
  const seen = new Set(chosen.flatMap(kindsOf))
  for (const object of all) {
    const kinds = kindsOf(object).filter((kind) => !seen.has(kind))
    if (kinds.length === 0) continue
    read.add(object.uri)
    for (const kind of kinds) seen.add(kind)
  }
  return read.size === chosen.length ? chosen : all.filter(({ uri }) => read.has(uri))
}

function kindsOf({ key }: LakeObject): readonly string[] {
  return hivePartitions(key).map(([name, value]) => `${name}=${kindOf(value)}`)
}

/** What nearly is a number or a time is a kind of its own. */
function kindOf(value: string): string {
  if (/^(0|[1-9]\d{0,17})$/.test(value)) return 'integer'
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return 'date'
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.test(value)) return 'timestamp'
  return /\d|^inf/i.test(value) ? `text ${value}`.slice(0, 40).replace(/\d+/g, '0') : 'text'
}
