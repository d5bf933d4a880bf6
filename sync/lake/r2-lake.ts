/** A lake in an R2 bucket, through R2's S3 API: the same code in production and against `wrangler dev`. */
import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { AwsClient } from 'aws4fetch'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { explainDisk } from './disk.ts'
import { changedSinceListed, checkLakeKey, type Lake, type LakeObject } from './lake.ts'
import { bareEtag, type ListingPage, parseListing } from './listing.ts'
import { parallel } from './parallel.ts'
import { malformed, refusal, type Subject, unreachable } from './r2-errors.ts'
import { withRetries } from './retry.ts'

export interface R2Access {
  /**
   * Everything before `/<bucket>`: `https://<account>.r2.cloudflarestorage.com`, or locally
   * `http://127.0.0.1:<port>/cdn-cgi/local/r2/s3`.
   */
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface R2Options {
  /** Default: the global one. */
  readonly fetch?: typeof fetch
  /** Upper bound of the wait before the second try; doubles from there. Default 200 ms. */
  readonly firstWaitMs?: number
  /** Objects four times as large are fetched in ranges of this size. Default 8 MiB. */
  readonly rangeBytes?: number
}

/** One upload, without multipart: https://developers.cloudflare.com/r2/platform/limits/ (5 GiB less 5 MiB). */
export const MAX_PUT_BYTES = 5 * 1024 ** 3 - 5 * 1024 ** 2

/** Each range is worth its request, which costs $0.36 a million. */
const RANGE_BYTES = 8 * 1024 * 1024
/** An object of so many ranges is fetched in ranges, a smaller one whole. */
const RANGED = 4
/** Of one object; several objects are fetched at once too. */
const PARALLEL_RANGES = 4

/** Of a file that is uploaded, at a time: four times Node's default is twice as fast. */
const READ_BYTES = 256 * 1024

/** @throws ShorelineError INVALID when the endpoint is no URL */
export function r2Lake(bucket: string, access: R2Access, options: R2Options = {}): Lake {
  if (!URL.canParse(access.endpoint))
    throw new ShorelineError('INVALID', `The R2 endpoint "${access.endpoint}" is no URL`, { endpoint: access.endpoint })
  const endpoint = access.endpoint.replace(/\/+$/, '')
  const uri = `r2://${bucket}/`
  const doFetch = options.fetch ?? fetch
  const rangeBytes = options.rangeBytes ?? RANGE_BYTES
  // The client only signs: its own retries do not see a body that breaks off.
  const client = new AwsClient({
    accessKeyId: access.accessKeyId,
    secretAccessKey: access.secretAccessKey,
    service: 's3',
    region: 'auto',
  })

  function subject(doing: Subject['doing'], key: string | null): Subject {
    return { endpoint, bucket, key, doing }
  }

  /** One signed request; any answer but success or `accepted` is thrown. */
  async function request(
    about: Subject,
    query: string,
    init: RequestInit,
    accepted?: (status: number) => boolean,
  ): Promise<Response> {
    const path = about.key === null ? '' : `/${about.key.split('/').map(encode).join('/')}`
    // A signature holds for one address. And to be ready for a redirect, fetch would keep a copy of the body in memory.
    const signed = await client.sign(`${endpoint}/${bucket}${path}${query}`, { ...init, redirect: 'error' })
    const response = await doFetch(signed).catch((thrown: unknown) => {
      throw unreachable(about, thrown)
    })
    if (response.ok) return response
    if (accepted?.(response.status)) {
      await response.body?.cancel()
      return response
    }
    const body = await response.text().catch((thrown: unknown) => {
      throw unreachable(about, thrown)
    })
    // Without its code a missing object would be taken for a server that is no S3.
    if (body.includes('<Error>') && !body.includes('</Error>')) throw malformed(about, 'the answer broke off')
    throw refusal(about, response.status, body, response.headers.get('retry-after'))
  }

  function retrying<T>(attempt: () => Promise<T>): Promise<T> {
    return withRetries(attempt, options.firstWaitMs)
  }

  async function listPage(prefix: string, continuation: string | null): Promise<ListingPage> {
    const about = subject('list', null)
    const query = new Map([
      // Percent-encoded keys: XML 1.0 cannot carry control characters, and parsers normalize line ends.
      ['encoding-type', 'url'],
      ['list-type', '2'],
      ['prefix', prefix],
    ])
    if (continuation !== null) query.set('continuation-token', continuation)
    // Not URLSearchParams: it writes a space as +, which is signed as %20.
    const search = [...query].map(([name, value]) => `${name}=${encode(value)}`).join('&')
    const response = await request(about, `?${search}`, { method: 'GET' })
    const body = await response.text().catch((thrown: unknown) => {
      throw unreachable(about, thrown)
    })
    try {
      return parseListing(body, uri)
    } catch (thrown) {
      throw malformed(about, `${endpoint} answered with something else than a listing (${messageOf(thrown)})`, thrown)
    }
  }

  return {
    uri,

    async list(prefix) {
      const objects: LakeObject[] = []
      let continuation: string | null = null
      do {
        const page: ListingPage = await retrying(() => listPage(prefix, continuation))
        if (page.continuation !== null && page.continuation === continuation)
          throw malformed(subject('list', null), 'the store repeats a page of its listing').error
        objects.push(...page.objects)
        continuation = page.continuation
      } while (continuation !== null)
      return objects
    },

    async head(key) {
      checkLakeKey(uri, key)
      const response = await retrying(() => request(subject('read', key), '', { method: 'HEAD' }, isMissing))
      if (!response.ok) return null
      return described(response, key, Number(response.headers.get('content-length') ?? 0))
    },

    async text(key) {
      checkLakeKey(uri, key)
      const about = subject('read', key)
      return retrying(async () => {
        try {
          const response = await request(about, '', { method: 'GET' })
          return await response.text().catch((thrown: unknown) => {
            throw unreachable(about, thrown)
          })
        } catch (thrown) {
          if (saysNoSuchKey(thrown)) return null
          throw thrown
        }
      })
    },

    async fetch(object, toFile) {
      checkLakeKey(uri, object.key)
      const about = subject('read', object.key)
      if (object.size >= RANGED * rangeBytes) return fetchRanges(about, object, toFile)
      await retrying(async () => {
        const bytes = await save(await get(about, object), toFile, about)
        if (bytes !== object.size)
          throw malformed(about, `the answer has ${bytes} bytes where the listing says ${object.size}`)
      })
    },

    async range(object, start, end) {
      checkLakeKey(uri, object.key)
      const about = subject('read', object.key)
      return retrying(async () => {
        const response = await get(about, object, { start, end })
        const bytes = new Uint8Array(
          await response.arrayBuffer().catch((thrown: unknown) => {
            throw unreachable(about, thrown)
          }),
        )
        checkBytes(about, { start, end }, bytes.byteLength)
        return bytes
      })
    },

    async put(key, content) {
      checkLakeKey(uri, key)
      const size = content instanceof Uint8Array ? content.byteLength : (await stat(content.file)).size
      if (size > MAX_PUT_BYTES)
        throw new ShorelineError(
          'TOO_LARGE',
          `${uri}${key} has ${size} bytes, one upload holds ${MAX_PUT_BYTES}: write it in several parts`,
          { key, size },
        )
      const send = (body: RequestInit): Promise<Response> =>
        request(subject('write', key), '', { ...body, method: 'PUT' })
      return retrying(async () => {
        const response =
          content instanceof Uint8Array ? await send({ body: content }) : await streaming(content.file, size, send)
        return described(response, key, size)
      })
    },

    async remove(key) {
      checkLakeKey(uri, key)
      await retrying(() => request(subject('write', key), '', { method: 'DELETE' }, isMissing))
    },
  }

  /** The object as it was listed, or a range of it. */
  async function get(about: Subject, object: LakeObject, range?: Range): Promise<Response> {
    const headers = {
      'If-Match': `"${object.etag}"`,
      ...(range && { Range: `bytes=${range.start}-${range.end - 1}` }),
    }
    const response = await request(about, '', { method: 'GET', headers }, (status) => status === 412).catch(
      (thrown: unknown) => {
        throw saysNoSuchKey(thrown) ? changedSinceListed(object, 'removed', thrown) : thrown
      },
    )
    if (response.status === 412) throw changedSinceListed(object, 'changed')
    // A store that knows no ranges sends everything, which would be written over and over.
    if (range && response.status !== 206) {
      await response.body?.cancel()
      throw malformed(about, `the answer is ${response.status} where a range was asked for`)
    }
    return response
  }

  /** In ranges side by side, each retried alone: one connection does not fill a fast line, and a break costs one range. */
  async function fetchRanges(about: Subject, object: LakeObject, toFile: string): Promise<void> {
    const file = await open(toFile, 'w').catch((thrown: unknown) => {
      throw explainDisk(thrown, toFile)
    })
    try {
      await parallel(rangesOf(object.size, rangeBytes), PARALLEL_RANGES, (range) =>
        retrying(async () => {
          const bytes = await saveAt(await get(about, object, range), file, range, toFile, about)
          checkBytes(about, range, bytes)
        }),
      )
    } finally {
      await file.close()
    }
  }

  function described(response: Response, key: string, size: number): LakeObject {
    const etag = response.headers.get('etag')
    if (etag === null) throw malformed(subject('read', key), 'the answer has no ETag').error
    return { uri: `${uri}${key}`, key, etag: bareEtag(etag), size }
  }
}

function isMissing(status: number): boolean {
  return status === 404
}

function saysNoSuchKey(thrown: unknown): boolean {
  return thrown instanceof ShorelineError && thrown.details['code'] === 'NoSuchKey'
}

/** As Signature Version 4 encodes: also the five characters that encodeURIComponent leaves, and `=`, else it is a 403. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/**
 * Sends a file as a stream with its length, which R2 demands. Not `openAsBlob`: it takes the size of a file modulo 2^32,
 * and would upload the first 1.2 GB of 5.5.
 */
async function streaming(
  file: string,
  size: number,
  send: (body: RequestInit) => Promise<Response>,
): Promise<Response> {
  const stream = createReadStream(file, { highWaterMark: READ_BYTES })
  try {
    const body = Readable.toWeb(stream) as ReadableStream
    return await send({ body, duplex: 'half', headers: { 'Content-Length': String(size) } })
  } finally {
    // A request that failed before it read its body leaves the file open.
    stream.destroy()
  }
}

/** Bytes from `start` up to `end`, not included. */
interface Range {
  readonly start: number
  readonly end: number
}

function rangesOf(size: number, bytes: number): readonly Range[] {
  return Array.from({ length: Math.ceil(size / bytes) }, (_, index) => ({
    start: index * bytes,
    end: Math.min(size, (index + 1) * bytes),
  }))
}

function checkBytes(about: Subject, { start, end }: Range, bytes: number): void {
  if (bytes !== end - start) throw malformed(about, `the answer has ${bytes} bytes where ${end - start} were asked for`)
}

/** Streams a body to its place in a file and returns its bytes; what is too much is not written over its neighbour. */
async function saveAt(
  response: Response,
  file: FileHandle,
  { start, end }: Range,
  path: string,
  about: Subject,
): Promise<number> {
  let bytes = 0
  try {
    for await (const chunk of chunksOf(response, about)) {
      const at = start + bytes
      bytes += chunk.byteLength
      if (start + bytes > end) return bytes
      await writeAll(file, chunk, at)
    }
    return bytes
  } catch (thrown) {
    throw explainDisk(thrown, path)
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < chunk.byteLength; )
    written += (await file.write(chunk, written, chunk.byteLength - written, at + written)).bytesWritten
}

/** Streams a body to a file and returns its bytes; what the network does is transient, what the disk does is not. */
async function save(response: Response, toFile: string, about: Subject): Promise<number> {
  let file: FileHandle | undefined
  try {
    file = await open(toFile, 'w')
    let bytes = 0
    for await (const chunk of chunksOf(response, about)) {
      await file.writeFile(chunk)
      bytes += chunk.byteLength
    }
    return bytes
  } catch (thrown) {
    throw explainDisk(thrown, toFile)
  } finally {
    await file?.close()
  }
}

async function* chunksOf(response: Response, about: Subject): AsyncGenerator<Uint8Array> {
  try {
    if (response.body) yield* response.body
  } catch (thrown) {
    throw unreachable(about, thrown)
  }
}
