/** What a browser downloads for the client: nothing of the definitions, and little of anything else. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type AtOnce, atOnce, everything } from './bundle.fixture.ts'

/** Of the client alone. */
const LIMIT_BYTES = 5 * 1024
/** With what evaluates expressions of arithmetic, logic and time. */
const EVALUATOR_BYTES = 12 * 1024 - LIMIT_BYTES

const PAGE = `
  import { createClient } from './client/index.ts'
  import type * as features from './test/types/features.ts'

  const client = createClient<typeof features>({ url: 'https://features.example.com' })
  const { row } = await client.get('flight_delay', { origin: 'SFO', destination: 'JFK' })
  document.title = String(row.avg_delay_7d)
`
const EVALUATOR = `
  import { loadPacks } from './core/expressions/packs.ts'
  import { TIME } from './core/expressions/packs/time.ts'
  import { runSql } from './core/on-demand/sql-entry.ts'
  Object.assign(globalThis, { loadPacks, TIME, runSql })
`
const LOCAL = `
  import { computeLocally } from './client/local/index.ts'
  import { TIME } from './core/expressions/packs/time.ts'
  Object.assign(globalThis, { computeLocally, TIME })
`

let page: AtOnce
let all = ''

beforeAll(async () => {
  page = await atOnce(PAGE)
  all = [...(await everything(PAGE)).values()].join('\n')
})

describe('the bundle of a page with the client', () => {
  it.each([
    ['SQL', /select |group by/],
    ['a path', /r2:\/\/|file:\/\/|parquet/],
    ['an owner', /flight-data@|delays@example/],
    ['a description', /How late|Mean arrival|IATA/],
    ['a tag', /punctuality/],
    ['a name of a view', /airport_delays|route_facts/],
    ['zod', /zod/i],
  ])('holds no %s, neither at once nor in what is loaded later', (_what, text) => {
    expect(page.text).toContain('flight_delay')
    expect(page.text).not.toMatch(text)
    expect(all.length).toBeGreaterThan(page.text.length)
    expect(all).not.toMatch(text)
  })

  it('is made of the client and core only', () => {
    expect(page.inputs.filter((path) => !/^(client|core)\/|^<stdin>$/.test(path))).toEqual([])
  })

  it(`is smaller than ${LIMIT_BYTES} bytes, gzipped`, () => {
    console.log(`createClient: ${page.text.length} bytes, ${page.size} gzipped`)
    expect(page.size).toBeLessThan(LIMIT_BYTES)
  })
})

describe('computing on the device', () => {
  it('is not in what a page loads before it asks for it', () => {
    expect(page.inputs.filter((path) => /client\/(local|sql|cache)\/|expressions|on-demand/.test(path))).toEqual([])
  })

  it('comes with arithmetic and logic, and without the packs and forms that a plan may not have', async () => {
    const { inputs } = await atOnce("import { computeLocally } from './client/local/index.ts'\ncomputeLocally")
    expect(inputs).toContain('core/expressions/packs/arithmetic.ts')
    expect(inputs).toContain('core/expressions/packs/comparisons.ts')
    const later = /\/(lists|strings|time|transcendental|coded|careful|wasm|typescript-entry|read-values)\.ts$/
    expect(inputs.filter((path) => later.test(path))).toEqual([])
  })

  it(`adds at most ${EVALUATOR_BYTES} bytes for the evaluator with arithmetic, logic and time`, async () => {
    const [evaluator, local] = [await atOnce(PAGE + EVALUATOR), await atOnce(PAGE + LOCAL)]
    console.log(
      `with the evaluator ${evaluator.size}, with all that computing on the device takes ${local.size} gzipped`,
    )
    expect(evaluator.size - page.size).toBeLessThan(EVALUATOR_BYTES)
  })
})
