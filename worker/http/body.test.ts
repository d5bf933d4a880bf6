import { describe, expect, it } from 'vitest'
import { readCompressedText } from './body.ts'

const LIMIT = 100_000

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function sent(body: BodyInit, encoding?: string): Promise<string> {
  const headers: HeadersInit = encoding === undefined ? {} : { 'content-encoding': encoding }
  return readCompressedText(new Request('https://features.example', { method: 'PUT', body, headers }), LIMIT)
}

describe('a body that may come compressed', () => {
  it('is read whole, whatever its letters', async () => {
    const text = '["ärger","雪","🛫"]'.repeat(2000)
    expect(await sent(text)).toBe(text)
    expect(await sent(await gzip(text), 'gzip')).toBe(text)
    expect(await sent(await gzip(text), 'GZIP')).toBe(text)
  })

  it('may be as large as the limit, and no byte larger', async () => {
    expect(await sent(await gzip('a'.repeat(LIMIT)), 'gzip')).toHaveLength(LIMIT)
    await expect(sent(await gzip('a'.repeat(LIMIT + 1)), 'gzip')).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  it('is not unpacked to the end when it is small and stands for far more', async () => {
    const bomb = await gzip('a'.repeat(200 * LIMIT))
    expect(bomb.length).toBeLessThan(LIMIT / 4)
    await expect(sent(bomb, 'gzip')).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  it('is refused when a part of it did not come, or it is not gzip', async () => {
    const whole = await gzip('abc'.repeat(5000))
    await expect(sent(whole.slice(0, whole.length - 9), 'gzip')).rejects.toMatchObject({ code: 'MALFORMED' })
    await expect(sent('["plain"]', 'gzip')).rejects.toMatchObject({ code: 'MALFORMED' })
  })

  it('is refused in an encoding that is not read', async () => {
    await expect(sent('x', 'br')).rejects.toThrow('Content-Encoding: br is not read here. Send gzip, or nothing.')
  })
})
