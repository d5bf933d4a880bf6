/** Two pages over one IndexedDB: what one of them has read already is asked for again as soon as the other writes. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { evaluate, open } from './browser.fixture.ts'
import { bundle, html, serve } from './site.fixture.ts'

const PAGE = `
  import { indexedDbStore } from './client/cache/indexeddb.ts'
  globalThis.store = await indexedDbStore(1_000_000, () => Date.now())
  globalThis.reads = 0
  const get = IDBObjectStore.prototype.get
  IDBObjectStore.prototype.get = function (key) { reads++; return get.call(this, key) }
  document.title = 'done'`

const KEYS = 6
const STEPS = 150

type Step = 'set' | 'update' | 'delete' | 'clear' | 'get'

/** Numbers that look like chance, the same ones each time. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

it('shows each page what is there, whichever of them wrote it, and reads a row once', async () => {
  const { files } = await bundle(PAGE)
  await using site = await serve({ '/': html(), ...files })
  await using visit = await open(site.origin)
  const other = await visit.page.context().newPage()
  await other.goto(site.origin)
  const pages = [visit.page, other]
  for (const page of pages) await page.waitForFunction("document.title === 'done'")

  const random = chance(20_010_701)
  const there = new Map<string, number>()
  const apply: Readonly<Record<Step, (page: Page, key: string, value: number) => Promise<void>>> = {
    async set(page, key, value) {
      await evaluate(page, `store.set([{ key: '${key}', value: ${value}, size: 10 }])`)
      there.set(key, value)
    },
    async update(page, key) {
      await evaluate(page, `store.update('${key}', (was) => ({ key: '${key}', value: (was ?? 0) + 1, size: 10 }))`)
      there.set(key, (there.get(key) ?? 0) + 1)
    },
    async delete(page, key) {
      await evaluate(page, `store.delete(['${key}'])`)
      there.delete(key)
    },
    async clear(page) {
      await evaluate(page, 'store.clear()')
      there.clear()
    },
    async get(page) {
      const keys = Array.from({ length: KEYS }, (_, at) => `k${at}`)
      const found = await evaluate<unknown[]>(page, `store.get(${JSON.stringify(keys)})`)
      expect(found).toEqual(keys.map((key) => there.get(key)))
    },
  }
  const steps: readonly Step[] = ['get', 'get', 'get', 'set', 'set', 'update', 'delete', 'clear']
  for (let at = 0; at < STEPS; at++) {
    const step = steps[Math.floor(random() * (at % 10 === 0 ? steps.length : steps.length - 1))] ?? 'get'
    const page = pages[Math.floor(random() * pages.length)] ?? visit.page
    await apply[step](page, `k${Math.floor(random() * KEYS)}`, at)
  }
  for (const page of pages) await apply.get(page, '', 0)

  const many = `Array.from({ length: 200 }, (_, at) => 'r' + at)`
  const counted = async (): Promise<number> =>
    evaluate(visit.page, `(async () => { reads = 0; await store.get(${many}); return reads })()`)
  await evaluate(other, `store.set(${many}.map((key) => ({ key, value: 1, size: 10 })))`)
  expect([await counted(), await counted()]).toEqual([201, 1])
  await evaluate(other, `store.set([{ key: 'r7', value: 2, size: 10 }])`)
  expect(await counted()).toBe(201)
  expect(visit.problems).toEqual([])
})
