/** `shoreline deploy`: the Worker is built and bundled for real, and deployed into a workerd of the test's. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findMain, writeBuild } from '../../sync/deploy/build.ts'
import { type CodeFile, hashOf } from '../../sync/on-demand/code.ts'
import { type Cloudflare, cloudflare, writeRepository } from './cloudflare.fixture.ts'
import { writeParquet } from './deployment.fixture.ts'
import { type Ended, ROOT, run, shoreline } from './process.fixture.ts'

let folder: string
let platform: Cloudflare

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-deploy-'))
  platform = await cloudflare()
  await writeRepository(folder)
  await writeParquet(
    join(folder, 'data/users.parquet'),
    "select 'u' || i as user_id, timestamp '2026-02-01' as seen_at, i as visits from range(10) as t(i)",
  )
  await define('visits: t.int64()')
})
afterAll(async () => {
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => {
  platform.calls.length = 0
  platform.fail(null)
})

async function define(features: string, more = ''): Promise<void> {
  await writeFile(
    join(folder, 'features/index.ts'),
    `import { entity, featureService, featureView, onDemandView, parquetSource, t } from 'shoreline'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const users = parquetSource('users', { path: 'file://data/users.parquet', timestamp: 'seen_at' })
const stats = featureView('stats', { entity: user, source: users, features: { ${features} } })
export const profile = featureService('profile', { features: [stats] })
${more}
`,
  )
}

function deploy(...args: readonly string[]): Promise<Ended> {
  return shoreline(['deploy', ...args], platform.env, folder)
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${platform.url}${path}`)).json()) as T
}

describe('shoreline deploy', () => {
  it('builds, and changes nothing, with --dry-run; what is local may be outside of the repository', async () => {
    const local = `${folder}-local`
    const env = { ...platform.env, SHORELINE_FOLDER: local }
    const { code, stdout, stderr } = await shoreline(['deploy', '--dry-run'], env, folder)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/Built, not deployed: build [0-9a-f]{16}, \d+ KiB compressed, 0 on-demand modules/)
    expect(platform.calls).toEqual([])
    expect(await readFile(join(local, 'deploy/bundle/worker.js'), 'utf8')).toContain('provideCode')
    await rm(local, { recursive: true, force: true })
  })

  it('migrates, deploys, waits for its own build to answer, and only then applies', async () => {
    // Of a first deployment nobody knows the address before wrangler says it.
    const ended = await deploy('--json')
    expect(ended).toMatchObject({ code: 0 })
    const report = JSON.parse(ended.stdout) as { build: string; url: string; bytes: number; applied: unknown }
    expect(platform.calls).toEqual(['migrate', 'deploy'])
    expect(report).toMatchObject({ url: platform.url, applied: { registry: 1, services: { profile: 1 } } })
    expect(await get('/v1/code')).toEqual({ build: report.build, holds: [], needs: [] })
    expect(await get('/v1/registry')).toMatchObject({ revision: 1, services: [{ name: 'profile', version: 1 }] })
    expect(JSON.parse(await readFile(join(folder, 'shoreline.lock.json'), 'utf8'))).toEqual({
      deployments: { [platform.url]: { registry: 1, services: { profile: 1 } } },
    })
  })

  it('plans against what is deployed before it builds anything, and asks for --yes there', async () => {
    await define('visits: t.float64()')
    const refused = await deploy('--url', platform.url)
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('profile@2 changes the type of visits from int64 to float64')
    expect(refused.stderr).toContain('run the same command with --yes')
    expect(platform.calls).toEqual([])
    const { stdout } = await deploy('--url', platform.url, '--yes')
    expect(stdout).toContain('± service profile@2 new version')
    expect(stdout).toContain(`Deployed to ${platform.url}: build `)
    expect(stdout).toContain('Applied: registry 2')
  })

  it('applies nothing when the Worker cannot be deployed', async () => {
    await define('visits: t.int32()')
    platform.fail('deploy')
    const { code, stderr } = await deploy('--url', platform.url, '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('The Worker could not be deployed, and nothing was applied: ')
    expect(stderr).toContain('Authentication error')
    expect(await get('/v1/registry')).toMatchObject({ revision: 2 })
  })

  it('deploys nothing when the database cannot be migrated, or the definitions are wrong', async () => {
    platform.fail('migrate')
    expect((await deploy('--url', platform.url, '--yes')).stderr).toContain('nothing was deployed: ')
    expect(platform.calls).toEqual(['migrate'])
    await define('vists: t.int64()')
    const { code, stderr } = await deploy('--url', platform.url)
    expect(code).toBe(1)
    expect(stderr).toContain('Did you mean visits?')
    expect(platform.calls).toEqual(['migrate'])
  })

  it('holds the code of every retained version before the registry that needs it goes online', async () => {
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ type: 'module', shoreline: { lake: 'file://lake' } }),
    )
    const compute = (by: number): Promise<void> =>
      define(
        'visits: t.float64()',
        `const twice = onDemandView('twice', { inputs: [stats], features: { more: t.float64() }, compute: (row) => ({ more: (row.visits ?? 0) * ${by} }) })
export const computed = featureService('computed', { features: [twice] })`,
      )
    await compute(2)
    const refused = await shoreline(['apply', '--url', platform.url, '--yes'], platform.env, folder)
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('computed@1 needs on-demand code that the deployed Worker does not hold')
    expect(refused.stderr).toContain('Nothing was applied: run "shoreline deploy"')
    expect(await get('/v1/registry')).not.toHaveProperty('on_demand')
    expect((await deploy('--url', platform.url, '--yes')).stdout).toContain('1 on-demand modules')
    await compute(3)
    expect((await deploy('--url', platform.url, '--yes')).stdout).toContain('2 on-demand modules')
    const { holds, needs } = await get<{ holds: string[]; needs: { hash: string; services: string[] }[] }>('/v1/code')
    expect(needs.map(({ hash }) => hash)).toEqual(holds)
    expect(needs.flatMap(({ services }) => services).sort()).toEqual(['computed@1', 'computed@2'])
  })

  it('says what is missing where there is no Worker to deploy', () => {
    expect(() => findMain(join(ROOT, 'docs'))).toThrow('There is no wrangler.toml in')
  })
})

describe('the Worker that deploy builds', () => {
  it('holds two versions of one module side by side, and lists them by their hashes', async () => {
    const texts = [1, 2].map((version) => `export const compute = () => ${version}\n`)
    const files = texts.map((text): CodeFile => ({ kind: 'js', text }))
    const modules = new Map(files.map((file) => [hashOf(file), file]))
    const place = join(folder, '.shoreline/deploy')
    const { entry, build, holds } = await writeBuild({
      main: findMain(folder),
      root: folder,
      place,
      modules,
      build: 'test',
    })
    const bundle = join(folder, 'two')
    const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
    const { code, stderr } = await run(wrangler, ['deploy', entry, '--dry-run', '--outdir', bundle], {}, folder).ended
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(existsSync(join(bundle, 'worker.js'))).toBe(true)
    await platform.deploy(bundle)
    expect(await get('/v1/code')).toMatchObject({ build, holds })
    expect(holds).toEqual([...modules.keys()].sort())
  })
})
