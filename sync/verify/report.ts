/** What a comparison of the two paths found. */
import { parseType } from '../../core/types.ts'
import { type StoredValue, valueWriter } from '../../core/values.ts'

export interface Verified {
  /** `view@version` */
  readonly view: string
  readonly form: 'stored' | 'sql' | 'typescript' | 'wasm'
  /** How many were compared. */
  readonly rows: number
  readonly equal: number
  readonly different: number
  /** Rows that were asked and not compared, because what they are of changed meanwhile: a value expired, a row was pushed. */
  readonly moved: number
  /** Why nothing was compared. */
  readonly skipped?: string
  /** The first ones. */
  readonly differences: readonly Difference[]
}

/** Values as JSON text, as an answer has them. */
export interface Difference {
  readonly feature: string
  /** The fields of the request. */
  readonly row: Readonly<Record<string, string>>
  /** What an on-demand view computed from. */
  readonly inputs?: Readonly<Record<string, string>>
  readonly online: string
  readonly offline: string
}

/** How many of a view are told. */
export const TOLD = 10

export function skipped(view: string, form: Verified['form'], why: string): Verified {
  return { view, form, rows: 0, equal: 0, different: 0, moved: 0, skipped: why, differences: [] }
}

export function shown(type: string, value: StoredValue | undefined): string {
  return value === undefined || value === null ? 'null' : valueWriter(parseType(type))(value)
}
