/** Answers that arrived after a value in them was past its ttl. Loaded where one does. */
import type { Waiting } from './ask.ts'
import { ClientError } from './error.ts'

/** Asked once more, the server says so itself. @param attempt resolves or rejects them, but for those that are late again */
export async function askOnceMore(
  calls: readonly Waiting[],
  attempt: (calls: readonly Waiting[]) => Promise<readonly Waiting[]>,
): Promise<void> {
  for (const call of await attempt(calls)) {
    const message = 'Values were past their ttl or maxAge before they arrived, twice: it is shorter than the way here.'
    call.reject(new ClientError(message, { code: 'EXPIRED', status: 200 }))
  }
}
