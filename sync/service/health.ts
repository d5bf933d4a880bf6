/**
 * Says over HTTP how the service is. `GET /health` is for whoever looks after the data: 503 too when a view's last run
 * failed. `GET /live` is for whoever restarts processes: 503 only when a restart could help.
 */
import { createServer } from 'node:http'
import { ShorelineError } from '../../core/errors.ts'
import { hasCode } from '../lake/disk.ts'
import type { Outcome } from './log.ts'

export interface ViewHealth {
  readonly view: string
  /** Null until it ran. */
  readonly last: { readonly at: string; readonly outcome: Outcome; readonly error: string | null } | null
  /** When it runs next; null when only a request would run it. */
  readonly next: string | null
  readonly running: boolean
}

export interface HealthReport {
  /** `stuck`: the loop has not come round. `unreachable`: the deployment does not answer. `failing`: a view's last run failed. */
  readonly status: 'ok' | 'failing' | 'unreachable' | 'stuck'
  readonly problems: readonly string[]
  readonly service: string
  readonly started_at: string
  /** When the deployment answered last. */
  readonly seen_at: string | null
  /** Views that it was asked for and that wait. */
  readonly waiting: number
  readonly views: readonly ViewHealth[]
}

export interface HealthServer {
  readonly url: string
  close(): void
}

/** @param port 0 for any that is free. @throws ShorelineError INVALID when it is taken */
export function serveHealth(host: string, port: number, health: () => HealthReport): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    const known = path === '/health' || path === '/live'
    const body = known ? health() : { error: 'There are GET /health and GET /live.' }
    const status = 'error' in body ? 404 : isWell(body, path) ? 200 : 503
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(`${JSON.stringify(body)}\n`)
  })
  return new Promise((resolve, reject) => {
    server.once('error', (thrown) => reject(hasCode(thrown, 'EADDRINUSE') ? taken(host, port) : thrown))
    server.listen(port, host, () => {
      const address = server.address()
      const at = typeof address === 'object' && address ? address.port : port
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${at}`,
        close() {
          server.close()
          server.closeAllConnections()
        },
      })
    })
  })
}

function isWell({ status }: HealthReport, path: string | undefined): boolean {
  return path === '/live' ? status !== 'stuck' : status === 'ok'
}

function taken(host: string, port: number): ShorelineError {
  return new ShorelineError(
    'INVALID',
    `Another process listens on ${host}:${port}. Name another port with --health-port, or 0 for any that is free.`,
  )
}
