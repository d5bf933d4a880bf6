/** Sends blocks to the Worker, several a request and several requests at a time; what is there already is not sent again. */

import { UPLOAD_BLOCKS, UPLOAD_BYTES } from '../../core/limits.ts'
import { letGo } from '../garbage.ts'
import type { BuiltBlock } from './blocks.ts'

/** Requests under way: enough to hide the latency, few enough for one isolate's memory. */
const PARALLEL_UPLOADS = 4

export interface Range {
  readonly first: number
  readonly count: number
}

export interface Uploaded {
  readonly blocks: number
  readonly bytes: number
  readonly requests: number
}

/**
 * @param blocks every block of the run, in order
 * @param present ranges that are in KV already
 * @param send writes blocks from number `first` on, one a line
 */
export async function uploadBlocks(
  blocks: AsyncIterable<readonly BuiltBlock[]>,
  present: readonly Range[],
  send: (first: number, body: string) => Promise<void>,
  progress: (blocks: number) => void = () => {},
): Promise<Uploaded> {
  const under = new Set<Promise<void>>()
  let failed: { readonly thrown: unknown } | undefined
  let sent = 0
  let bytes = 0
  let requests = 0
  const flush = async (batch: readonly BuiltBlock[]): Promise<void> => {
    const [first] = batch
    if (!first) return
    const body = batch.map((block) => block.text).join('\n')
    const sending = send(first.block, body).then(
      () => {
        sent += batch.length
        const size = Buffer.byteLength(body)
        bytes += size
        letGo(size)
        requests++
        progress(sent)
      },
      (thrown: unknown) => {
        failed ??= { thrown }
      },
    )
    const tracked = sending.finally(() => under.delete(tracked))
    under.add(tracked)
    if (under.size >= PARALLEL_UPLOADS) await Promise.race(under)
  }
  for await (const batch of batches(blocks, present)) {
    await flush(batch)
    if (failed) break
  }
  await Promise.all(under)
  if (failed) throw failed.thrown
  return { blocks: sent, bytes, requests }
}

/** Runs of consecutive blocks that are not present, cut where a request is full. */
async function* batches(
  blocks: AsyncIterable<readonly BuiltBlock[]>,
  present: readonly Range[],
): AsyncGenerator<readonly BuiltBlock[]> {
  let batch: BuiltBlock[] = []
  let bytes = 0
  for await (const chunk of blocks)
    for (const block of chunk) {
      const skip = present.some((range) => block.block >= range.first && block.block < range.first + range.count)
      const size = Buffer.byteLength(block.text) + 1 // the end of its line
      const full = batch.length >= UPLOAD_BLOCKS || bytes + size > UPLOAD_BYTES
      if (batch.length > 0 && (skip || full)) {
        yield batch
        batch = []
        bytes = 0
      }
      if (skip) continue
      batch.push(block)
      bytes += size
    }
  if (batch.length > 0) yield batch
}
