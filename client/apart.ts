/** What was refused because of one of the calls in a request. Loaded where that happens. */
import type { Call } from './batch.ts'
import { ClientError } from './error.ts'

/**
 * Fails the call whose row it is, and asks again for the others; asks for each half where it may be one of them or all are too
 * many; fails all of them otherwise.
 */
export async function sendApart(
  calls: readonly Call[],
  error: ClientError,
  send: (calls: readonly Call[]) => Promise<void>,
): Promise<void> {
  const row = 'row' in error.details && typeof error.details.row === 'number' ? error.details.row : -1
  let start = 0
  for (const call of calls) {
    const own = row - start
    start += call.rows.length
    if (own < 0 || own >= call.rows.length) continue
    call.fail(ofRow(error, own))
    return send(calls.filter((other) => other !== call))
  }
  if (PERHAPS_OF_ONE.includes(error.status)) {
    const half = Math.ceil(calls.length / 2)
    await Promise.all([send(calls.slice(0, half)), send(calls.slice(half))])
  } else for (const call of calls) call.fail(error)
}

/** What one of them may have brought about, though the server does not say which. */
const PERHAPS_OF_ONE: readonly number[] = [400, 413, 422]

/** The same error with the position that the row has in its own call. */
function ofRow(error: ClientError, row: number): ClientError {
  const message = error.message.replace(/^rows\[\d+\]/, `rows[${row}]`)
  const { code, status, requestId, details } = error
  return new ClientError(message, { code, status, requestId, details: { ...details, row } })
}
