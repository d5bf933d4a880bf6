/**
 * What a pack of functions is made of: builders, that make a closure of closures once for each node of a tree.
 *
 * A row is some nanoseconds: what is done for each one loops by index and takes nothing apart as an array. Both go through an
 * iterator, which costs as much as the rest of a small expression or twice that.
 */
import type { Evaluate, RuntimeValue } from './values.ts'

/** An argument of a node that is being built. */
export interface Arg {
  readonly type: string
  readonly evaluate: Evaluate
  /** Its place in the row where it is a plain column, else -1: such an argument is read without a call. */
  readonly column: number
  /** Its value where it is a literal. */
  readonly literal?: RuntimeValue
}

/** @param type of the result, as the tree has it */
export type Build = (args: readonly Arg[], type: string) => Evaluate

export type Pack = Readonly<Record<string, Build>>

/** The argument at a position that the caller knows to be there: trees come from our own binder. */
export function argAt(args: readonly Arg[], at: number): Arg {
  const arg = args[at]
  if (!arg) throw new RangeError(`A function has no argument ${at + 1}`)
  return arg
}

/** A function of one value that is not null. The casts are what its signature in the tree says. */
export function unary<A extends RuntimeValue>(compute: (a: A) => RuntimeValue): Build {
  return (args) => {
    const { evaluate, column } = argAt(args, 0)
    if (column >= 0)
      return (row) => {
        const a = row[column] as A | null
        return a === null ? null : compute(a)
      }
    return (row) => {
      const a = evaluate(row) as A | null
      return a === null ? null : compute(a)
    }
  }
}

/** A function of two values, null when either is. Columns and literals are read without a call. */
export function binary<A extends RuntimeValue, B extends RuntimeValue>(compute: (a: A, b: B) => RuntimeValue): Build {
  return (args) => {
    const [left, right] = [argAt(args, 0), argAt(args, 1)]
    const { evaluate: l, column: i } = left
    const { evaluate: r, column: j } = right
    if (i >= 0 && j >= 0)
      return (row) => {
        const a = row[i] as A | null
        const b = row[j] as B | null
        return a === null || b === null ? null : compute(a, b)
      }
    if (right.literal !== undefined && right.literal !== null) {
      const b = right.literal as B
      return (row) => {
        const a = l(row) as A | null
        return a === null ? null : compute(a, b)
      }
    }
    return (row) => {
      const a = l(row) as A | null
      const b = r(row) as B | null
      return a === null || b === null ? null : compute(a, b)
    }
  }
}

/** A function of any number of values, null when one is. All are evaluated: an error in any is an error. */
export function strict(compute: (...values: never[]) => RuntimeValue): Build {
  const call = compute as (...values: RuntimeValue[]) => RuntimeValue
  return (args) => {
    const closures = args.map((arg) => arg.evaluate)
    return (row) => {
      const values: RuntimeValue[] = []
      let isNull = false
      for (let at = 0; at < closures.length; at++) {
        const value = closures[at]?.(row) ?? null
        if (value === null) isNull = true
        values.push(value)
      }
      return isNull ? null : call(...values)
    }
  }
}

/** Chooses a builder by the type of the first argument. */
export function byType(builders: Readonly<Record<string, Build>>): Build {
  return (args, type) => {
    const from = argAt(args, 0).type
    const build = builders[from] ?? builders[from.replace(/\(.*$/, '')]
    if (!build) throw new RangeError(`A function is not there for ${from}`)
    return build(args, type)
  }
}
