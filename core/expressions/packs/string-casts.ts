/**
 * Casts from strings and to them. Numbers are written as DuckDB writes them. From a string they take what is plainly a
 * number: digits, a point, an exponent, spaces around them.
 */
import { float32Text } from '../../values.ts'
import { type Int64, int32, int64 } from '../integers.ts'
import { noValue } from '../no-value.ts'
import { type Pack, unary } from '../pack.ts'
import { castBy } from './casts.ts'

/** Digits of the shortest text that reads back as the value, and where the point stands, as DuckDB lays them out. */
function floatText(value: number, shortest: string): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([-+][0-9]+))?$/.exec(shortest) ?? []
  const leading = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = leading.replace(/0+$/, '')
  const exponent = Number(power) + whole.length - 1 - (`${whole}${fraction}`.length - leading.length)
  if (exponent < -4 || exponent >= 16) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = Math.abs(exponent)
    return `${sign}${digits[0] ?? ''}${rest}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const padded = digits.padEnd(exponent + 1, '0')
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`
}

const double = (value: number) => floatText(value, String(value))
const float = (value: number) => floatText(value, float32Text(value))
const text = (value: Int64 | boolean) => String(value)

const INTEGER = /^ *[-+]?[0-9]+ *$/
const NUMBER = /^ *[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)? *$/

function integer(value: string): bigint {
  return INTEGER.test(value) ? BigInt(value.trim().replace(/^\+/, '')) : noValue()
}

function toInt32(value: string): number {
  const found = integer(value)
  return found >= -2147483648n && found <= 2147483647n ? int32(Number(found)) : noValue()
}

function toDouble(value: string): number {
  return NUMBER.test(value) ? Number(value) : noValue()
}

function toBool(value: string): boolean {
  const lower = value.toLowerCase()
  if (lower === 'true' || lower === 't' || lower === '1') return true
  return lower === 'false' || lower === 'f' || lower === '0' ? false : noValue()
}

const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

function toUuid(value: string): string {
  return UUID.test(value) ? value.toLowerCase() : noValue()
}

const casts = castBy({
  string: {
    int32: toInt32,
    int64: (value: string) => int64(integer(value)),
    float64: toDouble,
    bool: toBool,
    uuid: toUuid,
  },
  bool: { string: text },
  int8: { string: text },
  int32: { string: text },
  int64: { string: text },
  float32: { string: float },
  float64: { string: double },
  uuid: { string: (value: string) => value },
})

export const STRING_CASTS: Pack = {
  float64_text: unary<number>(double),
  float32_text: unary<number>(float),
  cast_string: casts.cast,
  try_cast_string: casts.try_cast,
}
