/** Logarithms of a double: natural, to base 10 and to base 2. */
/*
 * Algorithm and constants of FreeBSD msun (fdlibm):
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
import { highWord, truncated, withHighWord } from './words.ts'

const [LN2_HIGH, LN2_LOW] = [0.6931471803691238, 1.9082149292705877e-10]
const [LG1, LG2, LG3, LG4, LG5, LG6, LG7] = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
]
const TWO54 = 2 ** 54

/** x = 2^k (1 + f) with sqrt(2)/2 < 1 + f < sqrt(2), for a finite x above zero. */
function split(x: number): { readonly k: number; readonly f: number; readonly fraction: number } {
  const scaled = x < 2.2250738585072014e-308 ? x * TWO54 : x
  const high = highWord(scaled)
  const fraction = high & 0xfffff
  const carry = (fraction + 0x95f64) & 0x100000
  const k = (high >> 20) - 1023 + (carry >> 20) - (scaled === x ? 0 : 54)
  return { k, f: withHighWord(scaled, fraction | (carry ^ 0x3ff00000)) - 1, fraction }
}

/** What zero, what is below it and what is not finite have for a logarithm; undefined for the others. */
function special(x: number): number | undefined {
  if (Number.isNaN(x) || x < 0) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  return x === Number.POSITIVE_INFINITY ? x : undefined
}

function series(z: number): number {
  const w = z * z
  return z * (LG1 + w * (LG3 + w * (LG5 + w * LG7))) + w * (LG2 + w * (LG4 + w * LG6))
}

export function log(x: number): number {
  const known = special(x)
  if (known !== undefined) return known
  const { k, f, fraction } = split(x)
  if ((0xfffff & (2 + fraction)) < 3) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + k * LN2_LOW
    const r = f * f * (0.5 - 0.3333333333333333 * f)
    return k === 0 ? f - r : k * LN2_HIGH - (r - k * LN2_LOW - f)
  }
  const s = f / (2 + f)
  const r = series(s * s)
  if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
    const half = 0.5 * f * f
    return k === 0 ? f - (half - s * (half + r)) : k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f)
  }
  return k === 0 ? f - s * (f - r) : k * LN2_HIGH - (s * (f - r) - k * LN2_LOW - f)
}

/** log(1 + f) in two parts, the first of few bits. */
function parts(f: number): { readonly high: number; readonly low: number } {
  const half = 0.5 * f * f
  const s = f / (2 + f)
  const high = truncated(f - half)
  return { high, low: f - high - half + s * (half + series(s * s)) }
}

const [INVERSE_LN10_HIGH, INVERSE_LN10_LOW] = [0.4342944818781689, 2.5082946711645275e-11]
const [LOG10_2_HIGH, LOG10_2_LOW] = [0.30102999566361177, 3.694239077158931e-13]

export function log10(x: number): number {
  const known = special(x)
  if (known !== undefined) return known
  if (x === 1) return 0
  const { k, f } = split(x)
  const { high, low } = parts(f)
  const value = high * INVERSE_LN10_HIGH
  const scale = k * LOG10_2_HIGH
  const sum = scale + value
  const rest = k * LOG10_2_LOW + (low + high) * INVERSE_LN10_LOW + low * INVERSE_LN10_HIGH
  return rest + (scale - sum + value) + sum
}

const [INVERSE_LN2_HIGH, INVERSE_LN2_LOW] = [1.4426950407214463, 1.6751713164886512e-10]

export function log2(x: number): number {
  const known = special(x)
  if (known !== undefined) return known
  if (x === 1) return 0
  const { k, f } = split(x)
  const { high, low } = parts(f)
  const value = high * INVERSE_LN2_HIGH
  const sum = k + value
  const rest = (low + high) * INVERSE_LN2_LOW + low * INVERSE_LN2_HIGH
  return rest + (k - sum + value) + sum
}
