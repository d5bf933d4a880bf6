/**
 * The answer as a hand would write it: an object per row, then `JSON.stringify`. The KV floor runs it, and the script
 * runs it over the rows it made to learn what every contender must answer.
 */
import { FIRST_FEATURE, type StoredRow } from '../../../core/block.ts'
import { joinKeyParts } from '../../../core/keys.ts'
import { timestampText } from '../../../core/values.ts'

/** What the author of such a handler knows of the service. */
export interface KnownService {
  /** `service@version` */
  readonly id: string
  readonly revision: number
  readonly views: readonly KnownView[]
}

export interface KnownView {
  /** `view@version` */
  readonly view: string
  readonly as: string
  readonly snapshot: number
  readonly run: string
  readonly blocks: number
  /** Fields of a request row. */
  readonly keys: readonly string[]
  readonly columns: readonly { readonly name: string; readonly index: number; readonly type: string }[]
}

export type RequestRow = Readonly<Record<string, string>>
export type Metadata = 'issues' | 'none'

export type FindRow = (view: KnownView, key: string) => StoredRow | undefined

export function writeByHand(
  service: KnownService,
  rows: readonly RequestRow[],
  find: FindRow,
  metadata: Metadata = 'issues',
): string {
  const found = rows.map((row) => service.views.map((view) => find(view, keyOf(view, row))))
  const answer = {
    service: service.id,
    revision: service.revision,
    rows: found.map((stored) => rowObject(service, stored)),
  }
  if (metadata === 'none') return JSON.stringify({ ...answer, degraded: false })
  return JSON.stringify({
    ...answer,
    issues: [],
    views: service.views.map(({ view, as, snapshot }, position) => ({
      view,
      as,
      store: 'kv',
      snapshot,
      event_timestamps:
        rows.length === 1 ? found.map((stored) => timestampText(stored[position]?.[1] ?? 0)) : undefined,
    })),
    degraded: false,
  })
}

/** The same in Feast's form: a column per join key and feature. All rows are there and no value is null. */
export function writeFeastByHand(
  service: KnownService,
  keys: Readonly<Record<string, readonly string[]>>,
  find: FindRow,
): string {
  const names = Object.keys(keys)
  const count = keys[names[0] ?? '']?.length ?? 0
  const rows = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, keys[name]?.[row] ?? ''])),
  )
  const statuses = rows.map(() => 'PRESENT')
  const epoch = rows.map(() => '1970-01-01T00:00:00Z')
  const columns = service.views.flatMap((view) => {
    const found = rows.map((row) => find(view, keyOf(view, row)))
    const instants = found.map((stored) => timestampText(stored?.[1] ?? 0))
    return view.columns.map(({ index, type }) => ({
      values: found.map((stored) => feastValue(stored?.[FIRST_FEATURE + index] ?? null, type)),
      statuses,
      event_timestamps: instants,
    }))
  })
  return JSON.stringify({
    metadata: { feature_names: [...names, ...service.views.flatMap((view) => view.columns.map(({ name }) => name))] },
    results: [...names.map((name) => ({ values: keys[name], statuses, event_timestamps: epoch })), ...columns],
  })
}

/** float32 is there the double that it is. */
function feastValue(value: unknown, type: string): unknown {
  if (type === 'int64') return Number(value)
  return type === 'float32' ? Math.fround(Number(value)) : value
}

export function keyOf(view: KnownView, row: RequestRow): string {
  return joinKeyParts(view.keys.map((name) => row[name] ?? ''))
}

function rowObject(service: KnownService, stored: readonly (StoredRow | undefined)[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  service.views.forEach((view, position) => {
    const row = stored[position]
    for (const { name, index, type } of view.columns) {
      const value = row?.[FIRST_FEATURE + index] ?? null
      object[name] = type === 'int64' && value !== null ? Number(value) : value
    }
  })
  return object
}
