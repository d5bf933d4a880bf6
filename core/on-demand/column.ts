/** What an on-demand view computes, column by column, whatever its form. */
import type { StoredValue } from '../values.ts'

/** Stored values, one a row. */
export type Values = readonly StoredValue[]

/** A computed feature: null where it has no value. */
export interface Computed {
  readonly values: Values
  /** Where it failed; null when it did nowhere. */
  readonly invalid: readonly boolean[] | null
}

/**
 * @param inputs one column for each of the entry's inputs, in their order; those of constants are not looked at
 * @returns one for each of its features
 */
export type RunEntry = (inputs: readonly Values[], rows: number) => readonly Computed[]

export class Column {
  readonly values: StoredValue[] = []
  #invalid: boolean[] | null = null

  add(value: StoredValue): void {
    this.values.push(value)
    this.#invalid?.push(false)
  }

  addInvalid(): void {
    this.#invalid ??= this.values.map(() => false)
    this.values.push(null)
    this.#invalid.push(true)
  }

  get invalid(): readonly boolean[] | null {
    return this.#invalid
  }
}
