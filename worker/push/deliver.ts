/** From the queue into the lake: a file for every source and day of a batch of messages. */
import { md5Hex } from '../../core/md5.ts'
import { pushedKey } from '../../core/storage.ts'
import type { PushedMessage } from './messages.ts'
import { type NamedRow, pushedParquet } from './parquet.ts'

export interface Lake {
  put(key: string, content: ArrayBuffer): Promise<unknown>
}

/** All of them, or it throws and the queue sends the batch again: what was written by then is written over, or read once. */
export async function deliver(lake: Lake, messages: readonly PushedMessage[]): Promise<readonly string[]> {
  const files = new Map<string, { readonly message: PushedMessage; readonly day: string; readonly rows: NamedRow[] }>()
  for (const message of messages)
    for (const [index, row] of message.rows.entries()) {
      const day = new Date(row.event / 1000).toISOString().slice(0, 10)
      const place = `${message.source} ${day} ${JSON.stringify(message.schema)}`
      const file = files.get(place) ?? { message, day, rows: [] }
      files.set(place, file)
      file.rows.push({ id: `${message.id}-${index}`, row })
    }
  return Promise.all(
    [...files.values()].map(async ({ message, day, rows }) => {
      const name = md5Hex(`${JSON.stringify(message.schema)} ${rows.map((row) => row.id).join(' ')}`)
      const key = pushedKey(message.source, day, name)
      await lake.put(key, pushedParquet(message.schema, rows))
      return key
    }),
  )
}
