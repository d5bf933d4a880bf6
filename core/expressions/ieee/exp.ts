/** The exponential of a double. */
/*
 * Algorithm and constants of FreeBSD msun (fdlibm):
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
import { powerOfTwo } from './words.ts'

const OVERFLOW = 709.782712893384
const UNDERFLOW = -745.1332191019411
const [LN2_HIGH, LN2_LOW] = [0.6931471803691238, 1.9082149292705877e-10]
const INVERSE_LN2 = Math.LOG2E
const [P1, P2, P3, P4, P5] = [
  0.16666666666666602, -0.0027777777777015593, 0.00006613756321437934, -1.6533902205465252e-6, 4.1381367970572385e-8,
]
const [HALF_LN2, TINY] = [0.34657359027997264, 2 ** -28]

/** x = k ln2 + r with |r| <= ln2/2; a rational approximation of exp(r), scaled by 2^k. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > OVERFLOW) return Number.POSITIVE_INFINITY
  if (x < UNDERFLOW) return 0
  if (x === 1) return Math.E
  const size = Math.abs(x)
  if (size < TINY) return 1 + x
  const k = size > HALF_LN2 ? Math.trunc(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5)) : 0
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
  if (k === 0) return 1 - ((r * c) / (c - 2) - r)
  const y = 1 - (low - (r * c) / (2 - c) - high)
  if (k === 1024) return y * 2 * powerOfTwo(1023)
  return k >= -1021 ? y * powerOfTwo(k) : y * powerOfTwo(k + 1000) * powerOfTwo(-1000)
}
