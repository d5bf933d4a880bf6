import { type ClientCode, ClientError } from '../error.ts'

const NOT_THE_SERVERS_WORD: ReadonlySet<ClientCode> = new Set([
  'UNREACHABLE',
  'DEADLINE',
  'NO_TOKEN',
  'EXPIRED',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL',
])

/** Whether it says nothing about the rows that were asked for, so that what is kept of them may stand in. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof ClientError &&
    (NOT_THE_SERVERS_WORD.has(error.code) || (error.code === 'UNREADABLE' && error.status !== 200))
  )
}
