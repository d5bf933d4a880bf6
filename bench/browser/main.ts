/**
 * In a real Chromium: the first feature after a cold load, nanoseconds a row on the device, 200 rows ranked anew with every frame,
 * and what duckdb-wasm takes to start and to answer.
 *
 * ```
 * npm run bench:browser                 # a minute; writes bench/results/browser.md
 * npm run bench:browser -- --quick      # writes nothing
 * ```
 *
 * The Worker is the real one, in workerd on the same machine: what a network adds is not in these numbers.
 */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startChromium } from '../../test/browser/chromium.ts'
import { bundle, html, ROOT, type Site, type SiteOptions, serve } from '../../test/browser/site.fixture.ts'
import { type Deployment, deploy, writeParquet } from '../../test/e2e/deployment.fixture.ts'
import { CASES } from '../ondemand/cases.ts'
import { bindCases } from '../ondemand/offline.ts'
import { median } from '../serving/statistics.ts'

// No internet at run time.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'
process.env['WRANGLER_SEND_METRICS'] = 'false'

const quick = process.argv.includes('--quick')
const COLD = quick ? 3 : 15
const FRAMES = quick ? 60 : 600
const ROUNDS = quick ? 2 : 9
const ROUND_MS = 40
const PLACES = 200
const FRAME_LIMIT_MS = 4
const STARTS = quick ? 1 : 5
const CLOCK = '2026-03-01T06:00:00Z'

const load = loadavg()[0] ?? 0
const deployment = await deployed()
const server = await startChromium()
try {
  const browser = await chromium.connect(server.wsEndpoint())
  await using first = await firstSite(deployment)
  await using site = await pageSite(deployment)
  const text = await measure(browser, first, site)
  console.log(text)
  if (!quick) await writeFile(join(import.meta.dirname, '../results/browser.md'), `# In a browser\n\n${text}`)
} finally {
  await server.close()
  await deployment.stop()
}

async function deployed(): Promise<Deployment> {
  const made = await deploy({ AUTH: 'off', CLOCK }, join(import.meta.dirname, 'features'))
  await writeParquet(
    join(made.lake, 'places/places.parquet'),
    `select 'p' || i as place, timestamp '2026-03-01 00:00:00' as "at", (i * 37 % 100) / 100.0 as late_share,
      100.0 + i * 13 as distance, (i * 7 % 90)::bigint as flights, timestamp '2026-03-01 05:00:00' + to_minutes(i) as opens_at
      from range(${PLACES}) as t(i)`,
  )
  for (const command of ['apply', 'sync']) {
    const { code, stderr } = await made.cli(command)
    if (code !== 0) throw new Error(`shoreline ${command}: ${stderr}`)
  }
  return made
}

/** The Worker on the page's own origin. */
function worker({ url }: Deployment): NonNullable<SiteOptions['answer']> {
  return async ({ method, path, body }) => {
    if (!path.startsWith('/v1/')) return null
    const answer = await fetch(url + path, { method, ...(method === 'POST' && { body }) })
    const now = answer.headers.get('x-shoreline-now')
    return new Response(await answer.text(), {
      status: answer.status,
      headers: now ? { 'x-shoreline-now': now } : {},
    })
  }
}

async function firstSite(deployment: Deployment): Promise<Site> {
  const { files } = await bundle("import './bench/browser/first.ts'")
  return serve({ '/': html(), ...files }, { answer: worker(deployment) })
}

async function pageSite(deployment: Deployment): Promise<Site> {
  const { files } = await bundle("import './bench/browser/page.ts'")
  const dist = join(ROOT, 'node_modules/@duckdb/duckdb-wasm/dist')
  const assets = ['duckdb-browser-eh.worker.js', 'duckdb-eh.wasm']
  const duckdb = await Promise.all(assets.map(async (name) => [`/${name}`, await readFile(join(dist, name))] as const))
  return serve({ '/': html(), ...files, ...Object.fromEntries(duckdb) }, { answer: worker(deployment) })
}

async function measure(browser: Browser, first: Site, site: Site): Promise<string> {
  const trees = (await bindCases()).map(({ tree }) => tree)
  await coldLoad(browser, first, 'local') // the Worker's own first request is no browser's
  const cold = { edge: await coldLoads(browser, first, 'edge'), local: await coldLoads(browser, first, 'local') }
  const rows = await onPage(browser, site, (page) =>
    page.evaluate<readonly number[]>(`perRow(${JSON.stringify(trees)}, ${ROUNDS}, ${ROUND_MS})`),
  )
  const times = await onPage(browser, site, (page) => page.evaluate<readonly number[]>(`rerank(${PLACES}, ${FRAMES})`))
  const duck: Record<string, number | string>[] = []
  for (let start = 0; start < STARTS; start++)
    duck.push(await onPage(browser, site, (page) => page.evaluate('duckdb()')))
  return report(browser.version(), cold, rows, times, duck)
}

