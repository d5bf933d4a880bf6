/**
 * The site of `examples/browser` as somebody would deploy it: closed, with a key of its own, its page among the Worker's static files,
 * and the last nine days of the flights, which were yesterday.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { buildPage } from '../../examples/browser/build.ts'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type Deployment, deploy, writeParquet } from '../e2e/deployment.fixture.ts'
import { evaluate } from './browser.fixture.ts'
import { ROOT } from './site.fixture.ts'

export const ADMIN_KEY = 'the-first-key-of-this-deployment-0123456789'
const TOKEN_KEY = 'what-signs-the-browser-tokens-0123456789abcd'
const DATA = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')

export interface ExampleSite extends AsyncDisposable {
  readonly deployment: Deployment
  readonly url: string
  /** Of the departures: today. */
  readonly day: string
  /** Of requests with every right. */
  readonly admin: Readonly<Record<string, string>>
}

export interface SiteOptions {
  /** The first of the flights' days. */
  readonly from?: string
  /** Whether there is a page, which takes a second to build. */
  readonly page?: boolean
}

export async function exampleSite({ from = '2001-06-22', page = true }: SiteOptions = {}): Promise<ExampleSite> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-example-'))
  const features = join(folder, 'features')
  await mkdir(features)
  // Of the example's definitions, those without code that a Worker would have to hold.
  await writeFile(
    join(features, 'index.ts'),
    ['departure', 'services']
      .map((file) => `export { ${EXPORTS[file]} } from '${ROOT}examples/flights/features/${file}.ts'\n`)
      .join(''),
  )
  const now = new Date()
  const day = now.toISOString().slice(0, 10)
  const site = join(folder, 'site')
  const part = join(folder, 'part.parquet')
  const days = `date_diff('day', timestamp '2001-07-01', timestamp '${day}')`
  await Promise.all([
    page && buildPage({ out: site, day }),
    writeParquet(
      part,
      `select * replace ((date + to_days(${days}::integer))::timestamp as date) from '${DATA}' where date >= '${from}'`,
    ),
  ])
  const config = (await readFile(join(ROOT, 'wrangler.toml'), 'utf8'))
    .replace('"worker/index.ts"', JSON.stringify(join(ROOT, 'examples/browser/worker.ts')))
    .replace('"registry/migrations"', JSON.stringify(join(ROOT, 'registry/migrations')))
  await writeFile(join(folder, 'wrangler.toml'), page ? `${config}\n[assets]\ndirectory = "site"\n` : config)

  // What the site is deployed with is known before its Worker: the key is one that the administrator has made up.
  const vars = { ADMIN_KEY, TOKEN_KEY, SITE_KEY: ADMIN_KEY }
  const deployment = await deploy(vars, features, join(folder, 'wrangler.toml'))
  await openLake('r2://offline', { r2: r2Access(deployment.url, {}) }).put('flights/part-0.parquet', { file: part })
  for (const args of [['apply', '--no-lock'], ['sync']]) {
    const { code, stderr } = await deployment.cli('--key', ADMIN_KEY, ...args)
    if (code !== 0) throw new Error(stderr)
  }
  return {
    deployment,
    url: deployment.url,
    day,
    admin: { authorization: `Bearer ${ADMIN_KEY}` },
    async [Symbol.asyncDispose]() {
      await deployment.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const EXPORTS: Readonly<Record<string, string>> = { departure: 'departure', services: 'airportBoard, flightDelay' }

/** Waits until an expression holds in the page. Its policy forbids `eval`, so the page cannot be given the text to wait by itself. */
export async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => evaluate(page, `Boolean(${expression})`), { timeout: 20_000, interval: 20 }).toBe(true)
}
