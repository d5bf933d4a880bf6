/** Functions of our own are as good as those of the engine, to the last unit or so, and use nothing of it. */
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { atan, atan2 } from './arctangent.ts'
import { exp } from './exp.ts'
import { log, log2, log10 } from './log.ts'
import { pow } from './pow.ts'
import { cos, sin, tan } from './trigonometry.ts'

const bits = new BigInt64Array(1)
const double = new Float64Array(bits.buffer)

/** Doubles in their order, counted from zero. */
function rank(x: number): bigint {
  double[0] = x
  const [value = 0n] = bits
  return value < 0n ? -(2n ** 63n) - value : value
}

function units(a: number, b: number): number {
  if (Object.is(a, b)) return 0
  return Number.isNaN(a) || Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(Number(rank(a) - rank(b)))
}

/** The same numbers on every run, from the least to the greatest. */
function numbers(count: number): readonly number[] {
  let state = 1
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  return Array.from({ length: count }, () => (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20))
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e22,
  ...numbers(20_000),
]

describe('within two units of what the engine has', () => {
  it.each([
    ['exp', exp, Math.exp],
    ['ln', log, Math.log],
    ['log10', log10, Math.log10],
    ['log2', log2, Math.log2],
    ['sin', sin, Math.sin],
    ['cos', cos, Math.cos],
    ['tan', tan, Math.tan],
    ['atan', atan, Math.atan],
  ] as const)('%s', (_name, ours, engine) => {
    expect(NUMBERS.filter((x) => units(ours(x), engine(x)) > 2)).toEqual([])
  })

  it('pow and atan2', () => {
    const pairs = NUMBERS.map((x, at) => [x, NUMBERS[at + 1] ?? 2] as const)
    // By C's rules 1 to the power of anything is 1.
    const finite = pairs.filter(([x, y]) => Math.abs(x) !== 1 && Number.isFinite(y))
    expect(finite.filter(([x, y]) => units(pow(x, y), x ** y) > 2)).toEqual([])
    expect(pairs.filter(([y, x]) => units(atan2(y, x), Math.atan2(y, x)) > 2)).toEqual([])
  })
})

describe('exactly', () => {
  it('powers of ten have whole logarithms', () => {
    for (let power = 1; power <= 22; power++) expect(log10(Number(`1e${power}`))).toBe(power)
  })

  it('powers of two have, too', () => {
    for (let power = -1022; power <= 1023; power++) expect(log2(2 ** power)).toBe(power)
  })

  it('small powers of whole numbers are whole', () => {
    for (let base = 2; base <= 20; base++)
      for (let power = 1, value = base; value < 2 ** 53; power++, value *= base) expect(pow(base, power)).toBe(value)
  })

  it('the least and the greatest are where they should be', () => {
    expect([exp(710), exp(-746), exp(1), pow(2, 1024), pow(2, -1075), pow(0, -1), pow(-8, 1 / 3)]).toEqual([
      Number.POSITIVE_INFINITY,
      0,
      Math.E,
      Number.POSITIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ])
  })

  it('an angle beyond counting is reduced by all the digits of pi', () => {
    expect([sin(1e22), cos(1e300), tan(-1e15)]).toEqual([-0.8522008497671888, -0.5753861119575491, 1.672414782127583])
  })
})

it('uses nothing of Math but what IEEE 754 defines to the bit', async () => {
  const folder = new URL('../', import.meta.url)
  const files = (await readdir(folder, { recursive: true })).filter((file) => /(?<!\.test|\.fixture)\.ts$/.test(file))
  const found: string[] = []
  for (const file of files) {
    const text = await readFile(new URL(file, folder), 'utf8')
    const used = text.match(/\bMath\.(a?(sin|cos|tan)h?|atan2|exp|expm1|log\w*|pow|cbrt|hypot|random)\b(?=\()/g) ?? []
    found.push(...used.map((name) => `${file}: ${name}`))
  }
  expect(found).toEqual([])
})
