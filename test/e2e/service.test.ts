/** `sync --watch` as a process beside a deployment: it runs what is new and what is asked for, tells, and can be stopped. */
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SyncAnswer } from '../../registry/wire/sync.ts'
import type { HealthReport } from '../../sync/service/health.ts'
import type { RunLine } from '../../sync/service/log.ts'
import type { Message } from '../../sync/service/webhook.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { freePort, ROOT, type Running, run } from './process.fixture.ts'

let deployment: Deployment
let receiver: Server
let service: Running
let health: string
const messages: Message[] = []

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-10T00:00:00Z' }, join(ROOT, 'test/e2e/scheduled'))
  await day('sales', 8, 'sold', 5)
  await day('stock', 8, 'left', 50)
  const applied = await deployment.cli('apply')
  expect(applied.code, applied.stderr).toBe(0)
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      messages.push(JSON.parse(body) as Message)
      response.end()
    })
  })
  const port = await freePort()
  await new Promise<void>((resolve) => receiver.listen(port, '127.0.0.1', resolve))
  service = start('--webhook', `http://127.0.0.1:${port}/hook`)
  health =
    /http:\/\/127\.0\.0\.1:\d+/.exec(
      (JSON.parse(await service.line(/"started"/)) as { message: string }).message.split('; ')[1] ?? '',
    )?.[0] ?? ''
})

afterAll(async () => {
  service.child.kill('SIGKILL')
  receiver.close()
  await deployment.stop()
})

function start(...args: readonly string[]): Running {
  return run(
    `${ROOT}sync/cli/shoreline.mjs`,
    ['--url', deployment.url, 'sync', '--watch', '--health-port', '0', '--jitter', '0', ...args],
    { LAKE_FOLDER: deployment.lake },
    deployment.folder,
  )
}

function day(view: string, at: number, feature: string, value: number): Promise<void> {
  const file = join(deployment.lake, view, `${at}.parquet`)
  return writeParquet(file, `select 'north' as shop, ${value} as "${feature}", timestamp '2026-03-0${at}' as "at"`)
}

async function ran(pattern: RegExp): Promise<RunLine> {
  return JSON.parse(await service.line(pattern)) as RunLine
}

async function report(path = '/health'): Promise<readonly [number, HealthReport]> {
  const response = await fetch(`${health}${path}`)
  return [response.status, (await response.json()) as HealthReport]
}

async function ask(body: object): Promise<void> {
  const response = await deployment.fetch('/materialize', { method: 'POST', body: JSON.stringify(body) })
  expect([response.status, await response.text()]).toEqual([200, 'null'])
}

async function served(): Promise<unknown> {
  const body = JSON.stringify({ service: 'shops', rows: [{ shop: 'north' }] })
  const response = await deployment.fetch('/v1/features', { method: 'POST', body })
  return ((await response.json()) as { rows: unknown[] }).rows[0]
}

describe('sync --watch', () => {
  it('puts online what is not, whatever its schedule, with one line for each run', async () => {
    const lines = [await ran(/"view":"sales@1"/), await ran(/"view":"stock@1"/)]
    for (const line of lines)
      expect(line).toMatchObject({
        event: 'run',
        outcome: 'published',
        why: 'new',
        mode: 'full',
        entities: 1,
        error: null,
      })
    expect(await served()).toEqual({ sold: 5, left: 50 })
    const [status, { views }] = await report()
    expect([status, views.map(({ view, last, next }) => [view, last?.outcome, next?.slice(11) ?? null])]).toEqual([
      200,
      [
        ['sales@1', 'published', '03:00:00.000Z'],
        ['stock@1', 'published', null],
      ],
    ])
  })

  it("does what is asked for in Feast's words, tells when it fails, and goes on", async () => {
    await day('sales', 9, 'sold', 9)
    await rm(join(deployment.lake, 'stock', '8.parquet'))
    await writeParquet(
      join(deployment.lake, 'stock', '8.parquet'),
      `select 'north' as shop, 'many' as "left", timestamp '2026-03-08' as "at"`,
    )
    await ask({ start_ts: '2026-03-08T00:00:00Z', end_ts: '2026-03-10T00:00:00Z', feature_views: ['sales', 'stock'] })
    expect(await ran(/"sales@1".*"why":"request"/)).toMatchObject({ outcome: 'published', changed: 1 })
    const failed = await ran(/"stock@1".*"why":"request"/)
    expect(failed).toMatchObject({
      level: 'error',
      outcome: 'failed',
      code: 'INVALID',
      error: expect.stringContaining('left'),
    })
    expect(await served()).toEqual({ sold: 9, left: 50 })
    await expect
      .poll(() => messages, { timeout: 60_000 })
      .toEqual([
        expect.objectContaining({
          text: expect.stringContaining('the sync of stock@1 failed'),
          event: 'run_failed',
          view: 'stock@1',
          error: failed.error,
          deployment: deployment.url,
        }),
      ])
    const [status, { problems }] = await report()
    expect([status, problems]).toEqual([503, [`stock@1: ${failed.error}`]])
    expect((await report('/live'))[0]).toBe(200)
  })

  it('stops when it is told to, and says so to the deployment', async () => {
    service.child.kill('SIGTERM')
    const { code, stderr, stdout } = await service.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/"stopped"/)
    expect(await deployment.fetch('/v1/sync').then((response) => response.json() as Promise<SyncAnswer>)).toEqual({
      services: [],
      requests: [],
    })
  })
})
