/** JSON without loss: integers beyond 2^53 are read as bigint. Both ends of the wire read with it. */
import { MAX_JSON_DEPTH } from './limits.ts'

/** What `parseExact` yields. */
export type Parsed = string | number | bigint | boolean | null | readonly Parsed[] | { readonly [key: string]: Parsed }

/** Only an integer of at least 16 digits can be beyond 2^53; a reviver is slow, so it is used on a hint of one. */
const LONG_INTEGER = /(?<![0-9.])[0-9]{16,}(?![0-9.eE])/
const INTEGER = /^-?[0-9]+$/

/**
 * Engines that do not tell a reviver its source text (before Chrome 114, Firefox 135, Safari 18.4, Node 21) leave such
 * integers rounded: an unsafe number is then no int64, and whoever wants one refuses it.
 * @throws SyntaxError
 */
export function parseExact(text: string): Parsed {
  return LONG_INTEGER.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
}

function exact(_key: string, value: Parsed, context?: { readonly source?: string }): Parsed {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  return context?.source !== undefined && INTEGER.test(context.source) ? BigInt(context.source) : value
}

/** Node and workerd have it; TypeScript does not say so yet. */
const { rawJSON } = JSON as JSON & { rawJSON(text: string): unknown }

/** JSON in which minus zero keeps its sign, as `parseExact` and every block have it; `JSON.stringify` writes 0. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (Object.is(one, -0) ? rawJSON('-0.0') : one))
}

/**
 * For what callers send: values nested deeper than anybody means are refused, since whatever walks them would run out of stack.
 * @param parse how numbers are read: exactly, unless another reader is named
 * @throws SyntaxError
 */
export function parseBounded(text: string, parse: (text: string) => Parsed = parseExact): Parsed {
  // Each level opens and closes, so that a short text needs no look.
  if (text.length > 2 * MAX_JSON_DEPTH && isDeeper(text, MAX_JSON_DEPTH))
    throw new SyntaxError(`it is nested deeper than ${MAX_JSON_DEPTH} levels`)
  return parse(text)
}

const [QUOTE, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 91, 92, 93, 123, 125]

/** Reads 1 KB in a microsecond, a fifth of what parsing it takes: strings are jumped over. */
function isDeeper(text: string, levels: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
      if (at < 0) return false // no JSON, which parsing it says better
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > levels) return true
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
  }
  return false
}

/** @returns where the quote is that ends the string which begins at `start`; -1 when none does */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
  return -1
}
