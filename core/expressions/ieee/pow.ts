/** A double to the power of another. */
/*
 * Algorithm and constants of FreeBSD msun (fdlibm):
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
import { highWord, powerOfTwo, truncated, withHighWord } from './words.ts'

const [L1, L2, L3, L4, L5, L6] = [
  0.5999999999999946, 0.4285714285785502, 0.33333332981837743, 0.272728123808534, 0.23066074577556175,
  0.20697501780033842,
]
const [P1, P2, P3, P4, P5] = [
  0.16666666666666602, -0.0027777777777015593, 0.00006613756321437934, -1.6533902205465252e-6, 4.1381367970572385e-8,
]
const [LG2, LG2_HIGH, LG2_LOW] = [Math.LN2, 0.6931471824645996, -1.904654299957768e-9]
/** -(1024 - log2(the greatest double + half a unit)) */
const OVERFLOW_REST = 8.008566259537294e-17
const [CP, CP_HIGH, CP_LOW] = [0.9617966939259756, 0.9617967009544373, -7.028461650952758e-9]
const [IVLN2, IVLN2_HIGH, IVLN2_LOW] = [Math.LOG2E, 1.4426950216293335, 1.9259629911266175e-8]
/** log2(1.5) in two parts. */
const [DP_HIGH, DP_LOW] = [0.5849624872207642, 1.350039202129749e-8]

/** By the rules of C: anything to the power 0 is 1, and so is 1 to the power of anything, NaN included. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  const size = Math.abs(x)
  const isOdd = Number.isInteger(y) && Math.abs(y) < 2 ** 53 && y % 2 !== 0
  if (Math.abs(y) === Number.POSITIVE_INFINITY)
    return size === 1 ? 1 : size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0
  const isNegative = x < 0 || Object.is(x, -0)
  if (size === 0 || size === Number.POSITIVE_INFINITY) {
    const result = (size === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY
    return isNegative && isOdd ? -result : result
  }
  if (y === 1) return x
  if (y === -1) return 1 / x
  if (y === 2) return x * x
  if (isNegative && !Number.isInteger(y)) return Number.NaN
  if (y === 0.5) return Math.sqrt(x)
  const sign = isNegative && isOdd ? -1 : 1
  if (size === 1) return sign
  return sign * positive(size, y)
}

/** For a finite size above zero that is not one. */
function positive(size: number, y: number): number {
  const hugeExponent = Math.abs(y) > 2 ** 31
  const high = highWord(size)
  if (hugeExponent) {
    if (high < 0x3fefffff) return y < 0 ? Number.POSITIVE_INFINITY : 0
    if (high > 0x3ff00000) return y > 0 ? Number.POSITIVE_INFINITY : 0
    // |1 - size| is tiny: log(size) = t - t^2/2 + t^3/3 - t^4/4
    const t = size - 1
    const w = t * t * (0.5 - t * (0.3333333333333333 - t * 0.25))
    const u = IVLN2_HIGH * t
    const v = t * IVLN2_LOW - w * IVLN2
    const t1 = truncated(u + v)
    return scaled(t1, v - (t1 - u), y)
  }
  const { t1, t2 } = log2Parts(size)
  return scaled(t1, t2, y)
}

/** log2 of a finite number above zero in two parts, the first of few bits. */
function log2Parts(size: number): { readonly t1: number; readonly t2: number } {
  const isSubnormal = size < 2.2250738585072014e-308
  const normal = isSubnormal ? size * 2 ** 53 : size
  const high = highWord(normal)
  const fraction = high & 0x000fffff
  let n = (isSubnormal ? -53 : 0) + (high >> 20) - 0x3ff
  let ix = fraction | 0x3ff00000
  let isAbove = false
  if (fraction > 0x3988e) {
    if (fraction < 0xbb67a) isAbove = true
    else {
      n += 1
      ix -= 0x00100000
    }
  }
  const ax = withHighWord(normal, ix)
  const base = isAbove ? 1.5 : 1
  const u = ax - base
  const v = 1 / (ax + base)
  const ss = u * v
  const sHigh = truncated(ss)
  const tHigh = withHighWord(0, ((ix >> 1) | 0x20000000) + 0x00080000 + (isAbove ? 1 << 18 : 0))
  const tLow = ax - (tHigh - base)
  const sLow = v * (u - sHigh * tHigh - sHigh * tLow)
  const s2 = ss * ss
  const r = s2 * s2 * (L1 + s2 * (L2 + s2 * (L3 + s2 * (L4 + s2 * (L5 + s2 * L6))))) + sLow * (sHigh + ss)
  const sHigh2 = sHigh * sHigh
  const t = truncated(3 + sHigh2 + r)
  const rest = r - (t - 3 - sHigh2)
  const p = sHigh * t
  const q = sLow * t + rest * ss
  const pHigh = truncated(p + q)
  const pLow = q - (pHigh - p)
  const zHigh = CP_HIGH * pHigh
  const zLow = CP_LOW * pHigh + pLow * CP + (isAbove ? DP_LOW : 0)
  const dp = isAbove ? DP_HIGH : 0
  const t1 = truncated(zHigh + zLow + dp + n)
  return { t1, t2: zLow - (t1 - n - dp - zHigh) }
}

/** 2^(y (t1 + t2)) */
function scaled(t1: number, t2: number, y: number): number {
  const yHigh = truncated(y)
  const low = (y - yHigh) * t1 + y * t2
  const high = yHigh * t1
  const z = low + high
  if (z >= 1024) {
    if (z > 1024 || low + OVERFLOW_REST > z - high) return Number.POSITIVE_INFINITY
  } else if (z <= -1075) {
    if (z < -1075 || low <= z - high) return 0
  }
  const n = Math.abs(z) > 0.5 ? Math.floor(z + 0.5) : 0
  const p = high - n
  const t = truncated(low + p)
  const u = t * LG2_HIGH
  const v = (low - (t - p)) * LG2 + t * LG2_LOW
  const sum = u + v
  const w = v - (sum - u)
  const s = sum * sum
  const c = sum - s * (P1 + s * (P2 + s * (P3 + s * (P4 + s * P5))))
  const r = (sum * c) / (c - 2) - (w + sum * w)
  const result = 1 - (r - sum)
  if (n > 1023) return result * 2 * powerOfTwo(n - 1)
  return n >= -1021 ? result * powerOfTwo(n) : result * powerOfTwo(n + 1000) * powerOfTwo(-1000)
}
