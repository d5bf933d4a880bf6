/** A webhook over real HTTP: what is sent, what is tried again, and what is never told. */
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Message, webhookTo } from './webhook.ts'

const MESSAGE: Message = {
  text: 'Shoreline: the sync of stock@1 failed, and what was online stays so. It says "no".',
  event: 'run_failed',
  view: 'stock@1',
  error: 'It says "no".',
  deployment: 'https://features.example.com',
  service: 'host/1/a',
  time: '2026-03-01T12:00:00.000Z',
}
let server: Server
let url: string
let statuses: number[]
let bodies: string[]

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      bodies.push(`${request.method} ${request.headers['content-type']} ${body}`)
      response.writeHead(statuses.shift() ?? 200).end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/secret`
})

beforeEach(() => {
  statuses = []
  bodies = []
})

afterAll(() => {
  server.close()
})

function send(to = url): Promise<void> {
  return webhookTo(to, 1)(MESSAGE)
}

describe('a webhook', () => {
  it('gets one JSON document with a text that chats show', async () => {
    await send()
    expect(bodies).toEqual([`POST application/json ${JSON.stringify(MESSAGE)}`])
  })

  it('that is overwhelmed or broken is tried again', async () => {
    statuses = [500, 429, 200]
    await send()
    expect(bodies).toHaveLength(3)
  })

  it('that refuses is not, and that stays broken is left alone', async () => {
    statuses = [404]
    await expect(send()).rejects.toThrow('The webhook answered 404.')
    expect(bodies).toHaveLength(1)
    statuses = [503, 503, 503, 503, 503]
    await expect(send()).rejects.toThrow('The webhook answered 503.')
    expect(bodies).toHaveLength(6)
  })

  it('that is not there is an error, and its address is a secret', async () => {
    const thrown = await send('http://127.0.0.1:1/secret').catch((error: unknown) => error)
    expect(String(thrown)).toContain('The webhook cannot be reached: ')
    expect(String(thrown)).not.toContain('secret')
  })
})
