/**
 * Pages in a real Chromium. How a browser test is written:
 *
 *     const { files } = await bundle(`import { createClient } from './client/index.ts'; …`)   // site.fixture.ts
 *     await using site = await serve({ '/': html('<output></output>'), ...files })
 *     await using visit = await open(site.origin)
 *     await visit.page.waitForFunction(() => document.title === 'done')       // a condition, never a time
 *     expect(visit.problems).toEqual([])                                      // errors of the console, of scripts, of requests
 *     expect(visit.requests.map(({ url }) => url)).toEqual([…])               // all that left the page, with headers and bodies
 *
 * - `npx vitest run --project browser test/browser/foo` runs one file. All files share one Chromium (`chromium.setup.ts`); a visit is a
 *   context of its own, so storage, caches and service workers of tests do not meet.
 * - Pages are bundled from the sources and served by a server in memory; the Worker, where a test needs it, by
 *   `deploy()` of `test/e2e/deployment.fixture.ts`. Loopback is a secure context, another port is another origin.
 * - Chromium finds no host but 127.0.0.1 and localhost. `visit.offline(true)` takes those, too.
 * - `evaluate(page, 'expression')` is for what has types in a page's script; `page.evaluate(() => …)` is Playwright's own.
 * - `visit.screenshot('flights-dark')` writes a PNG under `SCREENSHOTS`. Themes and phones: `open(url, { colorScheme: 'dark', viewport: PHONE })`.
 */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { inject } from 'vitest'

export const PHONE = { width: 390, height: 844 }
export const SCREENSHOTS = process.env['SHORELINE_SCREENSHOTS'] ?? join(tmpdir(), 'shoreline-screenshots')

export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Every request of the page, its workers and its service worker, also those that were not answered. */
  readonly requests: readonly SentRequest[]
  /** What a page should not have: errors and warnings of its console, uncaught exceptions, requests that failed. */
  readonly problems: readonly string[]
  offline(offline: boolean): Promise<void>
  /** @returns the file */
  screenshot(name: string): Promise<string>
  close(): Promise<void>
}

let browser: Promise<Browser> | undefined

/** The one of this test process; nobody needs to close it. */
export function theBrowser(): Promise<Browser> {
  browser ??= chromium.connect(inject('chromium'))
  return browser
}

/** Opens a page in a context of its own, and waits until it has loaded. */
export async function open(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await (await theBrowser()).newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
  const requests: SentRequest[] = []
  const problems: string[] = []
  context.on('request', (request) =>
    requests.push({
      method: request.method(),
      url: request.url(),
      headers: request.headers(),
      body: request.postData() ?? '',
    }),
  )
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') problems.push(`${request.url()}: ${why}`) // which the page itself did
  })
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`)
  })
  context.on('weberror', (error) => problems.push(String(error.error().stack ?? error.error())))
  const page = await context.newPage()
  const close = (): Promise<void> => context.close()
  const visit: Visit = {
    page,
    requests,
    problems,
    offline: (offline) => context.setOffline(offline),
    async screenshot(name) {
      await mkdir(SCREENSHOTS, { recursive: true })
      const path = join(SCREENSHOTS, `${name}.png`)
      await page.screenshot({ path, fullPage: true })
      return path
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  try {
    await page.goto(url, { waitUntil: 'load' })
  } catch (thrown) {
    await close()
    throw thrown
  }
  return visit
}

/** The value of an expression in the page, which may be a promise; JSON and what else structured cloning keeps. */
export function evaluate<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression)
}
