/** Newline-delimited JSON for DuckDB to read: the declared members, each as JSON. */

import { hiveNames } from '../../core/hive.ts'
import type { NdjsonSourceObject } from '../../registry/objects.ts'
import { literal } from '../sql/text.ts'
import { FILE_COLUMN, type RawRead } from './raw-read.ts'

/** Bytes of one line at most: four times DuckDB's own bound. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

export function ndjsonReads(source: NdjsonSourceObject, files: readonly string[]): readonly RawRead[] {
  const hive = [...new Set(files.flatMap(hiveNames))]
  const members = source.types.map(({ name }) => name).filter((name) => !hive.includes(name))
  // A reader of no members would not look at the lines; the one that is added is left out of the table.
  const columns = (members.length > 0 ? members : [FILE_COLUMN]).map((name) => `${literal(name)}: 'JSON'`).join(', ')
  const from = `read_json([${files.map(literal).join(', ')}], format = 'newline_delimited', records = true, auto_detect = false,
    columns = {${columns}}, maximum_object_size = ${MAX_LINE_BYTES}, hive_partitioning = ${hive.length > 0},
    hive_types_autocast = false${members.length > 0 ? `, filename = ${literal(FILE_COLUMN)}` : ''})`
  return [{ columns: [...members, ...hive], json: members, files, from }]
}
