/** One range of bytes of an object (https://www.rfc-editor.org/rfc/rfc9110#section-14). */
import { ShorelineError } from '../../core/errors.ts'

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** @returns null for the whole object @throws ShorelineError MALFORMED for what is not one range with both ends */
export function parseRange(header: string | undefined): ByteRange | null {
  if (header === undefined) return null
  const [, first, last] = /^bytes=([0-9]{1,15})-([0-9]{1,15})$/.exec(header.trim()) ?? []
  const [start, end] = [Number(first), Number(last)]
  if (first === undefined || last === undefined || end < start)
    throw new ShorelineError(
      'MALFORMED',
      `Range is ${JSON.stringify(header.slice(0, 80))}; send one range with both ends, such as "bytes=0-1023".`,
      { field: 'range' },
    )
  return { offset: start, length: end - start + 1 }
}

/** @returns the ETag as R2 has it @throws ShorelineError MALFORMED */
export function parseMatch(header: string | undefined): string {
  const etag = /^"([^"\s]{1,200})"$/.exec(header?.trim() ?? '')?.[1]
  if (etag !== undefined) return etag
  throw new ShorelineError(
    'MALFORMED',
    'If-Match has to be the ETag of the list, in quotes: pieces of two versions of an object make no file.',
    { field: 'if-match' },
  )
}
