import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UPLOAD_BLOCKS, UPLOAD_BYTES } from '../../core/limits.ts'
import type { BuiltBlock } from './blocks.ts'
import { type Range, uploadBlocks } from './upload.ts'

interface Request {
  readonly first: number
  readonly body: string
}

/** What DuckDB streams: the blocks in order, in chunks of some size. */
async function* streamed(blocks: readonly BuiltBlock[], chunk = 700): AsyncGenerator<readonly BuiltBlock[]> {
  for (let at = 0; at < blocks.length; at += chunk) yield blocks.slice(at, at + chunk)
}

function blocksOf(count: number, text: (block: number) => string = (block) => `block ${block}`): readonly BuiltBlock[] {
  return Array.from({ length: count }, (_, block) => ({ block, text: text(block) }))
}

async function upload(blocks: readonly BuiltBlock[], present: readonly Range[] = [], chunk?: number) {
  const requests: Request[] = []
  const uploaded = await uploadBlocks(streamed(blocks, chunk), present, async (first, body) => {
    requests.push({ first, body })
  })
  return { requests, uploaded }
}

/** What a server that reads line by line has afterwards. */
function received(requests: readonly Request[]): ReadonlyMap<number, string> {
  const lines = requests.flatMap(({ first, body }) => body.split('\n').map((text, at) => [first + at, text] as const))
  expect(new Set(lines.map(([block]) => block)).size).toBe(lines.length)
  return new Map(lines)
}

describe('uploading blocks', () => {
  it('sends each that is missing once, in consecutive batches, and none that is there', async () => {
    const range = fc.record({ first: fc.nat(2000), count: fc.integer({ min: 1, max: 600 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2000),
        fc.array(range, { maxLength: 4 }),
        fc.integer({ min: 1, max: 2048 }),
        async (count, present, chunk) => {
          const blocks = blocksOf(count)
          const { requests, uploaded } = await upload(blocks, present, chunk)
          const isThere = (block: number): boolean =>
            present.some(({ first, count }) => block >= first && block < first + count)
          const missing = blocks.filter(({ block }) => !isThere(block))
          expect(received(requests)).toEqual(new Map(missing.map(({ block, text }) => [block, text])))
          for (const { body } of requests) expect(body.split('\n').length).toBeLessThanOrEqual(UPLOAD_BLOCKS)
          expect(uploaded).toEqual({
            blocks: missing.length,
            bytes: requests.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
            requests: requests.length,
          })
        },
      ),
      { seed: 19, numRuns: 150 },
    )
  })

  it('fills a request up to its number of blocks', async () => {
    const { requests } = await upload(blocksOf(UPLOAD_BLOCKS * 2 + 1))
    expect(requests.map(({ first }) => first)).toEqual([0, UPLOAD_BLOCKS, UPLOAD_BLOCKS * 2])
  })

  it.each(['x', 'é', '€', '😀'])('keeps a request within its bytes, whatever the text: %s', async (char) => {
    const size = 90_000
    const blocks = blocksOf(200, (block) => `${block} ${char.repeat(size / Buffer.byteLength(char))}`)
    const { requests } = await upload(blocks)
    const bytes = requests.map(({ body }) => Buffer.byteLength(body))
    expect(Math.max(...bytes)).toBeLessThanOrEqual(UPLOAD_BYTES)
    expect(requests).toHaveLength(Math.ceil(200 / Math.floor(UPLOAD_BYTES / (size + 5))))
    expect(received(requests).size).toBe(200)
  })

  it('sends a block that is too large for any request by itself', async () => {
    const large = 'x'.repeat(UPLOAD_BYTES + 1)
    const { requests } = await upload(blocksOf(3, (block) => (block === 1 ? large : 'small')))
    expect(requests).toEqual([
      { first: 0, body: 'small' },
      { first: 1, body: large },
      { first: 2, body: 'small' },
    ])
  })

  it('has at most four requests under way, and has finished all of them at the end', async () => {
    let under = 0
    let most = 0
    let done = 0
    const seen: number[] = []
    const blocks = blocksOf(UPLOAD_BLOCKS * 20)
    await uploadBlocks(
      streamed(blocks),
      [],
      async () => {
        most = Math.max(most, ++under)
        await new Promise((resolve) => setImmediate(resolve))
        under--
        done++
      },
      (count) => seen.push(count),
    )
    expect([most, under, done]).toEqual([4, 0, 20])
    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => (at + 1) * UPLOAD_BLOCKS))
  })

  it('stops at the first error, waits for what is under way, and throws it', async () => {
    let started = 0
    let finished = 0
    const uploading = uploadBlocks(streamed(blocksOf(UPLOAD_BLOCKS * 100)), [], async (first) => {
      started++
      await new Promise((resolve) => setImmediate(resolve))
      finished++
      if (first === UPLOAD_BLOCKS * 2) throw new Error('the store is full')
      if (first > UPLOAD_BLOCKS * 2) throw new Error('a later one')
    })
    await expect(uploading).rejects.toThrow('the store is full')
    expect(finished).toBe(started)
    expect(started).toBeLessThan(10)
  })

  it('passes on what building the blocks throws', async () => {
    async function* broken(): AsyncGenerator<readonly BuiltBlock[]> {
      yield blocksOf(3)
      throw new Error('out of memory')
    }
    await expect(uploadBlocks(broken(), [], async () => {})).rejects.toThrow('out of memory')
  })
})
