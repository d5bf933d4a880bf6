/** One keep-alive HTTP/1.1 connection on a bare socket: fetch and its like cost more than what is measured. */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  /** Header lines, without the empty one. */
  readonly head: string
  readonly body: string
}

/** Called with the head of a whole answer; the bytes of its body are only kept for `ask`. */
export type OnAnswer = (head: string, chunks: readonly Buffer[]) => void

const HEAD_END = Buffer.from('\r\n\r\n')
const CLOSED = new Error('the connection was closed')
const LENGTH = 'content-length: '

/** The bytes of a request whose body is JSON. */
export function requestBytes(path: string, body: unknown): Buffer {
  const text = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`
  return Buffer.from(head + text)
}

/** The whole answer to one request, on a connection of its own. */
export async function ask(port: number, request: Buffer): Promise<Answer> {
  const connection = await Connection.open(port)
  return connection.ask(request).finally(() => connection.close())
}

/** Sends one request at a time and says when its answer is whole. */
export class Connection {
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #received = 0
  /** Bytes of the whole answer; unknown until its head is here. */
  #expected = Number.POSITIVE_INFINITY
  #head = ''
  #keepBody = false
  #done: OnAnswer = () => {}
  #failed: (error: Error) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#failed(error))
    socket.on('close', () => this.#failed(CLOSED))
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket)))
      socket.once('error', reject)
    })
  }

  /** The whole answer. */
  ask(request: Buffer): Promise<Answer> {
    this.#keepBody = true
    return new Promise((resolve, reject) => {
      this.send(
        request,
        (head, chunks) => {
          this.#keepBody = false
          const body = Buffer.concat(chunks)
            .subarray(head.length + HEAD_END.length)
            .toString()
          resolve({ status: Number(head.slice(9, 12)), head, body })
        },
        reject,
      )
    })
  }

  send(request: Buffer, done: OnAnswer, failed: (error: Error) => void): void {
    this.#done = done
    this.#failed = failed
    if (this.#socket.destroyed) failed(CLOSED)
    else this.#socket.write(request)
  }

  close(): void {
    this.#failed = () => {}
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received += chunk.length
    if (this.#keepBody || this.#head === '') this.#chunks.push(chunk)
    if (this.#head === '') this.#readHead()
    if (this.#received < this.#expected) return
    const [head, chunks] = [this.#head, this.#chunks]
    this.#chunks = []
    this.#received = 0
    this.#expected = Number.POSITIVE_INFINITY
    this.#head = ''
    this.#done(head, chunks)
  }

  #readHead(): void {
    const [first = Buffer.alloc(0)] = this.#chunks
    const bytes = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    const end = bytes.indexOf(HEAD_END)
    if (end < 0) return
    this.#head = bytes.toString('latin1', 0, end)
    const at = this.#head.toLowerCase().indexOf(LENGTH)
    if (at < 0) this.#failed(new Error(`an answer without a length:\n${this.#head}`))
    else this.#expected = end + HEAD_END.length + Number.parseInt(this.#head.slice(at + LENGTH.length), 10)
  }
}
