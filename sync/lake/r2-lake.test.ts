import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { byKey, type Lake, type LakeObject } from './lake.ts'
import { type LocalR2, startLocalR2 } from './local-r2.fixture.ts'
import { parallel } from './parallel.ts'
import { MAX_PUT_BYTES, r2Lake } from './r2-lake.ts'
import { TRIES } from './retry.ts'

let r2: LocalR2
let folder: string
let lake: Lake

beforeAll(async () => {
  r2 = await startLocalR2(['offline', 'many'])
  folder = await mkdtemp(join(tmpdir(), 'shoreline-lake-'))
  lake = r2Lake('offline', r2.access)
}, 30_000)

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await r2.stop()
})

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

describe('objects', () => {
  test.each([
    'plain/day=2001-01-01/part-0.parquet',
    'odd/a b+c.parquet',
    'odd/ä/日本/🛫.parquet',
    'odd/k=S%C3%A3o/100%/%2F.parquet',
    'odd/a&b;c?d#e@f:g,h$i.parquet',
    'odd/!\'()*~[x]{y}|^`"<>\\.parquet',
    'odd/two//slashes.parquet',
    'odd/tab\tcontrol\u0001.parquet',
    '0012',
  ])('with the key %j come back as they were put', async (key) => {
    const text = `content of ${key}`
    const put = await lake.put(key, bytes(text))
    expect(put).toMatchObject({ key, uri: `r2://offline/${key}`, size: bytes(text).length })
    expect(await lake.list(key)).toEqual([put])
    expect(await lake.head(key)).toEqual(put)
    expect(await lake.text(key)).toBe(text)
    const file = join(folder, 'fetched')
    await lake.fetch(put, file)
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('are removed, also twice', async () => {
    await lake.put('removed/k=S%C3%A3o/a b.parquet', bytes('gone'))
    for (let time = 0; time < 2; time++) {
      await lake.remove('removed/k=S%C3%A3o/a b.parquet')
      expect(await lake.list('removed/')).toEqual([])
    }
  })

  test('are put from a file, also an empty one', async () => {
    const file = join(folder, 'to-put')
    const big = Buffer.alloc(3_000_000, 'flights')
    for (const content of [big, Buffer.alloc(0)]) {
      await writeFile(file, content)
      const put = await lake.put('file.parquet', { file })
      expect(put.size).toBe(content.length)
      await lake.fetch(put, join(folder, 'fetched'))
      expect((await readFile(join(folder, 'fetched'))).equals(content)).toBe(true)
    }
  })

  test('that do not exist are null', async () => {
    expect(await lake.head('nowhere')).toBeNull()
    expect(await lake.text('nowhere')).toBeNull()
    expect(await lake.list('nowhere')).toEqual([])
  })

  test.each(['', 'a/../b', './a', 'a\ud800', 'a'.repeat(1025)])('with the key %j are refused', async (key) => {
    await expect(lake.put(key, bytes('x'))).rejects.toMatchObject({ code: 'INVALID' })
  })

  test('larger than one upload are refused before anything is sent', async () => {
    const file = join(folder, 'sparse')
    await writeFile(file, '')
    await truncate(file, MAX_PUT_BYTES + 1)
    await expect(lake.put('huge.parquet', { file })).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })
})

test('a listing goes through all pages, in the order of the keys', async () => {
  const many = r2Lake('many', r2.access)
  const keys = Array.from({ length: 1030 }, (_, n) => `p/day=${n % 7}/a & b+${n}.parquet`)
  const put = await parallel(keys, 32, (key) => many.put(key, bytes(key)))
  await many.put('q/not-this', bytes('x'))
  expect(await many.list('p/')).toEqual([...put].sort(byKey))
  expect(await many.list('p/day=3/')).toHaveLength(keys.filter((key) => key.startsWith('p/day=3/')).length)
}, 20_000)

describe('a range of an object', () => {
  test('is exactly its bytes', async () => {
    const put = await lake.put('ranged/a b.parquet', bytes('0123456789'))
    expect(new TextDecoder().decode(await lake.range(put, 2, 5))).toBe('234')
    expect(new TextDecoder().decode(await lake.range(put, 0, 10))).toBe('0123456789')
  })

  test('of an object that changed is a conflict, of one that is gone too', async () => {
    const put = await lake.put('ranged/moving.parquet', bytes('before'))
    await lake.put('ranged/moving.parquet', bytes('after!'))
    await expect(lake.range(put, 0, 2)).rejects.toMatchObject({ code: 'CONFLICT' })
    await lake.remove('ranged/moving.parquet')
    await expect(lake.range(put, 0, 2)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('a large object', () => {
  const RANGE = 64 * 1024
  const content = Buffer.alloc(20 * RANGE + 17)
  for (let at = 0; at < content.length; at += 16) createHash('md5').update(String(at)).digest().copy(content, at)

  test('is fetched in ranges, each from what was listed', async () => {
    const put = await lake.put('large.parquet', new Uint8Array(content))
    const asked: (string | null)[] = []
    const watched = r2Lake('offline', r2.access, {
      rangeBytes: RANGE,
      fetch: (input, init) => {
        const request = new Request(input, init)
        asked.push(`${request.headers.get('range')} ${request.headers.get('if-match')}`)
        return fetch(request)
      },
    })
    await watched.fetch(put, join(folder, 'large'))
    expect((await readFile(join(folder, 'large'))).equals(content)).toBe(true)
    expect(asked).toHaveLength(21)
    expect(asked.at(-1)).toBe(`bytes=${20 * RANGE}-${20 * RANGE + 16} "${put.etag}"`)
  })

  test('whose ranges break, end early or fail is put together from what is asked for again', async () => {
    const seen = new Map<string, number>()
    const { endpoint, close } = await serve((request, response) => {
      const [, start = '', end = ''] = /bytes=(\d+)-(\d+)/.exec(String(request.headers.range)) ?? []
      const part = content.subarray(Number(start), Number(end) + 1)
      const tries = (seen.get(start) ?? 0) + 1
      seen.set(start, tries)
      const head = { 'Content-Length': part.length }
      if (tries > 1 || Number(start) / RANGE > 4) response.writeHead(206, head).end(part)
      else if (Number(start) === 0) response.writeHead(503).end()
      else if (Number(start) === RANGE) response.writeHead(206).end(part.subarray(0, 100))
      else if (Number(start) === 2 * RANGE) response.writeHead(206).end(Buffer.concat([part, Buffer.alloc(RANGE)]))
      else if (Number(start) === 3 * RANGE) {
        response.writeHead(206, head)
        response.write(part.subarray(0, 100), () => response.destroy())
      } else response.writeHead(200).end(content)
    })
    const fastRanges = r2Lake('offline', { ...r2.access, endpoint }, { firstWaitMs: 1, rangeBytes: RANGE })
    await fastRanges.fetch({ uri: 'r2://offline/k', key: 'k', etag: 'e', size: content.length }, join(folder, 'broken'))
    expect((await readFile(join(folder, 'broken'))).equals(content)).toBe(true)
    expect([...seen.values()].filter((tries) => tries === 2)).toHaveLength(5)
    await close()
  })

  test('that changes while it is fetched is a conflict', async () => {
    const put = await lake.put('shifting.parquet', new Uint8Array(content))
    let asked = 0
    const shifting = r2Lake('offline', r2.access, {
      rangeBytes: RANGE,
      fetch: async (input, init) => {
        if (++asked === 10) await lake.put('shifting.parquet', bytes('other'))
        return fetch(input, init)
      },
    })
    await expect(shifting.fetch(put, join(folder, 'shifting'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('r2://offline/shifting.parquet was changed after it was listed'),
    })
  })
})

describe('an object that after it was listed', () => {
  test('changed is a conflict that names it', async () => {
    const [listed] = await putAndList('moving.parquet')
    await lake.put('moving.parquet', bytes('CHANGED'))
    await expect(lake.fetch(listed, join(folder, 'x'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('r2://offline/moving.parquet was changed after it was listed'),
    })
  })

  test('vanished is a conflict too', async () => {
    const [listed] = await putAndList('moving.parquet')
    const gone = { ...listed, key: 'gone.parquet', uri: 'r2://offline/gone.parquet' }
    await expect(lake.fetch(gone, join(folder, 'x'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('r2://offline/gone.parquet was removed after it was listed'),
    })
  })

  async function putAndList(key: string): Promise<readonly [LakeObject]> {
    await lake.put(key, bytes('before'))
    const [object] = await lake.list(key)
    if (!object) throw new Error('not listed')
    return [object]
  }
})

describe('refusals say what to do', () => {
  test('wrong secret', async () => {
    const wrong = r2Lake('offline', { ...r2.access, secretAccessKey: 'wrong' })
    await expect(wrong.list('')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message:
        'cannot list r2://offline/ (403 SignatureDoesNotMatch): check the access key id and secret, and that the token may read bucket "offline"',
      details: { bucket: 'offline', status: 403 },
    })
  })

  test('wrong access key', async () => {
    const wrong = r2Lake('offline', { ...r2.access, accessKeyId: 'wrong' })
    await expect(wrong.put('k', bytes('x'))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('cannot write r2://offline/k (401 Unauthorized)'),
      details: { key: 'k' },
    })
  })

  test('no such bucket', async () => {
    await expect(r2Lake('nobucket', r2.access).list('')).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      message: expect.stringContaining('there is no bucket "nobucket"'),
    })
  })

  test('an endpoint that is none', async () => {
    // The Worker itself answers there, with success and no listing.
    await expect(fast('offline', new URL(r2.access.endpoint).origin).list('')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('something else than a listing'),
    })
    expect(() => r2Lake('offline', { ...r2.access, endpoint: 'localhost' })).toThrow('is no URL')
  })

  test('nobody there', async () => {
    const endpoint = await deserted()
    await expect(fast('offline', endpoint).list('')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`the connection to ${endpoint} failed (ECONNREFUSED)`),
    })
  })

  test.runIf(process.platform === 'linux')('a full disk', async () => {
    const put = await lake.put('disk.parquet', bytes('x'))
    await expect(lake.fetch(put, '/dev/full')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('The disk is full: /dev/full cannot be written'),
    })
    expect((await stat('/dev/full')).isCharacterDevice()).toBe(true)
  })
})

describe('retries', () => {
  const object: LakeObject = { uri: 'r2://offline/k', key: 'k', etag: 'e', size: 10 }

  test('mend failures, throttling, broken and shortened downloads', async () => {
    const answers: RequestListener[] = [
      (_, response) => response.writeHead(500).end(),
      (_, response) => response.writeHead(429, { 'Retry-After': '0' }).end(),
      // Dies in the middle.
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 })
        response.write('01234', () => response.destroy())
      },
      // Ends early without a word: only the size tells.
      (_, response) => response.writeHead(200).end('012'),
      (_, response) => response.writeHead(200).end('0123456789'),
    ]
    const { seen, endpoint, close } = await serve((request, response) => answers.shift()?.(request, response))
    await fast('offline', endpoint).fetch(object, join(folder, 'retried'))
    expect(await readFile(join(folder, 'retried'), 'utf8')).toBe('0123456789')
    expect(seen).toHaveLength(TRIES)
    expect(new Set(seen)).toEqual(new Set(['GET /offline/k "e"']))
    await close()
  })

  test.each([
    ['short', '012', 'the answer has 3 bytes where the listing says 10'],
    ['long', '0123456789abc', 'the answer has 13 bytes where the listing says 10'],
  ])('give up on a download that stays too %s', async (_, body, why) => {
    const { seen, endpoint, close } = await serve((_request, response) => response.writeHead(200).end(body))
    await expect(fast('offline', endpoint).fetch(object, join(folder, 'x'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(why),
    })
    expect(seen).toHaveLength(TRIES)
    await close()
  })

  test('send the whole file again', async () => {
    const bodies: string[] = []
    const { endpoint, close } = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      bodies.push(`${request.headers['content-length']} ${body}`)
      response.writeHead(bodies.length < 3 ? 503 : 200, { ETag: '"e"' }).end()
    })
    await writeFile(join(folder, 'again'), 'whole')
    await fast('offline', endpoint).put('k', { file: join(folder, 'again') })
    expect(bodies).toEqual(['5 whole', '5 whole', '5 whole'])
    await close()
  })

  test.runIf(process.platform === 'linux')('that fail leave no file open', async () => {
    const opened = async (): Promise<number> => (await readdir('/proc/self/fd', { withFileTypes: true })).length
    await writeFile(join(folder, 'again'), 'whole')
    const endpoint = await deserted()
    const before = await opened()
    for (let n = 0; n < 4; n++)
      await expect(fast('offline', endpoint).put('k', { file: join(folder, 'again') })).rejects.toThrow()
    await expect.poll(opened, { timeout: 30_000 }).toBeLessThan(before + TRIES)
  })

  test('are not made where they cannot help', async () => {
    const { seen, endpoint, close } = await serve((_, response) => response.writeHead(403).end())
    await expect(fast('offline', endpoint).list('')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(seen).toHaveLength(1)
    await close()
  })
})

function fast(bucket: string, endpoint: string): Lake {
  return r2Lake(bucket, { ...r2.access, endpoint }, { firstWaitMs: 1 })
}

/** Where nobody listens any more. */
async function deserted(): Promise<string> {
  const { endpoint, close } = await serve(() => {})
  await close()
  return endpoint
}

async function serve(answer: RequestListener): Promise<{ seen: string[]; endpoint: string; close(): Promise<void> }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push([request.method, request.url, request.headers['if-match']].filter(Boolean).join(' '))
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    seen,
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
