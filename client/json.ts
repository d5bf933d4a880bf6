/** What is sent, and the shapes of what comes back. */
import type { Parsed } from '../core/json.ts'

/** bigint is written as decimal text, floats that JSON has no number for by their names, bytes as base64: as in the answers. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part))) return String(part)
    if (part instanceof Uint8Array) return btoa(Array.from(part, (byte) => String.fromCharCode(byte)).join(''))
    return part instanceof Float32Array ? [...part] : part
  })
}

export function isObject(value: Parsed | undefined): value is { readonly [key: string]: Parsed } {
  return typeof value === 'object' && value !== null && !isList(value)
}

/** `Array.isArray` alone does not narrow a readonly array. */
export function isList(value: Parsed | undefined): value is readonly Parsed[] {
  return Array.isArray(value)
}
