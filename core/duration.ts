import { ShorelineError } from './errors.ts'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const
const DURATION = /^([1-9][0-9]{0,8})(s|m|h|d|w)$/

/**
 * `'14d'` -> microseconds, the unit of event timestamps.
 * @throws ShorelineError INVALID naming `what`
 */
export function parseDuration(what: string, text: unknown): number {
  const match = typeof text === 'string' ? DURATION.exec(text) : null
  const unit = match?.[2]
  if (!match || !unit)
    throw new ShorelineError(
      'INVALID',
      `${what}: ${JSON.stringify(text)} is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".`,
    )
  return Number(match[1]) * SECONDS[unit as keyof typeof SECONDS] * 1_000_000
}
