/** What other browser tests rely on: a real browser, what it says and sends, and no way out of this machine. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { evaluate, open, theBrowser } from './browser.fixture.ts'
import { bundle, html, serve } from './site.fixture.ts'

it('runs bundled TypeScript in Chromium, and sees all that leaves the page', async () => {
  const { files } = await bundle(`
    const answer = await fetch('/echo', { method: 'POST', body: 'hello' })
    const worker = new Worker(URL.createObjectURL(new Blob(["fetch('" + location.origin + "/from-worker').then(() => postMessage(0))"])))
    await new Promise((done) => { worker.onmessage = done })
    document.querySelector('output')!.textContent = await answer.text()
    document.title = 'done'`)
  await using site = await serve(
    { '/': html('<output></output>'), ...files },
    { answer: ({ path, body }) => (path.startsWith('/from') || path === '/echo' ? new Response(body) : null) },
  )
  await using visit = await open(site.origin)
  await visit.page.waitForFunction("document.title === 'done'")
  expect(await visit.page.textContent('output')).toBe('hello')
  expect((await theBrowser()).version()).toMatch(/^\d{3}\./)
  const sent = visit.requests.map(({ method, url, body }) => [method, url.replace(site.origin, ''), body])
  expect(sent).toContainEqual(['POST', '/echo', 'hello'])
  expect(sent).toContainEqual(['GET', '/from-worker', ''])
  expect(site.hits.map(({ path }) => path)).toEqual(['/', '/page.js', '/echo', '/from-worker'])
  expect(visit.problems).toEqual([])
  const png = await readFile(await visit.screenshot('harness'))
  expect(png.subarray(1, 4).toString()).toBe('PNG')
})

it('says what goes wrong in a page, and reaches nobody else', async () => {
  await using site = await serve({
    '/': html(),
    '/page.js': "console.error('oh'); setTimeout(() => { throw new Error('no') })",
  })
  await using visit = await open(site.origin)
  expect(await evaluate(visit.page, "fetch('https://example.com').then(() => 'there', () => 'refused')")).toBe(
    'refused',
  )
  await expect.poll(() => visit.problems.join('\n')).toMatch(/Error: no/)
  expect(visit.problems.join('\n')).toMatch(/error: oh/)
  await visit.offline(true)
  expect(await evaluate(visit.page, "fetch('/').then(() => 'there', () => 'offline')")).toBe('offline')
})
