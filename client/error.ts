export interface ClientErrorOptions {
  /** The server's code, such as `UNKNOWN_NAME`; `UNREACHABLE` without an answer, `UNREADABLE` for an answer that is not ours. */
  readonly code: string
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** What the server logged the request under. */
  readonly requestId?: string | undefined
  readonly details?: unknown
  readonly cause?: unknown
}

/** Everything that a client throws, but for an aborted request, which throws the signal's reason. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string
  readonly status: number
  readonly requestId: string | undefined
  readonly details: unknown

  constructor(message: string, { code, status, requestId, details, cause }: ClientErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.requestId = requestId
    this.details = details
  }
}

/** An answer of status 200 that cannot be what it should be. */
export function unreadable(message: string, requestId?: string): ClientError {
  return new ClientError(message, { code: 'UNREADABLE', status: 200, requestId })
}
