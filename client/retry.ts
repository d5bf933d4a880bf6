/** Which failures are tried again, and when: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter */
import { ClientError } from './error.ts'

const FIRST_MS = 200
const LONGEST_MS = 5000

/** Milliseconds until the next attempt, spread over the whole interval; null where another would end no better. */
export function delayOf(error: unknown, attempt: number, random: () => number): number | null {
  if (!(error instanceof ClientError)) return null
  const { code, status, retryAfter = 0 } = error
  const passes = code === 'UNREACHABLE' || code === 'NO_TOKEN' || status === 429 || (status > 501 && status < 505)
  return passes ? retryAfter + random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) : null
}
