/** What the sync makes of answers that went wrong on their way: tried again where that may help, and only there. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Control, controlOf } from './control.ts'
import { TRIES } from './lake/retry.ts'

type Answer = (response: ServerResponse) => void

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const PUBLISHED = JSON.stringify({ revision: 7, held: [], seen_everywhere_within_seconds: 150 })
const CONFLICT = JSON.stringify({ error: { code: 'CONFLICT', message: 'not now', details: {} }, request_id: 'x' })

/** Answers one after the other, the last one again and again. @returns how many requests there were */
async function answering<T>(answers: readonly Answer[], work: (control: Control) => Promise<T>) {
  let requests = 0
  const listener: RequestListener = (request, response) => {
    request.resume().on('end', () => (answers[requests++] ?? answers.at(-1))?.(response))
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  try {
    const { port } = server.address() as AddressInfo
    const result = await work(controlOf({ url: `http://127.0.0.1:${port}` })).catch((thrown: unknown) => thrown)
    return { result, requests }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const whole: Answer = (response) => response.writeHead(200, JSON_TYPE).end(PUBLISHED)

describe('a request is sent again', () => {
  it.each<[string, Answer]>([
    ['when the Worker fails', (response) => response.writeHead(500, JSON_TYPE).end(CONFLICT)],
    ['when there are too many', (response) => response.writeHead(429, { 'retry-after': '0' }).end()],
    ['when the network answers in its place', (response) => response.writeHead(520).end('<html></html>')],
    ['when the connection breaks', (response) => response.destroy()],
    [
      'when the answer breaks off',
      (response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-length': PUBLISHED.length })
        response.write(PUBLISHED.slice(0, 9), () => response.destroy())
      },
    ],
    ['when the answer is cut', (response) => response.writeHead(200, JSON_TYPE).end(PUBLISHED.slice(0, 9))],
    ['when a refusal is cut', (response) => response.writeHead(409, JSON_TYPE).end(CONFLICT.slice(0, 30))],
    [
      'when a refusal breaks off',
      (response) => {
        response.writeHead(409, { 'content-length': CONFLICT.length })
        response.write(CONFLICT.slice(0, 30), () => response.destroy())
      },
    ],
  ])('%s', async (_when, failing) => {
    expect(await answering([failing, whole], (control) => control.publish(['1-a']))).toEqual({
      result: JSON.parse(PUBLISHED),
      requests: 2,
    })
  })
})

describe('a request is not sent again', () => {
  it('when it is refused', async () => {
    const refused: Answer = (response) => response.writeHead(409, JSON_TYPE).end(CONFLICT)
    const { result, requests } = await answering([refused], (control) => control.publish(['1-a']))
    expect(result).toMatchObject({ code: 'CONFLICT', message: 'not now' })
    expect(requests).toBe(1)
  })

  it('when another server answers', async () => {
    const page: Answer = (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found')
    const { result, requests } = await answering([page], (control) => control.head())
    expect(result).toMatchObject({ message: expect.stringMatching(/answered 404, .* Is it another server\?$/) })
    expect(requests).toBe(1)
  })

  it('when its answer would be a key that is shown once', async () => {
    const { result, requests } = await answering([(response) => response.writeHead(500).end()], (control) =>
      control.createKey({ name: 'ci', scopes: ['read'] }),
    )
    expect(result).toMatchObject({ code: 'UNAVAILABLE' })
    expect(requests).toBe(1)
  })

  it(`more than ${TRIES} times in all`, async () => {
    const failing: Answer = (response) => response.writeHead(503, { ...JSON_TYPE, 'retry-after': '0' }).end(CONFLICT)
    const { result, requests } = await answering([failing], (control) => control.head())
    expect(result).toMatchObject({ code: 'UNAVAILABLE', message: 'not now' })
    expect(requests).toBe(TRIES)
  })
})
