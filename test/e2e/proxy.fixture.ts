/** What stands between a sync and its deployment, control plane and lake alike: it sees every request, and may harm it. */
import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
  request as send,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  /** How many came before it. */
  readonly number: number
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly body: Buffer
}

/**
 * What becomes of a request: nothing; an answer in the Worker's place, before the request reached it or after it has done what was
 * asked; a connection that breaks; an answer that breaks off, or that ends early as if it were whole.
 */
export type Harm =
  | { readonly kind: 'none' | 'drop' | 'break-off' | 'cut' }
  /** `first`: what happens between the answer and the break. */
  | { readonly kind: 'drop-answer'; readonly first?: () => void }
  | { readonly kind: 'refuse' | 'refuse-after'; readonly status: number; readonly headers?: Record<string, string> }

export const UNHARMED: Harm = { kind: 'none' }

export interface FaultyProxy {
  readonly url: string
  /** Those that came so far, `POST /v1/publish`. */
  readonly requests: readonly string[]
  /** Resolves once everything that was passed on is answered: what was asked for is done, whoever waits for it or not. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** @param harm asked for each request before it is passed on */
export async function startProxy(target: string, harm: (asked: Asked) => Harm): Promise<FaultyProxy> {
  const requests: string[] = []
  const under = new Set<Promise<unknown>>()
  const { hostname, port } = new URL(target)

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming)
    const { method = 'GET', url: path = '/', headers } = incoming
    const harmed = harm({ number: requests.push(`${method} ${path}`) - 1, method, path, body })
    if (harmed.kind === 'drop') return void incoming.socket.destroy()
    if (harmed.kind === 'refuse') return void refuse(outgoing, harmed)
    // The lake's signatures hold for the host that was asked: it stays in the headers.
    const answer = await forward({ hostname, port, method, path, headers }, body)
    if (harmed.kind === 'drop-answer') {
      harmed.first?.()
      return void incoming.socket.destroy()
    }
    if (harmed.kind === 'refuse-after') return void refuse(outgoing, harmed)
    reply(outgoing, answer, harmed.kind)
  }

  const server = createServer((incoming, outgoing) => {
    // Whoever asked may be dead by now.
    const handled = handle(incoming, outgoing).catch(() => incoming.socket.destroy())
    under.add(handled)
    void handled.finally(() => under.delete(handled))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async idle() {
      while (under.size > 0) await Promise.all(under)
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

function forward(to: RequestOptions, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(to, (response) => {
      bytesOf(response).then(
        (whole) => resolve({ status: response.statusCode ?? 0, headers: response.rawHeaders, body: whole }),
        reject,
      )
    })
    request.on('error', reject).end(body)
  })
}

function reply(outgoing: ServerResponse, { status, headers, body }: Answer, harm: Harm['kind']): void {
  const kept = headers.flatMap((name, at) =>
    at % 2 === 0 && !/^(content-length|transfer-encoding|connection|keep-alive)$/i.test(name)
      ? [[name, headers[at + 1] ?? ''] as const]
      : [],
  )
  outgoing.statusCode = status
  for (const [name, value] of kept) outgoing.setHeader(name, value)
  const half = body.subarray(0, Math.floor(body.length / 2))
  // A HEAD has no body, and says how long it would be.
  const length = headers[headers.findIndex((name) => /^content-length$/i.test(name)) + 1]
  if (body.length === 0 && length !== undefined && /^[0-9]+$/.test(length)) outgoing.setHeader('content-length', length)
  else outgoing.setHeader('content-length', harm === 'cut' ? half.length : body.length)
  if (harm === 'break-off' && body.length > 0) outgoing.write(half, () => outgoing.destroy())
  else outgoing.end(harm === 'cut' ? half : body)
}

function refuse(outgoing: ServerResponse, { status, headers = {} }: Extract<Harm, { status: number }>): void {
  outgoing.writeHead(status, headers).end(status === 429 ? '' : '{"error":{"code":"INTERNAL","message":"harmed"}}')
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
