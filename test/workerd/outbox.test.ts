/** Pushed rows on their way to the lake: nothing is lost, whoever dies on the way. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { PushedRows } from '../../registry/pushed-rows.ts'
import worker from '../../worker/index.ts'
import { deliver } from '../../worker/push/deliver.ts'
import { drain } from '../../worker/push/drain.ts'
import { batchesOf, MESSAGE_BYTES, messagesOf, type PushedMessage } from '../../worker/push/messages.ts'
import { bindings, migrate } from './guarded.fixture.ts'

const pushed = new PushedRows(bindings.DB)
const SCHEMA = [{ name: 'text', type: 'string' }]
const DAY = Date.parse('2026-03-01T12:00:00Z') * 1000

function kept(...texts: readonly string[]): string {
  return JSON.stringify({
    schema: SCHEMA,
    rows: texts.map((text) => ({ event: DAY, created: null, values: { text } })),
  })
}

beforeAll(migrate)

describe('the outbox', () => {
  it('goes into the queue in messages that it takes, every row in exactly one, in order', () => {
    const texts = Array.from({ length: 300 }, (_, i) => `${i} ${'ü'.repeat((i * 37) % 4000)}`)
    const messages = messagesOf({ id: 7, source: 'carts', rows: kept(...texts) })
    expect(messages.length).toBeGreaterThan(5)
    for (const { body, bytes } of messages) {
      const size = new TextEncoder().encode(JSON.stringify(body)).length
      expect(size).toBeLessThanOrEqual(bytes)
      expect(size).toBeLessThanOrEqual(MESSAGE_BYTES)
    }
    expect(messages.flatMap(({ body }) => body.rows.map((row) => row.values['text']))).toEqual(texts)
    expect(new Set(messages.map(({ body }) => body.id)).size).toBe(messages.length)
    for (const batch of batchesOf(messages))
      expect(batch.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(200_000)
  })

  it('keeps what the queue did not take, and sends it again', async () => {
    for (const source of ['a', 'b']) await pushed.push([], source, kept(source), 0)
    const refused = { sendBatch: () => Promise.reject(new Error('the queue is full')) }
    expect(await drain(pushed, refused)).toBe(0)
    expect(await drain(pushed, undefined)).toBe(0)
    expect((await pushed.outbox(10)).map((entry) => entry.source)).toEqual(['a', 'b'])
    const sent: PushedMessage[] = []
    const queue = {
      sendBatch: async (messages: Iterable<{ readonly body: PushedMessage }>) =>
        void sent.push(...[...messages].map(({ body }) => body)),
    }
    expect(await drain(pushed, queue)).toBe(2)
    expect(sent.map((message) => message.source)).toEqual(['a', 'b'])
    expect(await pushed.outbox(10)).toEqual([])
  })
})

function message(id: string, source: string, ...events: readonly string[]): PushedMessage {
  const rows = events.map((event, at) => ({
    event: Date.parse(event) * 1000,
    created: null,
    values: { text: `${id} ${at}` },
  }))
  return { format: 1, source, id, schema: SCHEMA, rows }
}

describe('a batch from the queue', () => {
  it('becomes a file for every source and day, and the same batch again the same files', async () => {
    const messages = [
      message('1-0', 'carts', '2026-03-01T23:59:59Z', '2026-03-02T00:00:00Z'),
      message('2-0', 'clicks', '2026-03-01T10:00:00Z'),
      message('3-0', 'carts', '2026-03-01T10:00:00Z'),
    ]
    const keys = [...(await deliver(bindings.LAKE, messages))].sort()
    expect(keys.map((key) => key.replace(/[0-9a-f]{32}/, 'hash'))).toEqual([
      '_shoreline/pushed/carts/day=2026-03-01/hash.parquet',
      '_shoreline/pushed/carts/day=2026-03-02/hash.parquet',
      '_shoreline/pushed/clicks/day=2026-03-01/hash.parquet',
    ])
    expect([...(await deliver(bindings.LAKE, messages))].sort()).toEqual(keys)
    for (const key of keys) expect((await bindings.LAKE.head(key))?.size).toBeGreaterThan(100)
  })

  it('is acknowledged when all of it is in the lake, and not before', async () => {
    const batch = createMessageBatch<PushedMessage>('shoreline-pushed', [
      { id: 'm1', timestamp: new Date(DAY / 1000), attempts: 1, body: message('9-0', 'carts', '2026-03-03T00:00:00Z') },
    ])
    const context = createExecutionContext()
    await worker.queue(batch, bindings)
    expect(await getQueueResult(batch, context)).toMatchObject({ ackAll: true })
    const broken = { ...bindings, LAKE: { put: () => Promise.reject(new Error('down')) } as unknown as R2Bucket }
    await expect(worker.queue(batch, broken)).rejects.toThrow('down')
  })
})
