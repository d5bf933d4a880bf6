/** The service's health over real HTTP: one address for people, one for whoever restarts processes. */
import { afterEach, describe, expect, it } from 'vitest'
import { type HealthReport, type HealthServer, serveHealth } from './health.ts'

const WELL: HealthReport = {
  status: 'ok',
  problems: [],
  service: 'host/1/a',
  started_at: '2026-03-01T12:00:00.000Z',
  seen_at: '2026-03-01T12:00:10.000Z',
  waiting: 0,
  views: [],
}
let server: HealthServer | undefined

afterEach(() => server?.close())

describe('health', () => {
  it.each<[HealthReport['status'], number, number]>([
    ['ok', 200, 200],
    ['failing', 503, 200],
    ['unreachable', 503, 200],
    ['stuck', 503, 503],
  ])('%s is %i at /health and %i at /live', async (status, health, live) => {
    server = await serveHealth('127.0.0.1', 0, () => ({ ...WELL, status }))
    const asked = await fetch(`${server.url}/health?verbose`)
    expect([asked.status, await asked.json()]).toEqual([health, { ...WELL, status }])
    expect((await fetch(`${server.url}/live`)).status).toBe(live)
    expect((await fetch(`${server.url}/`)).status).toBe(404)
  })

  it('on a port that is taken says so, and the fix', async () => {
    server = await serveHealth('127.0.0.1', 0, () => WELL)
    const port = Number(new URL(server.url).port)
    await expect(serveHealth('127.0.0.1', port, () => WELL)).rejects.toThrow(
      `Another process listens on 127.0.0.1:${port}. Name another port with --health-port, or 0 for any that is free.`,
    )
  })
})
