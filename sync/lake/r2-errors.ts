/** What R2's S3 API answers when it refuses, as errors that name the object and the fix. */
import { ShorelineError } from '../../core/errors.ts'
import { Transient } from './retry.ts'

/** What a request is about, for its error. */
export interface Subject {
  readonly endpoint: string
  readonly bucket: string
  /** Null for a request to the bucket itself. */
  readonly key: string | null
  /** As in `cannot <doing> r2://bucket/key`. */
  readonly doing: 'list' | 'read' | 'write'
}

export function uriOf(subject: Subject): string {
  return `r2://${subject.bucket}/${subject.key ?? ''}`
}

/** @param status of the answer, never one of success. @param body of the answer, empty after HEAD */
export function refusal(
  subject: Subject,
  status: number,
  body: string,
  retryAfter: string | null,
): ShorelineError | Transient {
  // The few fields of an S3 error are plain text, so the first match is the field; an HTML page has none.
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? ''
  const said = code === '' ? `${status}` : `${status} ${code}`
  const failed = `cannot ${subject.doing} ${uriOf(subject)} (${said})`
  const details = { bucket: subject.bucket, key: subject.key, status, code }
  const error = (kind: ConstructorParameters<typeof ShorelineError>[0], fix: string): ShorelineError =>
    new ShorelineError(kind, `${failed}: ${fix}`, details)

  if (status === 429 || status === 408 || status >= 500)
    return new Transient(error('UNAVAILABLE', 'the store is failing or overloaded, try again later'), wait(retryAfter))
  if (code === 'RequestTimeTooSkewed')
    return error('UNAUTHENTICATED', "this machine's clock is wrong by more than 15 minutes, set it")
  if (status === 401 || status === 403)
    return error(
      'UNAUTHENTICATED',
      `check the access key id and secret, and that the token may ${subject.doing === 'write' ? 'write' : 'read'} bucket "${subject.bucket}"`,
    )
  if (code === 'NoSuchBucket')
    return error(
      'UNKNOWN_NAME',
      `there is no bucket "${subject.bucket}" at ${subject.endpoint}; create it (wrangler r2 bucket create ${subject.bucket}) or correct the path`,
    )
  if (code === 'NoSuchKey') return error('UNKNOWN_NAME', 'there is no such object')
  if (status === 404)
    return error(
      'UNKNOWN_NAME',
      `${subject.endpoint} does not answer as an S3 API; check the endpoint (in local development the bucket needs local_dev.experimental_s3_credentials)`,
    )
  return error('UNAVAILABLE', /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? 'the store refused the request')
}

/** No answer, or one that broke off. */
export function unreachable(subject: Subject, thrown: unknown): Transient {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const reason = cause instanceof Error ? ('code' in cause && String(cause.code)) || cause.message : String(cause)
  return new Transient(
    new ShorelineError(
      'UNAVAILABLE',
      `cannot ${subject.doing} ${uriOf(subject)}: the connection to ${subject.endpoint} failed (${reason}); check the endpoint and the network, and in local development that wrangler dev is running`,
      { bucket: subject.bucket, key: subject.key, reason },
      thrown,
    ),
  )
}

/** An answer of success that is not what it has to be. */
export function malformed(subject: Subject, what: string, cause?: unknown): Transient {
  return new Transient(
    new ShorelineError(
      'UNAVAILABLE',
      `cannot ${subject.doing} ${uriOf(subject)}: ${what}`,
      { bucket: subject.bucket, key: subject.key },
      cause,
    ),
  )
}

/** Milliseconds of a Retry-After in seconds; its other form, a date, is left to the backoff. */
function wait(retryAfter: string | null): number {
  return retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0
}
