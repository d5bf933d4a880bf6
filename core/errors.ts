/**
 * Errors are tagged values: a code, a sentence with the fix, and details. Only the outermost layer turns them into an
 * HTTP status (`worker/http/respond.ts`) or an exit code (`sync/cli/main.ts`).
 */
export type ErrorCode =
  | 'MALFORMED' // the bytes are not what the surface speaks (no JSON, unknown field, wrong shape)
  | 'UNAUTHENTICATED' // no key, or none that is valid
  | 'FORBIDDEN' // a valid key that may not do this
  | 'UNKNOWN_NAME' // a service, view, run or route that does not exist
  | 'CONFLICT' // lost a race, or the state does not allow it now
  | 'NOT_MATERIALIZED' // exists, but nothing of it is online yet
  | 'TOO_LARGE'
  | 'RATE_LIMITED'
  | 'INVALID' // well formed, wrong against the registry
  | 'UNAVAILABLE' // a store failed; trying again may help
  | 'INTERNAL' // a fault of ours

export type ErrorDetails = Readonly<Record<string, unknown>>

export class ShorelineError extends Error {
  override readonly name = 'ShorelineError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }
}

/** What went wrong, as one line, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
