/** The lake through the Worker: what a service is made of, and its objects by range. */
import { type ErrorCode, ShorelineError } from '../../core/errors.ts'
import type { LakeAnswer } from '../../registry/wire/lake.ts'

export interface LakeOptions {
  /** Where the Worker is: `https://features.example.com`. */
  readonly url: string
  /** An API key with the scope `lake:read`, or a function that gets one. No browser token has it. */
  readonly token?: string | (() => string | Promise<string>)
  /** The runtime's own unless given. */
  readonly fetch?: typeof fetch
}

export type LakeObject = LakeAnswer['views'][number]['reads'][number]['objects'][number]

/** Which object: the keys of two sources may be the same. */
export interface ObjectOf {
  readonly service: string
  readonly view: string
  readonly source: string
  readonly object: LakeObject
}

export interface RemoteLake {
  /** @throws ShorelineError with the server's code */
  describe(service: string, signal?: AbortSignal): Promise<LakeAnswer>
  /** @param end not included @throws ShorelineError CONFLICT when the object is no longer what was listed */
  range(of: ObjectOf, start: number, end: number, signal?: AbortSignal): Promise<ArrayBuffer>
}

export function remoteLake({ url, token, fetch: given }: LakeOptions): RemoteLake {
  const base = url.replace(/\/+$/, '')
  const ask = async (
    path: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Response> => {
    const bearer = typeof token === 'function' ? await token() : token
    const init = { headers: { ...headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) } }
    const response = await (given ?? fetch)(base + path, { ...init, ...(signal && { signal }) }).catch(
      (thrown: unknown) => {
        if (signal?.aborted) throw thrown
        throw new ShorelineError('UNAVAILABLE', `${base} cannot be reached.`, {}, thrown)
      },
    )
    if (!response.ok) throw await refusal(response)
    return response
  }
  return {
    async describe(service, signal) {
      const response = await ask(`/v1/lake/${encodeURIComponent(service)}`, { accept: 'application/json' }, signal)
      return (await response.json()) as LakeAnswer
    },
    async range({ service, view, source, object }, start, end, signal) {
      const query = new URLSearchParams({ view, source, key: object.key })
      const headers = { range: `bytes=${start}-${end - 1}`, 'if-match': `"${object.etag}"` }
      const response = await ask(`/v1/lake/${encodeURIComponent(service)}/object?${query}`, headers, signal)
      const bytes = await response.arrayBuffer()
      // Something between here and the Worker that knows no ranges answers whole objects.
      const range = response.status === 200 ? bytes.slice(start, end) : bytes
      if (range.byteLength === end - start) return range
      throw new ShorelineError('UNAVAILABLE', `${object.key} came short: ${range.byteLength} of ${end - start} bytes.`)
    },
  }
}

async function refusal(response: Response): Promise<ShorelineError> {
  const body = (await response.json().catch(() => null)) as {
    readonly error?: { readonly code: ErrorCode; readonly message: string; readonly details: object }
  } | null
  const { code, message, details } = body?.error ?? {}
  return code && message
    ? new ShorelineError(code, message, { ...details })
    : new ShorelineError('UNAVAILABLE', `The server answered ${response.status} without an error of Shoreline.`)
}
