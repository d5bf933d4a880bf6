/**
 * Functions of lists and vectors. Products of float32 are exact in doubles, so that a machine which multiplies and adds in one
 * step has the same sums; squares of differences are not, and are rounded one by one. What they come to is a float32 again.
 */
import { type Int64, int64 } from '../integers.ts'
import { noValue } from '../no-value.ts'
import { argAt, type Build, binary, type Pack, unary } from '../pack.ts'
import type { RuntimeValue } from '../values.ts'
import { CASTS, floatOf } from './casts.ts'
import { type Order, orderFor } from './comparisons.ts'

type List = readonly RuntimeValue[]

const listValue: Build = (args) => {
  const items = args.map((arg) => arg.evaluate)
  return (row) => items.map((item) => item(row))
}

/** Places begin at 1, and count from the end where they are negative. */
function extract(list: List, place: Int64): RuntimeValue {
  const at = place > 0 ? Number(place) - 1 : place < 0 ? list.length + Number(place) : -1
  return list[at] ?? null
}

function itemType(args: Parameters<Build>[0]): string {
  return /^list\((.+)\)$/.exec(argAt(args, 0).type)?.[1] ?? ''
}

const contains: Build = (args, type) => {
  const order = orderFor(itemType(args))
  return binary((list: List, value) => list.some((item) => item !== null && order(item, value) === 0))(args, type)
}

/** The place of the first that is equal, from 1; null where there is none. A null is found where a null is looked for. */
const position: Build = (args) => {
  const order = orderFor(itemType(args))
  const [lists, values] = [argAt(args, 0).evaluate, argAt(args, 1).evaluate]
  return (row) => {
    const list = lists(row) as List | null
    const value = values(row)
    if (list === null) return null
    for (let at = 0; at < list.length; at++) {
      const item = list[at] ?? null
      if (item === null || value === null ? item === value : order(item, value) === 0) return at + 1
    }
    return null
  }
}

function extreme(isBetter: (order: number) => boolean): Build {
  return (args, type) => {
    const order: Order = orderFor(itemType(args))
    return unary((list: List) => {
      let best: RuntimeValue = null
      for (const item of list) if (item !== null && (best === null || isBetter(order(item, best)))) best = item
      return best
    })(args, type)
  }
}

function sum(list: List): RuntimeValue {
  let total = 0
  let count = 0
  for (const item of list) {
    if (item === null) continue
    total += item as number
    count++
  }
  return count === 0 ? null : total
}

/** Beyond 64 bits, until it is cast. */
function wholeSum(list: List): Int64 | null {
  let total = 0n
  let count = 0
  for (const item of list) {
    if (item === null) continue
    total += BigInt(item as Int64)
    count++
  }
  if (count === 0) return null
  return total >= -9007199254740991n && total <= 9007199254740991n ? Number(total) : total
}

function average(list: List): RuntimeValue {
  const total = sum(list)
  return total === null ? null : (total as number) / list.filter((item) => item !== null).length
}

function wholeAverage(list: List): RuntimeValue {
  const total = wholeSum(list)
  return total === null ? null : Number(int64(BigInt(total))) / list.filter((item) => item !== null).length
}

function bySum(whole: (list: List) => RuntimeValue, float: (list: List) => RuntimeValue): Build {
  return (args, type) => unary(itemType(args).startsWith('int') ? whole : float)(args, type)
}

const vectors = (compute: (a: Float32Array, b: Float32Array) => number) =>
  binary<Float32Array, Float32Array>((a, b) => floatOf(compute(a, b)))

function product(a: Float32Array, b: Float32Array): number {
  let total = 0
  for (let at = 0; at < a.length; at++) total += (a[at] ?? 0) * (b[at] ?? 0)
  return total
}

function distance(a: Float32Array, b: Float32Array): number {
  let total = 0
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    total += difference * difference
  }
  return Math.sqrt(total)
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [both, first, second] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0]
    both += x * y
    first += x * x
    second += y * y
  }
  const similarity = both / Math.sqrt(first * second)
  // NaN is less than nothing there.
  return Number.isNaN(similarity) ? -1 : Math.max(-1, Math.min(similarity, 1))
}

/** Element by element. */
const castList: Build = (args, type) => {
  const from = argAt(args, 0).type
  if (from.startsWith('vector')) return unary((vector: Float32Array) => Array.from(vector))(args, type)
  const to = /^list\((.+)\)$/.exec(type)?.[1] ?? ''
  const cast = CASTS['cast']
  if (!cast) return noValue()
  const item = cast([{ type: itemType(args), column: 0, evaluate: (row) => row[0] ?? null }], to)
  return unary((list: List) => list.map((one) => item([one])))(args, type)
}

export const LISTS: Pack = {
  list_value: listValue,
  list_length: unary((list: List) => list.length),
  list_extract: binary(extract),
  list_contains: contains,
  list_position: position,
  list_min: extreme((order) => order < 0),
  list_max: extreme((order) => order > 0),
  list_sum: bySum(wholeSum, sum),
  list_avg: bySum(wholeAverage, average),
  inner_product: vectors(product),
  distance: vectors(distance),
  cosine_similarity: vectors(cosine),
  cast_list: castList,
}
