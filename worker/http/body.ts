/** The border: bytes to checked values. */
import type * as z from 'zod'
import { ShorelineError } from '../../core/errors.ts'
import { type Parsed, parseBounded } from '../../core/json.ts'
import { MAX_REQUEST_BYTES } from '../../core/limits.ts'

/** @throws ShorelineError TOO_LARGE */
export async function readText(request: Request, limit = MAX_REQUEST_BYTES): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  const text = declared > limit ? null : await request.text()
  if (text !== null && text.length <= limit) return text
  throw new ShorelineError('TOO_LARGE', `the body is larger than ${limit} bytes. Send it in several requests.`)
}

/**
 * A text that may come compressed (`Content-Encoding: gzip`). Read piece by piece: a small body may stand for an endless text.
 * @param limit bytes of the text
 * @throws ShorelineError TOO_LARGE, or MALFORMED when it is not what the header says
 */
export async function readCompressedText(request: Request, limit: number): Promise<string> {
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (encoding === 'identity') return readText(request, limit)
  if (encoding !== 'gzip' || !request.body)
    throw new ShorelineError('MALFORMED', `Content-Encoding: ${encoding} is not read here. Send gzip, or nothing.`)
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for await (const piece of request.body.pipeThrough(new DecompressionStream('gzip'))) {
      bytes += piece.byteLength
      if (bytes > limit) break
      text += decoder.decode(piece, { stream: true })
    }
  } catch {
    throw new ShorelineError('MALFORMED', 'the body is not gzip, or not all of it came. Send it again.')
  }
  if (bytes <= limit) return text + decoder.decode()
  throw new ShorelineError('TOO_LARGE', `the body is larger than ${limit} bytes. Send it in several requests.`)
}

/** JSON whatever the Content-Type says. @throws ShorelineError MALFORMED */
export async function readJson(request: Request, limit = MAX_REQUEST_BYTES): Promise<unknown> {
  return parseJson(await readText(request, limit))
}

/**
 * Integers beyond 2^53 come as bigint.
 * @param parse reads numbers in another way
 * @throws ShorelineError MALFORMED
 */
export function parseJson(text: string, parse?: (text: string) => Parsed): unknown {
  try {
    return parseBounded(text, parse)
  } catch (thrown) {
    throw new ShorelineError(
      'MALFORMED',
      `the body is not JSON: ${thrown instanceof Error ? thrown.message : 'it cannot be parsed'}.`,
    )
  }
}

/** @throws ShorelineError MALFORMED with every field that is wrong */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues
    .slice(0, 5)
    .map((issue) => ({ field: issue.path.join('.') || 'body', problem: issue.message }))
  throw new ShorelineError('MALFORMED', issues.map(({ field, problem }) => `${field}: ${problem}`).join('; '), {
    issues,
  })
}

/** @throws ShorelineError MALFORMED */
export async function readBody<T>(request: Request, schema: z.ZodType<T>, limit = MAX_REQUEST_BYTES): Promise<T> {
  return parseWith(schema, await readJson(request, limit))
}

/** Of bodies that hold measurements: every number is a double, as whoever measured wrote it. @throws ShorelineError MALFORMED */
export async function readMeasured<T>(request: Request, schema: z.ZodType<T>, limit = MAX_REQUEST_BYTES): Promise<T> {
  return parseWith(schema, parseJson(await readText(request, limit), JSON.parse))
}
