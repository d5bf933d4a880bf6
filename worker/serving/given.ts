/** The values that a request brings for on-demand views to compute from. */
import { ShorelineError } from '../../core/errors.ts'
import { valueReader } from '../../core/read-values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import type { ReadyPlan } from './plans.ts'
import type { FeatureRow } from './request.ts'

export interface GivenField {
  readonly name: string
  /** As `timestamp`. */
  readonly type: string
  /** @param field what the request calls it, for errors. @throws ShorelineError INVALID */
  readonly read: (field: string, value: unknown) => StoredValue
}

/** Field -> its value in every row, as a block would store it. Join keys are among them: those are computed from, too. */
export type GivenValues = ReadonlyMap<string, readonly StoredValue[]>

export const NOTHING_GIVEN: GivenValues = new Map()

export function givenField({ name, type }: { readonly name: string; readonly type: string }): GivenField {
  return { name, type, read: valueReader(parseType(type)) }
}

/**
 * @param rows which have every field of the plan
 * @throws ShorelineError INVALID naming the row and the field
 */
export function readGiven(plan: ReadyPlan, rows: readonly FeatureRow[]): GivenValues {
  if (!plan.computed) return NOTHING_GIVEN
  return new Map(
    plan.computed.fields.map(({ name, read }) => {
      const values = rows.map((row, at) => {
        const value = row[name] ?? null
        return value === null ? null : placed(at, () => read(name, value))
      })
      return [name, values]
    }),
  )
}

function placed<T>(row: number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    throw new ShorelineError(thrown.code, `rows[${row}].${thrown.message}`, { ...thrown.details, row })
  }
}
