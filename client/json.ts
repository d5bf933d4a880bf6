/** JSON without loss: integers beyond 2^53 are read as bigint, and bigint is written as decimal text. */

/** What `parseJson` yields. */
export type Parsed = string | number | bigint | boolean | null | readonly Parsed[] | { readonly [key: string]: Parsed }

/** Only an integer of at least 16 digits can be beyond 2^53; a reviver is slow, so it is used on a hint of one. */
const LONG_INTEGER = /(?<![0-9.])[0-9]{16,}(?![0-9.eE])/
const INTEGER = /^-?[0-9]+$/

/**
 * Engines that do not tell a reviver its source text (before Chrome 114, Firefox 135, Safari 18.4, Node 21) leave such
 * integers rounded; `convert` refuses them where they should be an int64.
 * @throws SyntaxError
 */
export function parseJson(text: string): Parsed {
  return LONG_INTEGER.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
}

/** Floats that JSON has no number for are text, as in the answers. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part))) return String(part)
    return part
  })
}

export function isObject(value: Parsed | undefined): value is { readonly [key: string]: Parsed } {
  return typeof value === 'object' && value !== null && !isList(value)
}

/** `Array.isArray` alone does not narrow a readonly array. */
export function isList(value: Parsed | undefined): value is readonly Parsed[] {
  return Array.isArray(value)
}

function exact(_key: string, value: Parsed, context?: { readonly source?: string }): Parsed {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  return context?.source !== undefined && INTEGER.test(context.source) ? BigInt(context.source) : value
}
