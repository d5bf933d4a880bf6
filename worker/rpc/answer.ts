/** A native answer as the objects that a caller in the same account gets, without JSON between them. */
import type { FeatureStatus, Issue, ViewUsed } from '../../registry/wire/features.ts'
import type { Picked, PickedColumn } from '../serving/picked.ts'
import { type FeatureValue, valueReader } from './values.ts'

export type FeatureValues = Record<string, FeatureValue>
export type FeatureStatuses = Record<string, FeatureStatus>

/** The fields mean what they mean over HTTP; values have the types of the definitions instead of JSON's. */
export interface FeaturesAnswered {
  ok: true
  /** `service@version`; null where features were named one by one. */
  service: string | null
  revision: number
  /** The features of views whose keys are all shared, where the request shared any. */
  shared?: FeatureValues
  /** In the order of the request. Absent with `format: 'columns'`. */
  rows?: FeatureValues[]
  /** With `format: 'columns'`: one list a feature. */
  columns?: Record<string, FeatureValue[]>
  /** With `metadata: 'full'`: a status per feature and row. */
  statuses?: FeatureStatuses[]
  /** The same of on-demand features: the worst status among what each was computed from. */
  input_statuses?: FeatureStatuses[]
  /** Every value that is not PRESENT. Absent with `metadata: 'none'`. */
  issues?: Issue[]
  /** Absent with `metadata: 'none'`. */
  views?: ViewUsed[]
  /** Answered from an old head or an earlier revision, because a store failed. */
  degraded: boolean
  /** Of what was read beside pushed rows; null where none were. Hand it on as `bookmark` to read at least that. */
  bookmark: string | null
}

export interface Form {
  readonly format: 'rows' | 'columns'
  /** Whether the request shared keys. */
  readonly shares: boolean
  readonly bookmark: string | null
}

export function featuresOf(picked: Picked, { format, shares, bookmark }: Form): FeaturesAnswered {
  const { bound, rowCount, degraded, columns, metadata } = picked
  const read = columns.map((one) => ({ ...one, name: one.column.name, values: valuesOf(one) }))
  const own = read.filter(({ once }) => !once)
  return {
    ok: true,
    service: bound.plan.lasting ? bound.plan.id : null,
    revision: bound.head.revision,
    ...(shares && {
      shared: rowOf(
        read.filter(({ once }) => once),
        0,
      ),
    }),
    ...(format === 'columns'
      ? { columns: Object.fromEntries(own.map(({ name, values }) => [name, values])) }
      : { rows: Array.from({ length: rowCount }, (_, row) => rowOf(own, row)) }),
    ...(metadata?.statuses && { statuses: JSON.parse(metadata.statuses) as FeatureStatuses[] }),
    ...(metadata?.inputStatuses && { input_statuses: JSON.parse(metadata.inputStatuses) as FeatureStatuses[] }),
    ...(metadata && {
      issues: JSON.parse(metadata.issues) as Issue[],
      views: JSON.parse(metadata.views) as ViewUsed[],
    }),
    degraded,
    bookmark,
  }
}

function valuesOf({ column, values }: PickedColumn): FeatureValue[] {
  const read = valueReader(column.type)
  return values.map((value) => (value === null ? null : read(value)))
}

function rowOf(
  columns: readonly { readonly name: string; readonly values: readonly FeatureValue[] }[],
  row: number,
): FeatureValues {
  const own: FeatureValues = {}
  for (const { name, values } of columns) own[name] = values[row] ?? null
  return own
}
