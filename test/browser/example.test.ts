/** The page of `examples/browser` in Chromium, over a closed Worker: its numbers, what leaves it, and what is left of it without a network. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RISK } from '../../examples/flights/features/departure-sql.ts'
import { query } from '../e2e/flights-oracle.fixture.ts'
import { evaluate, open, PHONE, type Visit } from './browser.fixture.ts'
import { type ExampleSite, exampleSite, until } from './example.fixture.ts'

let site: ExampleSite
beforeAll(async () => {
  site = await exampleSite()
})
afterAll(() => site?.[Symbol.asyncDispose]())

const DESK = { viewport: { width: 1120, height: 800 } }

async function visit(options: Parameters<typeof open>[1] = DESK): Promise<Visit> {
  const visited = await open(`${site.url}/example/`, options)
  await until(visited.page, "document.documentElement.dataset.ready === 'true'")
  return visited
}

/** Digits of one engine's risk, once they are there. */
async function digits({ page }: Visit, engine: string): Promise<string> {
  await until(page, `/^0|none/.test(document.querySelector('#engine-${engine} .digits').textContent)`)
  return (await page.textContent(`#engine-${engine} .digits`)) ?? ''
}

/** As a person moves it: the page hears of every step. */
async function slide({ page }: Visit, minutes: number): Promise<void> {
  await evaluate(
    page,
    `(() => { const slider = document.getElementById('minutes'); slider.value = ${minutes}; slider.dispatchEvent(new Event('input')) })()`,
  )
  const time = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
  await until(page, `document.getElementById('time').textContent === '${time}'`)
}

interface Edge {
  readonly rows: readonly Readonly<Record<string, number>>[]
}

/** What the edge answers to whoever has every right. */
async function edge(rows: readonly object[]): Promise<Edge['rows']> {
  const body = JSON.stringify({ service: 'departure', rows })
  const response = await site.deployment.fetch('/v1/features', { method: 'POST', headers: site.admin, body })
  expect(response.status).toBe(200)
  return ((await response.json()) as Edge).rows
}

const at = (minutes: number): string =>
  `${site.day}T${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00Z`

it('computes on the device what the edge and DuckDB answer, and shows what was served with its age', async () => {
  await using visited = await visit()
  const { page } = visited
  expect(await page.title()).toBe('How late will it leave? · Shoreline')
  const minutes = [17 * 60 + 30, 0, 9 * 60 + 1, 14 * 60 + 59, 1439]
  const answers = await edge(minutes.map((one) => ({ origin: 'SFO', destination: 'JFK', scheduled_at: at(one) })))
  const seen: string[] = []
  for (const [index, one] of minutes.entries()) {
    await slide(visited, one)
    const risk = await digits(visited, 'device')
    expect(risk).toBe(String(answers[index]?.['risk']))
    expect(await page.textContent('#risk')).toBe(`${(Number(risk) * 100).toFixed(1)} %`)
    seen.push(risk)
  }
  expect(new Set(seen).size).toBeGreaterThan(3)

  const features = await page.locator('#features tbody tr').allTextContents()
  const { late_share_7d: late = 0, distance } = answers[0] ?? {}
  expect(features).toHaveLength(6)
  expect(features[0]).toMatch(
    new RegExp(`^SFO late departures, 7 days${(late * 100).toFixed(1)} %(\\d+ h|\\d+ min|\\d+ s)`),
  )
  expect(features[5]).toContain(`SFO–JFK distance${distance?.toLocaleString('en-US')} mi`)

  // And what plain DuckDB makes of the definition, on its own.
  const [{ destination_late_share_7d: other } = {}] = answers
  const [plain] =
    await query(`select ${RISK.replaceAll(/\d+\.\d+/g, '$&e0')} as risk from (select '${late}'::float as late_share_7d,
    '${other}'::float as destination_late_share_7d, ${distance}::integer as distance, timestamp '${at(1439).slice(0, -1)}' as scheduled_at)`)
  expect(String(plain?.['risk'])).toBe(seen.at(-1))

  await page.click('#ask-edge')
  await page.click('#ask-duckdb')
  expect(await digits(visited, 'edge')).toBe(seen.at(-1))
  expect(await digits(visited, 'duckdb')).toBe(seen.at(-1))
  await until(page, "document.getElementById('verdict').textContent === 'the same to the last bit'")
  await visited.screenshot('example-flight-light')
  await slide(visited, 600)
  expect(await page.textContent('#verdict')).toBe('ask again for this time')
  expect(visited.problems).toEqual([])
})

it('sends no departure time to anybody, until the edge is asked to compute', async () => {
  await using visited = await visit()
  const { page } = visited
  await slide(visited, 13 * 60 + 37)
  await page.click('#tab-ranking')
  await until(page, "document.querySelectorAll('#ranking tbody tr').length === 200")
  await slide(visited, 7 * 60 + 7)
  await page.selectOption('#origin', 'DFW')
  await until(page, "/^From Dallas/.test(document.getElementById('ranking-note').textContent)")
  const sent = visited.requests.filter(({ url }) => url.includes('/v1/'))
  expect(sent.length).toBeGreaterThan(2)
  for (const { url, body, headers } of visited.requests) {
    // A port and a signature may hold any digits.
    const { authorization, ...others } = headers
    const text = `${url}\n${body}\n${JSON.stringify(others)}`.replaceAll(site.url, '')
    expect(text).not.toMatch(/scheduled_at|1337|13:37|0707|07:07/)
    if (authorization) expect(atob(authorization.split('.')[1] ?? '')).not.toMatch(/scheduled_at|13:37|07:07/)
  }
  expect(visited.requests.every(({ url }) => url.startsWith(`${site.url}/`))).toBe(true)

  await page.click('#tab-flight')
  await until(page, "!document.getElementById('panel-flight').hidden")
  await page.click('#ask-edge')
  await digits(visited, 'edge')
  expect(visited.requests.filter(({ body }) => body.includes('scheduled_at')).map(({ body }) => body)).toEqual([
    expect.stringContaining(at(7 * 60 + 7)),
  ])
})

