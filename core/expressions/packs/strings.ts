/**
 * Functions of strings, which count and cut by code points. Letters change their case in ASCII alone: what lies beyond it
 * differs between engines and between versions of Unicode.
 */
import { md5Hex } from '../../md5.ts'
import type { Int64 } from '../integers.ts'
import { likeMatcher } from '../like.ts'
import { noValue } from '../no-value.ts'
import { argAt, type Build, binary, type Pack, strict, unary } from '../pack.ts'
import { regexOf } from '../regex.ts'
import type { RuntimeValue } from '../values.ts'
import { STRING_CASTS } from './string-casts.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is beyond ASCII is what is asked for
const ASCII = /^[\u0000-\u007f]*$/

function lower(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text
}

function upper(text: string): string {
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : text
}

/** In code points. */
function length(text: string): number {
  if (ASCII.test(text)) return text.length
  let count = text.length
  for (let at = 0; at < text.length; at++) if (isTrail(text.charCodeAt(at))) count--
  return count
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** The code points from `start` to `end`, which lie within the text. */
function slice(text: string, start: number, end: number): string {
  return ASCII.test(text) ? text.slice(start, end) : Array.from(text).slice(start, end).join('')
}

const FARTHEST = 2 ** 32 - 1

function inRange(place: Int64): number {
  return place > FARTHEST || place < -FARTHEST - 1 ? noValue() : Number(place)
}

/** From the place `offset`, which begins at 1 and counts from the end where it is negative. */
function substring(text: string, offset: Int64, count: Int64 = FARTHEST): string {
  const [from, many] = [inRange(offset), inRange(count)]
  const size = length(text)
  const first = from > 0 ? from - 1 : from < 0 ? size + from : 0
  const wanted = from === 0 && many > 0 ? many - 1 : many
  const [start, end] = wanted >= 0 ? [first, first + wanted] : [first + wanted, first]
  return slice(text, Math.max(0, Math.min(size, start)), Math.max(0, Math.min(size, end)))
}

/** The first `count`; all but the last ones where it is negative. */
function left(text: string, count: Int64): string {
  const size = length(text)
  return slice(text, 0, count >= 0 ? Math.min(size, inRange(count)) : Math.max(0, size + Number(count)))
}

function right(text: string, count: Int64): string {
  const size = length(text)
  return slice(text, count >= 0 ? Math.max(0, size - Number(count)) : Math.min(size, -Number(count)), size)
}

/** Space separators, as Unicode has them. */
const SPACES = '\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000'
const [LEADING, TRAILING] = [new RegExp(`^[${SPACES}]+`), new RegExp(`[${SPACES}]+$`)]

function trim(sides: 'both' | 'left' | 'right'): Build {
  const cut = (text: string) => {
    const cutLeft = sides === 'right' ? text : text.replace(LEADING, '')
    return sides === 'left' ? cutLeft : cutLeft.replace(TRAILING, '')
  }
  const cutOf = (text: string, characters: string) => {
    const unwanted = new Set(Array.from(characters))
    const points = Array.from(text)
    let [start, end] = [0, points.length]
    while (sides !== 'right' && start < end && unwanted.has(points[start] ?? '')) start++
    while (sides !== 'left' && end > start && unwanted.has(points[end - 1] ?? '')) end--
    return points.slice(start, end).join('')
  }
  const [one, two] = [unary(cut), binary(cutOf)]
  return (args, type) => (args.length === 1 ? one : two)(args, type)
}

function replace(text: string, from: string, to: string): string {
  return from === '' ? text : text.replaceAll(from, () => to)
}

/** Whether the text begins at 1; 0 where it is not there. */
function position(text: string, wanted: string): number {
  const at = text.indexOf(wanted)
  return at < 0 ? 0 : length(text.slice(0, at)) + 1
}

function splitPart(text: string, separator: string, place: number): string {
  const parts = separator === '' ? Array.from(text) : text.split(separator)
  return (place > 0 ? parts[place - 1] : place < 0 ? parts[parts.length + place] : undefined) ?? ''
}

/** To a size, by repeating what it is filled with; what is longer is cut at its end. */
function pad(isLeft: boolean) {
  return (text: string, size: number, fill: string): string => {
    const have = length(text)
    if (size <= have) return slice(text, 0, Math.max(0, size))
    const units = Array.from(fill)
    if (units.length === 0) return noValue()
    let filling = ''
    for (let at = 0; at < size - have; at++) filling += units[at % units.length] ?? ''
    return isLeft ? filling + text : text + filling
  }
}

/** Nulls count as empty. */
const concat: Build = (args) => {
  const parts = args.map((arg) => arg.evaluate)
  return (row) => {
    let text = ''
    for (const part of parts) {
      const value = part(row)
      if (value !== null) text += String(value)
    }
    return text
  }
}

/** Nulls are left out. */
const concatWith: Build = (args) => {
  const [separator, ...parts] = args.map((arg) => arg.evaluate)
  return (row) => {
    const between = separator?.(row) ?? null
    const values = parts.map((part) => part(row)).filter((value) => value !== null)
    return between === null ? null : values.join(String(between))
  }
}

/** A pattern that is a literal is read once. */
function matching(matcher: (pattern: string) => (text: string) => boolean): Build {
  return (args, type) => {
    const { literal } = argAt(args, 1)
    if (typeof literal === 'string') return unary(matcher(literal))(args.slice(0, 1), type)
    return binary((text: string, pattern: string) => matcher(pattern)(text))(args, type)
  }
}

const like = (pattern: string) => likeMatcher(pattern)
const ilike = (pattern: string) => {
  const matches = likeMatcher(lower(pattern))
  return (text: string) => matches(lower(text))
}
const not = (matcher: (pattern: string) => (text: string) => boolean) => (pattern: string) => {
  const matches = matcher(pattern)
  return (text: string) => !matches(text)
}
const contained = (pattern: string) => {
  const regex = regexOf(pattern, false)
  return (text: string) => regex.test(text)
}
const whole = (pattern: string) => {
  const regex = regexOf(pattern, true)
  return (text: string) => regex.test(text)
}

const text = (compute: (value: string) => RuntimeValue) => unary<string>(compute)
const texts = (compute: (a: string, b: string) => RuntimeValue) => binary<string, string>(compute)

export const STRINGS: Pack = {
  lower: text(lower),
  upper: text(upper),
  length: text(length),
  trim: trim('both'),
  ltrim: trim('left'),
  rtrim: trim('right'),
  substring: strict(substring),
  left: binary<string, Int64>(left),
  right: binary<string, Int64>(right),
  replace: strict(replace),
  position: texts(position),
  split_part: strict(splitPart),
  lpad: strict(pad(true)),
  rpad: strict(pad(false)),
  join: texts((a, b) => a + b),
  concat,
  concat_ws: concatWith,
  starts_with: texts((a, b) => a.startsWith(b)),
  ends_with: texts((a, b) => a.endsWith(b)),
  contains: texts((a, b) => a.includes(b)),
  like: matching(like),
  not_like: matching(not(like)),
  ilike: matching(ilike),
  not_ilike: matching(not(ilike)),
  regexp_matches: matching(contained),
  regexp_full_match: matching(whole),
  md5: text(md5Hex),
  ...STRING_CASTS,
}
