/** A lake in an R2 bucket, through R2's S3 API: the same code in production and against `wrangler dev`. */
import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { AwsClient } from 'aws4fetch'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { explainDisk } from './disk.ts'
import { changedSinceListed, checkLakeKey, type Lake, type LakeObject } from './lake.ts'
import { bareEtag, type ListingPage, parseListing } from './listing.ts'
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
}

/** One upload, without multipart: https://developers.cloudflare.com/r2/platform/limits/ (5 GiB less 5 MiB). */
export const MAX_PUT_BYTES = 5 * 1024 ** 3 - 5 * 1024 ** 2

/** Of a file that is uploaded, at a time: four times Node's default is twice as fast. */
const READ_BYTES = 256 * 1024

/** @throws ShorelineError INVALID when the endpoint is no URL */
export function r2Lake(bucket: string, access: R2Access, options: R2Options = {}): Lake {
  if (!URL.canParse(access.endpoint))
    throw new ShorelineError('INVALID', `The R2 endpoint "${access.endpoint}" is no URL`, { endpoint: access.endpoint })
  const endpoint = access.endpoint.replace(/\/+$/, '')
  const uri = `r2://${bucket}/`
  const doFetch = options.fetch ?? fetch
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
    const body = await response.text().catch(() => '')
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
      const headers = { 'If-Match': `"${object.etag}"` }
      await retrying(async () => {
        const response = await request(about, '', { method: 'GET', headers }, (status) => status === 412).catch(
          (thrown: unknown) => {
            throw saysNoSuchKey(thrown) ? changedSinceListed(object, 'removed', thrown) : thrown
          },
        )
        if (!response.ok) throw changedSinceListed(object, 'changed')
        const bytes = await save(response, toFile, about)
        if (bytes !== object.size)
          throw malformed(about, `the answer has ${bytes} bytes where the listing says ${object.size}`)
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
