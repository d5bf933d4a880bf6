/**
 * The outbox into the queue, off the path of requests: after a push, and every minute for what was left behind. An entry goes
 * when the queue has it; whoever dies in between, or drains at the same time, sends it again.
 */
import { messageOf } from '../../core/errors.ts'
import type { PushedRows } from '../../registry/pushed-rows.ts'
import { batchesOf, messagesOf, type PushedMessage } from './messages.ts'

/** Entries at a time: each may hold a megabyte. */
const ENTRIES = 10
/** Of one call: what is left is the next one's. */
const ROUNDS = 20

export interface Outgoing {
  sendBatch(messages: Iterable<{ readonly body: PushedMessage; readonly contentType: 'v8' }>): Promise<unknown>
}

/** @returns how many entries went. Never throws: what stays in the outbox is sent later */
export async function drain(pushed: Pick<PushedRows, 'outbox' | 'sent'>, queue: Outgoing | undefined): Promise<number> {
  if (!queue) return 0
  let sent = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const entries = await pushed.outbox(ENTRIES)
      if (entries.length === 0) break
      // As JSON a minus zero would lose its sign on the way.
      for (const batch of batchesOf(entries.flatMap(messagesOf)))
        await queue.sendBatch(batch.map(({ body }) => ({ body, contentType: 'v8' })))
      await pushed.sent(entries.map((entry) => entry.id))
      sent += entries.length
    }
  } catch (thrown) {
    console.warn(JSON.stringify({ level: 'warn', message: 'the outbox was not drained', cause: messageOf(thrown) }))
  }
  return sent
}