it('ranks two hundred destinations anew with every frame', async () => {
  await using visited = await visit({ ...DESK, colorScheme: 'dark' })
  const { page } = visited
  await page.focus('#tab-flight')
  await page.keyboard.press('ArrowRight')
  await until(page, "document.querySelectorAll('#ranking tbody tr').length === 200")
  const order = (): Promise<string[]> => page.locator('#ranking tbody th').allTextContents()
  const nonstop = async (): Promise<readonly (readonly [string, string])[]> => {
    const rows = await page.locator('#ranking tbody tr').allTextContents()
    return rows.flatMap((text) => {
      const [, code, risk] = /^\d+([A-Z]{3}) .*nonstop(.*)$/.exec(text) ?? []
      return code !== undefined && risk !== undefined ? [[code, risk] as const] : []
    })
  }
  const orders: string[] = []
  for (const minutes of [300, 720, 1080]) {
    await slide(visited, minutes)
    const shown = await nonstop()
    expect(shown.length).toBeGreaterThan(30)
    const answers = await edge(
      shown.map(([destination]) => ({ origin: 'SFO', destination, scheduled_at: at(minutes) })),
    )
    expect(shown).toEqual(
      shown.map(([code], index) => [code, `${(Number(answers[index]?.['risk']) * 100).toFixed(1)} %`]),
    )
    orders.push((await order()).join())
  }
  expect(new Set(orders).size).toBe(3)
  expect(await page.textContent('#ranking-time')).toMatch(/^[\d.]+ ms$/)
  expect(visited.problems).toEqual([])
  await visited.screenshot('example-ranking-dark')
})

it('opens without a network, computes on, and says how old its values are', async () => {
  await using visited = await visit()
  const { page } = visited
  const before = await digits(visited, 'device')
  await until(page, 'navigator.serviceWorker.controller !== null')
  await visited.offline(true)
  await page.reload()
  await until(page, "document.documentElement.dataset.ready === 'true'")
  expect(await digits(visited, 'device')).toBe(before)
  await slide(visited, 555)
  const [answer] = await edge([{ origin: 'SFO', destination: 'JFK', scheduled_at: at(555) }])
  expect(await digits(visited, 'device')).toBe(String(answer?.['risk']))
  expect(await page.textContent('#source')).toMatch(/answered \d+ (s|min) ago$/)

  expect(await page.textContent('#notice')).toMatch(/^Offline\. The edge answered these values \d+ (s|min) ago/)
  await visited.screenshot('example-offline')

  // What was never served is said to be missing, and what was is there again.
  await page.selectOption('#destination', 'BOS')
  await until(page, "/cannot be reached/.test(document.getElementById('notice').textContent)")
  expect(await page.isVisible('#notice')).toBe(true)
  expect(await page.locator('#risk, #engine-device .digits').allTextContents()).toEqual(['–', '–'])
  expect((await page.locator('#features tbody').textContent()) ?? '').toMatch(/^–+$/)
  await page.selectOption('#destination', 'JFK')
  await until(page, "!/cannot be reached/.test(document.getElementById('notice').textContent)")
  await visited.offline(false)
  await page.selectOption('#destination', 'BOS')
  await until(
    page,
    "document.getElementById('notice').hidden && /BOS/.test(document.getElementById('features').textContent)",
  )
})

it('is a page for phones, in either theme', async () => {
  await using visited = await visit({ viewport: PHONE, colorScheme: 'dark' })
  const { page } = visited
  const background = (): Promise<string> => evaluate(page, 'getComputedStyle(document.body).backgroundColor')
  const dark = await background()
  expect(await evaluate(page, 'document.documentElement.scrollWidth')).toBe(PHONE.width)
  await visited.screenshot('example-phone-dark')
  await page.check('#theme input[value=light]')
  expect(await background()).not.toBe(dark)
  await page.reload()
  await until(page, "document.documentElement.dataset.theme === 'light'")
  expect(await background()).not.toBe(dark)
  const unnamed = `[...document.querySelectorAll('input, select, button')].filter((one) => !(one.ariaLabel || one.textContent.trim() || one.labels?.length)).length`
  expect(await evaluate(page, unnamed)).toBe(0)
})

it('shows in the page no key, and of the definitions nothing that is not computed there', async () => {
  await using visited = await visit()
  const scripts = await evaluate<string>(
    visited.page,
    `Promise.all(performance.getEntriesByType('resource').map(({ name }) => fetch(name, { method: /token$/.test(name) ? 'POST' : 'GET' }).then((one) => one.text()))).then((all) => all.join('\\n'))`,
  )
  expect(scripts).not.toMatch(/the-first-key|what-signs|flights@example|r2:\/\/|p90_delay|select origin/)
})
