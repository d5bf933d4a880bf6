/** What is left of an angle when multiples of half pi are taken away. */
/*
 * Algorithm and constants of FreeBSD msun (fdlibm):
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
import { highWord, lowWord, powerOfTwo } from './words.ts'

export interface Reduced {
  /** 0 to 3 */
  readonly quadrant: number
  /** The rest, within a quarter of pi, in two parts. */
  readonly high: number
  readonly low: number
}

const INVERSE_HALF_PI = 0.6366197723675814
/** Half of pi in parts of 33 bits, each with what it leaves. */
const [PIO2_1, PIO2_1_REST] = [1.5707963267341256, 6.077100506506192e-11]
const [PIO2_2, PIO2_2_REST] = [6.077100506303966e-11, 2.0222662487959506e-21]
const [PIO2_3, PIO2_3_REST] = [2.0222662487111665e-21, 8.4784276603689e-32]
/** 2^19 pi: up to here the products with the first parts are exact. */
const MEDIUM = 1647099

/** Of a finite x beyond a quarter of pi. */
export function reduced(x: number): Reduced {
  return Math.abs(x) < MEDIUM ? reducedMedium(x) : reducedLarge(x)
}

function exponent(x: number): number {
  return (highWord(x) >> 20) & 0x7ff
}

function reducedMedium(x: number): Reduced {
  const product = x * INVERSE_HALF_PI
  const n = Math.trunc(product + (product < 0 ? -0.5 : 0.5))
  let rest = x - n * PIO2_1
  let low = n * PIO2_1_REST
  let high = rest - low
  // As many more parts of pi as cancellation has cost.
  if (exponent(x) - exponent(high) > 16) {
    const before = rest
    const second = n * PIO2_2
    rest = before - second
    low = n * PIO2_2_REST - (before - rest - second)
    high = rest - low
    if (exponent(x) - exponent(high) > 49) {
      const middle = rest
      const third = n * PIO2_3
      rest = middle - third
      low = n * PIO2_3_REST - (middle - rest - third)
      high = rest - low
    }
  }
  return { quadrant: n & 3, high, low: rest - high - low }
}

/** Bits of 2/pi after the point: as far as the greatest double reaches, and twice the bits of the rest. */
const PLACES = 1280n

interface Pi {
  /** 2/pi times 2^PLACES */
  readonly inverseHalf: bigint
  /** pi/2 times 2^REST_BITS */
  readonly half: bigint
}
let pi: Pi | undefined

/** By Machin's formula, when the first large angle comes. */
function piInIntegers(): Pi {
  if (pi === undefined) {
    const scale = PLACES + 64n
    const one = 1n << scale
    const whole = 4n * (4n * arctangentOfInverse(5n, one) - arctangentOfInverse(239n, one))
    pi = { inverseHalf: (2n << (scale + PLACES)) / whole, half: whole >> (scale + 1n - REST_BITS) }
  }
  return pi
}

function arctangentOfInverse(n: bigint, one: bigint): bigint {
  let term = one / n
  let sum = term
  for (let k = 3n, sign = -1n; term !== 0n; k += 2n, sign = -sign) {
    term /= n * n
    sum += (sign * term) / k
  }
  return sum
}

const REST_BITS = 128n

/** In integers: exact for every double, and slow, which no angle that means something notices. */
function reducedLarge(x: number): Reduced {
  const size = Math.abs(x)
  const shift = exponent(size) - 1075
  const mantissa = (BigInt((highWord(size) & 0xfffff) | 0x100000) << 32n) | BigInt(lowWord(size) >>> 0)
  const { inverseHalf, half: halfPi } = piInIntegers()
  // x * 2/pi = mantissa * 2^shift * inverse * 2^-PLACES
  const turns = shift >= 0 ? (mantissa * inverseHalf) << BigInt(shift) : (mantissa * inverseHalf) >> BigInt(-shift)
  const half = 1n << (PLACES - 1n)
  const n = (turns + half) >> PLACES
  const rest = turns - (n << PLACES)
  const angle = ((rest >> (PLACES - REST_BITS)) * halfPi) >> REST_BITS
  const high = toDouble(angle, REST_BITS)
  const low = toDouble(angle - fromDouble(high), REST_BITS)
  const quadrant = Number(n & 3n)
  return x < 0 ? { quadrant: (4 - quadrant) & 3, high: -high, low: -low } : { quadrant, high, low }
}

/** An integer times 2^-bits, rounded to the nearest. */
function toDouble(value: bigint, bits: bigint): number {
  return Number(value) * powerOfTwo(-Number(bits))
}

function fromDouble(value: number): bigint {
  // Exact: a double within a quarter of pi of 53 bits, scaled by 2^128, whose bits below one are zero unless it is tiny.
  return BigInt(Math.trunc(value * powerOfTwo(Number(REST_BITS))))
}
