/** A push source made ready for requests: a reader per column, and where its rows go. */
import { ShorelineError } from '../../core/errors.ts'
import { checkKeyLength, joinKeyParts, type KeyReader, keyReader } from '../../core/keys.ts'
import { type ValueReader, valueReader } from '../../core/read-values.ts'
import { isKeyKind, parseType } from '../../core/types.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { PushSourceObject, RegistrySnapshot, ViewObject } from '../../registry/objects.ts'
import { runsOf } from '../../registry/runs.ts'

/** Stored rows of one view version (or of several that store the same) that a source brings features of. */
export interface PushTarget {
  /** The `view@version` that owns the runs. */
  readonly view: string
  readonly features: ReadonlySet<string>
  /** The canonical key of a row. @throws ShorelineError INVALID naming the field */
  readonly readKey: (row: Readonly<Record<string, unknown>>) => string
}

export interface PushSchema {
  readonly source: PushSourceObject
  readonly columns: ReadonlyMap<string, ValueReader>
  /** Columns without which a row could not be told apart. */
  readonly keys: ReadonlySet<string>
  readonly targets: readonly PushTarget[]
}

/** @throws ShorelineError UNKNOWN_NAME */
export function pushSchema(registry: RegistrySnapshot, name: string): PushSchema {
  const pushes = registry.sources.filter((source) => source.format === 'push')
  const source = pushes.find((one) => one.name === name)
  if (!source) {
    const meant = nearest(
      name,
      pushes.map((one) => one.name),
    )
    const fix = meant
      ? `Did you mean ${meant}?`
      : pushes.length === 0
        ? 'None is registered.'
        : `There are: ${pushes.map((one) => one.name).join(', ')}.`
    throw new ShorelineError('UNKNOWN_NAME', `There is no push source ${name.slice(0, 80)}. ${fix}`, {
      source: name.slice(0, 80),
    })
  }
  const targets = source.kind === 'features' ? targetsOf(registry, name) : []
  return {
    source,
    columns: new Map(source.schema.map((column) => [column.name, valueReader(parseType(column.type))])),
    keys: new Set(targets.flatMap(({ keys }) => keys)),
    targets,
  }
}

/** Every retained version that names the source: a service of an older one keeps answering. */
function targetsOf(
  registry: RegistrySnapshot,
  source: string,
): readonly (PushTarget & { readonly keys: readonly string[] })[] {
  const owners = Map.groupBy(
    registry.views.filter((view) => view.push === source),
    runsOf,
  )
  return [...owners].flatMap(([view, versions]) => {
    const [first] = versions
    if (!first) return []
    return [
      {
        view,
        features: new Set(versions.flatMap((version) => version.pushed ?? [])),
        keys: first.join_keys.map((key) => key.name),
        readKey: readerOf(first),
      },
    ]
  })
}

function readerOf({ name, join_keys }: ViewObject): PushTarget['readKey'] {
  const names = join_keys.map((key) => key.name)
  const readers = join_keys.map((key): readonly [string, KeyReader] => {
    if (!isKeyKind(key.type))
      throw new ShorelineError('INTERNAL', `join key ${key.name} of ${name} has type ${key.type}.`)
    return [key.name, keyReader({ name: key.name, kind: key.type })]
  })
  return (row) => {
    const key = joinKeyParts(readers.map(([field, read]) => read(row[field])))
    checkKeyLength(names, key)
    return key
  }
}
