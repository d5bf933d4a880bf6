/** JSON without loss: integers beyond 2^53 are read as bigint. Both ends of the wire read with it. */

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
