/** Values of expressions as JSON, exactly: what Node knows from DuckDB, for a page to compare with. */
import type { ExpressionJson } from '../../core/expressions/tree.ts'
import type { RuntimeValue } from '../../core/expressions/values.ts'
import type { StoredValue } from '../../core/values.ts'

export interface ParityRows {
  /** Types of the columns. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly StoredValue[])[]
}

/** Expressions over rows `from` and on, with what DuckDB computes of each. */
export interface ParityBatch {
  readonly from: number
  readonly expressions: readonly {
    readonly sql: string
    readonly tree: ExpressionJson
    readonly values: readonly Written[]
  }[]
}

export type Written = string | boolean | null | number | readonly Written[] | { readonly [kind: string]: string }

export function write(value: RuntimeValue): Written {
  if (value instanceof Float32Array) return { vector: Array.from(new Uint32Array(value.slice().buffer)).join() }
  if (Array.isArray(value)) return value.map(write)
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (typeof value !== 'number') return typeof value === 'object' ? null : value
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : { number: Object.is(value, -0) ? '-0' : String(value) }
}

export function read(value: Written): RuntimeValue {
  if (Array.isArray(value)) return (value as readonly Written[]).map(read)
  if (typeof value !== 'object' || value === null) return value as RuntimeValue
  const [[kind, text] = ['', '']] = Object.entries(value as { readonly [kind: string]: string })
  if (kind === 'bigint') return BigInt(text)
  if (kind === 'number') return Number(text)
  return new Float32Array(Uint32Array.from(text === '' ? [] : text.split(','), Number).buffer)
}

/** JSON has no minus zero: stored numbers go as their text. */
export function signed(value: StoredValue): StoredValue {
  if (Array.isArray(value)) return value.map(signed)
  return Object.is(value, -0) ? '-0' : value
}