async function onPage<T>(browser: Browser, site: Site, work: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(site.origin)
    await page.waitForFunction("document.title === 'ready'")
    return await work(page)
  } finally {
    await context.close()
  }
}

interface Cold {
  /** Since the start of the navigation. */
  readonly total: number
  readonly call: number
  /** Gzipped, of the scripts that came until then. */
  readonly bytes: number
}

/** A context of its own has no cache: the page, its scripts, the plan, the answer. */
async function coldLoad(browser: Browser, site: Site, compute: 'edge' | 'local'): Promise<Cold> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const from = site.hits.length
    await page.goto(`${site.origin}/#${compute}`)
    await page.waitForFunction('globalThis.first')
    const [total = 0, call = 0] = await page.evaluate<readonly number[]>('first')
    const scripts = site.hits.slice(from).filter(({ path }) => path.endsWith('.js'))
    const texts = await Promise.all(scripts.map(async ({ path }) => (await fetch(site.origin + path)).text()))
    return { total, call, bytes: texts.reduce((sum, text) => sum + gzipSync(text).length, 0) }
  } finally {
    await context.close()
  }
}

async function coldLoads(browser: Browser, site: Site, compute: 'edge' | 'local'): Promise<Cold> {
  const found: Cold[] = []
  for (let at = 0; at < COLD; at++) found.push(await coldLoad(browser, site, compute))
  const of = (name: keyof Cold): number => median(found.map((one) => one[name]))
  return { total: of('total'), call: of('call'), bytes: of('bytes') }
}

function report(
  version: string,
  cold: { readonly edge: Cold; readonly local: Cold },
  rows: readonly number[],
  frames: readonly number[],
  duck: readonly Readonly<Record<string, number | string>>[],
): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'core', 'client', 'worker', 'bench') !== ''
  const [first = 0, ...later] = frames
  const sorted = later.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const over = later.filter((one) => one > FRAME_LIMIT_MS).length
  const of = (name: string): string => median(duck.map((one) => Number(one[name]))).toFixed(1)
  return `\`npm run bench:browser\`, commit ${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}, Chromium ${version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'},
load average ${load.toFixed(2)} before the start and ${(loadavg()[0] ?? 0).toFixed(2)} at the end. Everything is on one machine: a network adds its round trips.

## The first feature after a cold load

Medians of ${COLD} new browser contexts, nothing cached: page, scripts, plan, answer. The service needs arithmetic, logic and time; on the device the
evaluator and that pack are loaded beside the plan and before the answer.

| | since the navigation began | the call itself | all scripts of the page, gzipped each |
|---|---:|---:|---:|
| computed at the edge | ${cold.edge.total.toFixed(0)} ms | ${cold.edge.call.toFixed(1)} ms | ${(cold.edge.bytes / 1024).toFixed(1)} KB |
| computed on the device | ${cold.local.total.toFixed(0)} ms | ${cold.local.call.toFixed(1)} ms | ${(cold.local.bytes / 1024).toFixed(1)} KB |

## A row on the device

Nanoseconds, the best of ${ROUNDS} rounds of ${ROUND_MS} ms, of expressions as plans have them.

| | expression | ns |
|---|---|---:|
${CASES.map(({ name, sql }, at) => `| ${name} | \`${shorten(sql).replaceAll('|', '\\|')}\` | ${rows[at]?.toFixed(0)} |`).join('\n')}

## ${PLACES} rows ranked anew with every frame

\`getMany\` of ${PLACES} rows with \`compute: 'local'\` from the memory cache, and a sort by score, in each of ${FRAMES} frames with another time of departure.

| first frame, with the network | median | 99th percentile | slowest | over ${FRAME_LIMIT_MS} ms |
|---:|---:|---:|---:|---:|
| ${first.toFixed(1)} ms | ${at(0.5).toFixed(2)} ms | ${at(0.99).toFixed(2)} ms | ${at(1).toFixed(2)} ms | ${over} of ${later.length} |

## duckdb-wasm ${String(duck[0]?.['version'] ?? '')}

Medians of ${duck.length} starts in a Web Worker, assets from this machine.

| | ms |
|---|---:|
| start: load, instantiate, connect | ${of('start')} |
| first query, \`select 1\` | ${of('first')} |
| a prepared query of one row | ${of('query')} |
| a table of a million rows | ${of('load')} |
| grouped into 200 | ${of('group')} |
`
}

function shorten(sql: string): string {
  return sql.length > 60 ? `${sql.slice(0, 57)}…` : sql
}
