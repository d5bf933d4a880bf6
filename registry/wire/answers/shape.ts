/** What the schemas of answers are made of. */
import * as z from 'zod'
import type { ExpressionJson } from '../../../core/expressions/tree.ts'
import type { StoredValue } from '../../../core/values.ts'

/** An object, or a list, as it is answered; nobody writes into one. */
export function answer<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.object(shape).readonly()
}

export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).readonly()
}

export function record<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value).readonly()
}

export const count = z.int().min(0)
export const texts = list(z.string())
export const tags = record(z.string())
export const store = z.enum(['kv', 'd1'])
export const visibility = z.enum(['server', 'public'])
export const instant = z.string().meta({ format: 'date-time' })
/** `airport_delays@1` */
export const viewRef = z.string().meta({ description: 'view@version' })

/** Said by `core`, and taken on trust in an answer. */
export const expressionTree = z.custom<ExpressionJson>((value) => value !== undefined)

/** A value as a block stores it, taken on trust as well. */
export const storedValue = z.custom<StoredValue>((value) => value !== undefined)

/** `T` without `readonly`, which says nothing about the JSON. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T
type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? unknown : 'not the same shape'

/**
 * The schema as it is, if the compiler finds that it says exactly what the type says: for what the registry's own modules
 * declare, which know no zod.
 */
export function shapeOf<T>() {
  return <Schema extends z.ZodType>(schema: Schema & Same<T, z.output<Schema>>): Schema => schema
}
