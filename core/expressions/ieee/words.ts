/**
 * The bits of a double, and powers of two. Functions beside this file use nothing but IEEE 754 operations (+ - * / and sqrt)
 * and these, so that every engine and machine gives the same bits: Math.exp and its like may differ in the last unit.
 */
const double = new Float64Array(1)
const words = new Int32Array(double.buffer)
// Every engine that we run on is little-endian.
const [LOW, HIGH] = [0, 1]

/** The upper half: sign, exponent and 20 bits of the fraction. */
export function highWord(x: number): number {
  double[0] = x
  return words[HIGH] ?? 0
}

export function lowWord(x: number): number {
  double[0] = x
  return words[LOW] ?? 0
}

export function withHighWord(x: number, high: number): number {
  double[0] = x
  words[HIGH] = high
  return double[0]
}

/** Its first 21 bits: products of two such are exact. */
export function truncated(x: number): number {
  double[0] = x
  words[LOW] = 0
  return double[0]
}

const LEAST = -1074
const POWERS = new Float64Array(1023 - LEAST + 1)
for (let power = 1, at = 0 - LEAST; at < POWERS.length; at++, power *= 2) POWERS[at] = power
for (let power = 0.5, at = -1 - LEAST; at >= 0; at--, power /= 2) POWERS[at] = power

/** 2^n for n from -1074 to 1023. */
export function powerOfTwo(n: number): number {
  return POWERS[n - LEAST] ?? 0
}
