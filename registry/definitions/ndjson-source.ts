/**
 * A data source of newline-delimited JSON in the lake: an object per line (`.ndjson.gz` too). `types` names the columns and
 * what each is; other members are not read, and a missing member is null. No type is guessed, and a value that is not
 * exactly of its type stops the run.
 *
 * @example
 * const clicks = ndjsonSource('clicks', {
 *   path: 'r2://offline/clicks/**\/*.ndjson',
 *   timestamp: 'at',
 *   types: { user_id: t.string(), at: t.timestamp(), price: t.float64(), page: t.json() },
 * })
 */
import type { NdjsonSourceObject } from '../objects.ts'
import { DEFINITION, frozen, refuse } from './definition.ts'
import {
  type ColumnTypes,
  columnTypes,
  FILE_OPTIONS,
  type FileSourceOptions,
  fileSource,
  type Source,
} from './file-source.ts'

/** Every object says for itself which members it has, so that there is no drift to speak of. */
export interface NdjsonSourceOptions extends Omit<FileSourceOptions, 'schemaDrift'> {
  /** Member -> type: the columns of the source. */
  readonly types: ColumnTypes
}

/** @throws ShorelineError INVALID naming the source and the field */
export function ndjsonSource<const N extends string>(name: N, options: NdjsonSourceOptions): Source<N> {
  const known = [...FILE_OPTIONS.filter((option) => option !== 'schemaDrift'), 'types']
  const file = fileSource('ndjsonSource', name, options, known)
  const subject = `ndjsonSource ${name}`
  const types = options.types === undefined ? [] : columnTypes(subject, options.types)
  if (types.length === 0)
    refuse(
      subject,
      'types is missing. Write { member: type } for what is read of the objects, as in { clicks: t.int64() }.',
    )
  const object: NdjsonSourceObject = { ...file, format: 'ndjson', types }
  return Object.freeze({ [DEFINITION]: 'ndjsonSource' as const, name, object: frozen(object) })
}
