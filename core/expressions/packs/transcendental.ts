/** Exponentials, logarithms, powers and angles, of our own on both paths: no two libraries agree in their last digits. */
import { atan, atan2 } from '../ieee/arctangent.ts'
import { exp } from '../ieee/exp.ts'
import { log, log2, log10 } from '../ieee/log.ts'
import { pow } from '../ieee/pow.ts'
import { cos, sin, tan } from '../ieee/trigonometry.ts'
import { noValue } from '../no-value.ts'
import { binary, type Pack, unary } from '../pack.ts'

/** Of zero and below there is no logarithm, which is an error as in DuckDB. */
const logarithm = (compute: (x: number) => number) => unary<number>((x) => (x <= 0 ? noValue() : compute(x)))
/** An infinite angle has no sine, which is an error too. */
const angle = (compute: (x: number) => number) =>
  unary<number>((x) => (Number.isFinite(x) || Number.isNaN(x) ? compute(x) : noValue()))

export const TRANSCENDENTAL: Pack = {
  exp: unary<number>(exp),
  ln: logarithm(log),
  log10: logarithm(log10),
  log2: logarithm(log2),
  pow: binary<number, number>(pow),
  sin: angle(sin),
  cos: angle(cos),
  tan: angle(tan),
  atan: unary<number>(atan),
  atan2: binary<number, number>(atan2),
}
