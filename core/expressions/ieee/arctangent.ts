/** The angle of a tangent, and of a point. */
/*
 * Algorithm and constants of FreeBSD msun (fdlibm):
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
const HIGH = [0.4636476090008061, 0.7853981633974483, 0.982793723247329, 1.5707963267948966]
const LOW = [2.2698777452961687e-17, 3.061616997868383e-17, 1.3903311031230998e-17, 6.123233995736766e-17]
const [A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10] = [
  0.3333333333333293, -0.19999999999876483, 0.14285714272503466, -0.11111110405462356, 0.09090887133436507,
  -0.0769187620504483, 0.06661073137387531, -0.058335701337905735, 0.049768779946159324, -0.036531572744216916,
  0.016285820115365782,
]

export function atan(x: number): number {
  if (Number.isNaN(x)) return x
  const size = Math.abs(x)
  const sign = x < 0 ? -1 : 1
  if (size >= 2 ** 66) return sign * ((HIGH[3] ?? 0) + (LOW[3] ?? 0))
  if (size < 2 ** -27) return x
  if (size < 0.4375) return x - x * polynomial(x * x)
  const [part, t] =
    size < 0.6875
      ? [0, (2 * size - 1) / (2 + size)]
      : size < 1.1875
        ? [1, (size - 1) / (size + 1)]
        : size < 2.4375
          ? [2, (size - 1.5) / (1 + 1.5 * size)]
          : [3, -1 / size]
  return sign * ((HIGH[part] ?? 0) - (t * polynomial(t * t) - (LOW[part] ?? 0) - t))
}

function polynomial(z: number): number {
  const w = z * z
  const even = z * (A0 + w * (A2 + w * (A4 + w * (A6 + w * (A8 + w * A10)))))
  return even + w * (A1 + w * (A3 + w * (A5 + w * (A7 + w * A9))))
}

const PI_LOW = 1.2246467991473532e-16

/** Of the point (x, y), from -pi to pi. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  const isBelow = y < 0 || Object.is(y, -0)
  const isLeft = x < 0 || Object.is(x, -0)
  if (y === 0) return isLeft ? (isBelow ? -Math.PI : Math.PI) : y
  const sign = isBelow ? -1 : 1
  if (x === 0) return sign * (Math.PI / 2)
  if (Math.abs(x) === Number.POSITIVE_INFINITY) {
    if (Math.abs(y) === Number.POSITIVE_INFINITY) return sign * (isLeft ? 3 * (Math.PI / 4) : Math.PI / 4)
    return isLeft ? sign * Math.PI : sign * 0
  }
  if (Math.abs(y) === Number.POSITIVE_INFINITY) return sign * (Math.PI / 2)
  const ratio = Math.abs(y / x)
  if (ratio > 2 ** 60) return sign * (Math.PI / 2)
  const angle = isLeft && ratio < 2 ** -60 ? 0 : atan(ratio)
  return sign * (isLeft ? Math.PI - (angle - PI_LOW) : angle)
}
