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
  readonly columns: readonly { readonly name: string; readonly index: number; readonly int64: boolean }[]
}

export type RequestRow = Readonly<Record<string, string>>

/** @param find the row of a view by its canonical key */
export function writeByHand(
  service: KnownService,
  rows: readonly RequestRow[],
  find: (view: KnownView, key: string) => StoredRow | undefined,
): string {
  const found = rows.map((row) => service.views.map((view) => find(view, keyOf(view, row))))
  return JSON.stringify({
    service: service.id,
    revision: service.revision,
    rows: found.map((stored) => rowObject(service, stored)),
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

export function keyOf(view: KnownView, row: RequestRow): string {
  return joinKeyParts(view.keys.map((name) => row[name] ?? ''))
}

function rowObject(service: KnownService, stored: readonly (StoredRow | undefined)[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  service.views.forEach((view, position) => {
    const row = stored[position]
    for (const { name, index, int64 } of view.columns) {
      const value = row?.[FIRST_FEATURE + index] ?? null
      object[name] = int64 && value !== null ? Number(value) : value
    }
  })
  return object
}
