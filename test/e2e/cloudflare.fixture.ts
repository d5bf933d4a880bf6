/**
 * What Cloudflare's side of a deployment does, on this machine: `wrangler deploy` bundles for real and puts the bundle into
 * a running workerd with its own KV, D1 and R2; `wrangler d1 migrations apply --remote` migrates its D1.
 */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { migrate } from './deployment.fixture.ts'
import { freePort, ROOT } from './process.fixture.ts'

export interface Cloudflare {
  /** Where the deployed Worker answers. */
  readonly url: string
  /** For the environment of the command. */
  readonly env: Readonly<Record<string, string>>
  /** What was asked of it so far, in order. */
  readonly calls: string[]
  /** Answers the next calls of this kind with a failure. */
  fail(call: string | null): void
  /** Puts a bundle in place, as a deployment does. */
  deploy(bundle: string): Promise<void>
  stop(): Promise<void>
}

export async function cloudflare(): Promise<Cloudflare> {
  const calls: string[] = []
  let failing: string | null = null
  let migrated = false
  const port = await freePort() // one for all deployments: the address stays
  const options = (script: string) =>
    convertV4MiniflareOptions({
      port,
      modules: true,
      script,
      compatibilityDate: '2026-11-01',
      bindings: { AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' },
      kvNamespaces: ['KV'],
      d1Databases: ['DB'],
      r2Buckets: { LAKE: 'offline' },
      ...(script === NOTHING
        ? {}
        : {
            durableObjects: {
              HEAD_WRITER: { className: 'HeadWriter', useSQLite: true },
              METRICS: { className: 'Metrics', useSQLite: true },
            },
          }),
    })
  const worker = new Miniflare(options(NOTHING))
  const url = (await worker.ready).href.replace(/\/$/, '')
  const deploy = async (bundle: string): Promise<void> => {
    await worker.setOptions(options(await readFile(join(bundle, 'worker.js'), 'utf8')))
  }
  const work = async (call: string, body: string): Promise<void> => {
    calls.push(call)
    if (call === failing) throw new Error('Authentication error [code: 10000]')
    if (call === 'deploy') await deploy(body)
    else {
      const d1 = await worker.getD1Database('DB')
      if (!migrated) await migrate(d1)
      migrated = true
    }
  }
  const api = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      try {
        await work((request.url ?? '').slice(1), Buffer.concat(chunks).toString())
        response.end(url)
      } catch (thrown) {
        response.statusCode = 500
        response.end(thrown instanceof Error ? thrown.message : String(thrown))
      }
    })()
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  const address = api.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    url,
    calls,
    deploy,
    env: { CLOUDFLARE_STAND_IN: `http://127.0.0.1:${address.port}` },
    fail(call) {
      failing = call
    },
    async stop() {
      api.close()
      await worker.dispose()
    },
  }
}

/** What answers before the first deployment. */
const NOTHING = "export default { fetch: () => new Response('There is nothing here yet', { status: 404 }) }"

/** Runs the real one for what needs no account, and asks the stand-in for the rest. */
const WRANGLER = `
import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
const args = process.argv.slice(2)
const real = (...more) => spawnSync(process.execPath, [REAL, ...args, ...more], { stdio: 'inherit' }).status
const ask = async (call, body) => {
  const response = await fetch(process.env.CLOUDFLARE_STAND_IN + '/' + call, { method: 'POST', body })
  if (response.ok) return response.text()
  console.error('✘ [ERROR] ' + (await response.text()))
  process.exit(1)
}
if (args[0] === 'd1') await ask('migrate', args.join(' '))
else if (args.includes('--dry-run')) process.exit(real())
else {
  const bundle = join(process.cwd(), 'bundle')
  const status = real('--dry-run', '--outdir', bundle)
  if (status !== 0) process.exit(status)
  const url = await ask('deploy', bundle)
  appendFileSync(process.env.WRANGLER_OUTPUT_FILE_PATH, JSON.stringify({ type: 'deploy', targets: [url], bundle_size: { gzip_bytes: 200000 } }) + '\\n')
}
`

/** A feature repository as `init` writes it, whose wrangler deploys to the stand-in. */
export async function writeRepository(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'wrangler/bin'), { recursive: true })
  await mkdir(join(folder, 'features'))
  await symlink(ROOT, join(modules, 'shoreline'))
  const manifest = { name: 'wrangler', version: '0.0.0', type: 'module', main: 'index.cjs' }
  await writeFile(join(modules, 'wrangler/package.json'), JSON.stringify(manifest))
  await writeFile(join(modules, 'wrangler/index.cjs'), `module.exports = require('${ROOT}node_modules/wrangler')`)
  const bin = WRANGLER.replace('REAL', JSON.stringify(`${ROOT}node_modules/wrangler/bin/wrangler.js`))
  await writeFile(join(modules, 'wrangler/bin/wrangler.js'), bin)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', shoreline: {} }))
  await writeFile(
    join(folder, 'worker.ts'),
    "import worker, { HeadWriter, Metrics } from 'shoreline/worker'\nexport { HeadWriter, Metrics }\nexport default worker\n",
  )
  const config = await readFile(join(ROOT, 'wrangler.toml'), 'utf8')
  await writeFile(join(folder, 'wrangler.toml'), config.replace('worker/index.ts', 'worker.ts'))
}
