/** Pushed rows on their way from D1 to the lake: entries of the outbox, cut into messages that a queue takes. */
import type { PushSourceObject } from '../../registry/objects.ts'
import type { OutboxEntry } from '../../registry/pushed-rows.ts'
import type { KeptRow } from './rows.ts'

/** What an entry of the outbox holds. The schema as it was then: another one may be registered before they arrive. */
export interface KeptRows {
  readonly schema: PushSourceObject['schema']
  readonly rows: readonly KeptRow[]
}

export interface PushedMessage extends KeptRows {
  readonly format: 1
  readonly source: string
  /** Names the rows: the same rows have the same names however often they are sent. */
  readonly id: string
}

/** UTF-8 bytes of a message's rows; a queue takes 128 KB. https://developers.cloudflare.com/queues/platform/limits/ */
export const MESSAGE_BYTES = 100_000
/** A queue takes so many at once, and 256 KB of them. */
const BATCH_MESSAGES = 100
const BATCH_BYTES = 200_000

export interface SizedMessage {
  readonly body: PushedMessage
  readonly bytes: number
}

export function messagesOf({ id, source, rows: text }: OutboxEntry): readonly SizedMessage[] {
  const { schema, rows } = JSON.parse(text) as KeptRows
  const frame = byteLength(JSON.stringify({ format: 1, source, id: '', schema })) + 40
  const messages: SizedMessage[] = []
  let part: KeptRow[] = []
  let bytes = frame
  const flush = (): void => {
    if (part.length > 0)
      messages.push({ body: { format: 1, source, id: `${id}-${messages.length}`, schema, rows: part }, bytes })
    part = []
    bytes = frame
  }
  for (const row of rows) {
    const size = byteLength(JSON.stringify(row)) + 1
    if (bytes + size > MESSAGE_BYTES) flush()
    part.push(row)
    bytes += size
  }
  flush()
  return messages
}

/** As many as one call may send. */
export function* batchesOf(messages: readonly SizedMessage[]): Generator<readonly SizedMessage[]> {
  let batch: SizedMessage[] = []
  let bytes = 0
  for (const message of messages) {
    if (batch.length >= BATCH_MESSAGES || (batch.length > 0 && bytes + message.bytes > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(message)
    bytes += message.bytes
  }
  if (batch.length > 0) yield batch
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
