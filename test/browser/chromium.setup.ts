/** One Chromium for all browser tests; a test's pages have a context of their own in it (`browser.fixture.ts`). */
import type { TestProject } from 'vitest/node'
import { startChromium } from './chromium.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where Playwright connects to. */
    readonly chromium: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startChromium()
  project.provide('chromium', server.wsEndpoint())
  return () => server.close()
}
