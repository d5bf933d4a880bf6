/** Sine, cosine and tangent of a double in radians. */
/*
 * Algorithm and constants of FreeBSD msun (fdlibm):
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
import { reduced } from './reduction.ts'
import { truncated } from './words.ts'

const QUARTER_PI = 0.7853981633974483
const [S1, S2, S3, S4, S5, S6] = [
  -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 0.0000027557313707070068, -2.5050760253406863e-8,
  1.58969099521155e-10,
]
const [C1, C2, C3, C4, C5, C6] = [
  0.0416666666666666, -0.001388888888887411, 0.00002480158728947673, -2.7557314351390663e-7, 2.087572321298175e-9,
  -1.1359647557788195e-11,
]

/** NaN for what is not finite. */
export function sin(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) return Math.abs(x) < 2 ** -26 ? x : sine(x, 0)
  if (!Number.isFinite(x)) return Number.NaN
  const { quadrant, high, low } = reduced(x)
  if (quadrant === 0) return sine(high, low)
  if (quadrant === 1) return cosine(high, low)
  return quadrant === 2 ? -sine(high, low) : -cosine(high, low)
}

export function cos(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) return cosine(x, 0)
  if (!Number.isFinite(x)) return Number.NaN
  const { quadrant, high, low } = reduced(x)
  if (quadrant === 0) return cosine(high, low)
  if (quadrant === 1) return -sine(high, low)
  return quadrant === 2 ? -cosine(high, low) : sine(high, low)
}

export function tan(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) return Math.abs(x) < 2 ** -27 ? x : tangent(x, 0, false)
  if (!Number.isFinite(x)) return Number.NaN
  const { quadrant, high, low } = reduced(x)
  return tangent(high, low, quadrant % 2 === 1)
}

function sine(x: number, y: number): number {
  const z = x * x
  const v = z * x
  const r = S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))
  return y === 0 ? x + v * (S1 + z * r) : x - (z * (0.5 * y - v * r) - y - v * S1)
}

function cosine(x: number, y: number): number {
  const z = x * x
  const w = z * z
  const r = z * (C1 + z * (C2 + z * C3)) + w * w * (C4 + z * (C5 + z * C6))
  const half = 0.5 * z
  const one = 1 - half
  return one + (1 - one - half + (z * r - x * y))
}

const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12] = [
  0.3333333333333341, 0.13333333333320124, 0.05396825397622605, 0.021869488294859542, 0.0088632398235993,
  0.0035920791075913124, 0.0014562094543252903, 0.0005880412408202641, 0.0002464631348184699, 0.00007817944429395571,
  0.00007140724913826082, -0.000018558637485527546, 0.00002590730518636337,
]
const [PIO4, PIO4_LOW] = [0.7853981633974483, 3.061616997868383e-17]
/** Above it the tangent is taken of what is left to a quarter of pi. */
const BIG = 0.67434

function tangent(at: number, rest: number, isInverse: boolean): number {
  const isBig = Math.abs(at) >= BIG
  const sign = at < 0 ? -1 : 1
  const x = isBig ? PIO4 - sign * at + (PIO4_LOW - sign * rest) : at
  const y = isBig ? 0 : rest
  const z = x * x
  const w = z * z
  const odd = T1 + w * (T3 + w * (T5 + w * (T7 + w * (T9 + w * T11))))
  const even = z * (T2 + w * (T4 + w * (T6 + w * (T8 + w * (T10 + w * T12)))))
  const s = z * x
  const r = y + z * (s * (odd + even) + y) + T0 * s
  const sum = x + r
  if (isBig) {
    const v = isInverse ? -1 : 1
    return sign * (v - 2 * (x - ((sum * sum) / (sum + v) - r)))
  }
  if (!isInverse) return sum
  // -1 / (x + r), more exactly than one division gives it.
  const high = truncated(sum)
  const low = r - (high - x)
  const inverse = -1 / sum
  const t = truncated(inverse)
  return t + inverse * (1 + t * high + t * low)
}
