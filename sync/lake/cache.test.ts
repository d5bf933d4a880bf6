import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { localCopies, type Progress } from './cache.ts'
import { type LocalR2, startLocalR2 } from './local-r2.fixture.ts'
import { type LakeConfig, openLake, openSource } from './resolve.ts'

let r2: LocalR2
let folder: string
let cache: string
let config: LakeConfig
let requests: string[]

beforeAll(async () => {
  r2 = await startLocalR2(['offline'])
}, 30_000)

afterAll(() => r2.stop())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-cache-'))
  cache = join(folder, 'cache')
  requests = []
  config = {
    r2: r2.access,
    firstWaitMs: 1,
    fetch: (input, init) => {
      const { method, url } = input instanceof Request ? input : new Request(input, init)
      requests.push(`${method} ${new URL(url).pathname.split('/').slice(6).join('/')}`)
      return fetch(input, init)
    },
  }
  return () => rm(folder, { recursive: true, force: true })
})

async function put(key: string, text: string): Promise<void> {
  await openLake('r2://offline', { r2: r2.access }).put(key, new TextEncoder().encode(text))
}

async function refresh(path: string): Promise<readonly string[]> {
  const { lake, objects } = await openSource(path, config)
  return (await localCopies(lake, objects, cache)).map((copy) => copy.path)
}

function files(): Promise<readonly string[]> {
  return readdir(cache, { recursive: true, withFileTypes: true }).then((entries) =>
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(cache.length + 1)),
  )
}

test('an unchanged object is not downloaded again, a changed one replaces its copy', async () => {
  await put('once/day=1/a.parquet', 'one')
  await put('once/day=2/a.parquet', 'two')
  const paths = await refresh('r2://offline/once/**/*.parquet')
  expect(paths).toEqual([
    join(cache, 'offline/once/day=1/a.parquet/f97c5d29941bfb1b2fdab0874906ab82.parquet'),
    join(cache, 'offline/once/day=2/a.parquet/b8a9f715dbb64fd5c56e7783c6820a61.parquet'),
  ])
  expect(requests.filter((request) => request.includes('once'))).toHaveLength(2)

  requests.length = 0
  expect(await refresh('r2://offline/once/**/*.parquet')).toEqual(paths)
  expect(requests).toEqual(['GET '])

  await put('once/day=2/a.parquet', 'TWO')
  requests.length = 0
  const [first, second] = await refresh('r2://offline/once/**/*.parquet')
  expect(requests).toEqual(['GET ', 'GET once/day%3D2/a.parquet'])
  expect(first).toBe(paths[0])
  expect(await readFile(second ?? '', 'utf8')).toBe('TWO')
  expect((await files()).toSorted()).toEqual([first, second].map((path) => path?.slice(cache.length + 1)))
})

test('a copy that lost its content is downloaded again', async () => {
  await put('cut.parquet', 'whole')
  const [path = ''] = await refresh('r2://offline/cut.parquet')
  await writeFile(path, '')
  await refresh('r2://offline/cut.parquet')
  expect(await readFile(path, 'utf8')).toBe('whole')
})

test('an object that changed after it was listed is a conflict and leaves nothing', async () => {
  await put('race.parquet', 'before')
  const { lake, objects } = await openSource('r2://offline/race.parquet', config)
  await put('race.parquet', 'after!')
  await expect(localCopies(lake, objects, cache)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(await files()).toEqual([])
})

test('progress ends at the whole', async () => {
  for (let n = 0; n < 20; n++) await put(`progress/${n}.parquet`, 'x'.repeat(n))
  const { lake, objects } = await openSource('r2://offline/progress/*.parquet', config)
  const seen: Progress[] = []
  await localCopies(lake, objects, cache, (done) => seen.push(done))
  expect(seen.map((done) => done.objects)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  expect(seen.at(-1)).toEqual({ objects: 20, bytes: 190, ofObjects: 20, ofBytes: 190 })
})

test('a killed download leaves nothing that looks whole, and the next start removes it', async () => {
  // Sends half of the object and then nothing more.
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Length': 10 })
    response.write('01234')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const script = `
    const { localCopies } = await import(${JSON.stringify(import.meta.resolve('./cache.ts'))})
    const { r2Lake } = await import(${JSON.stringify(import.meta.resolve('./r2-lake.ts'))})
    const lake = r2Lake('offline', { endpoint: '${endpoint}', accessKeyId: 'a', secretAccessKey: 's' })
    await localCopies(lake, [{ uri: 'r2://offline/k.parquet', key: 'k.parquet', etag: 'e', size: 10 }], ${JSON.stringify(cache)})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  await expect.poll(async () => (await files().catch(() => [])).length, { timeout: 30_000 }).toBe(1)
  const living = `.partial/${(await readdir(join(cache, '.partial')))[0]}`

  // While it lives, its file is left alone.
  await put('k.parquet', '0123456789')
  const [path = ''] = await refresh('r2://offline/k.parquet')
  expect((await files()).toSorted()).toEqual([living, path.slice(cache.length + 1)])

  child.kill('SIGKILL')
  await exited
  await refresh('r2://offline/k.parquet')
  expect(await files()).toEqual([path.slice(cache.length + 1)])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('leftovers of an earlier process of our own number are removed, ours of now and of other machines are not', async () => {
  await put('k.parquet', 'x')
  await mkdir(join(cache, '.partial'), { recursive: true })
  const now = `${hostname()}@${process.pid}@now`
  const elsewhere = 'elsewhere@1@now'
  for (const name of [now, elsewhere]) await writeFile(join(cache, '.partial', name), 'x')
  await refresh('r2://offline/k.parquet')
  expect((await readdir(join(cache, '.partial'))).toSorted()).toEqual([now, elsewhere].toSorted())
})

test('a key that cannot be a path is refused by name', async () => {
  await put('two//slashes.parquet', 'x')
  await expect(refresh('r2://offline/two/**/*.parquet')).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('r2://offline/two//slashes.parquet cannot be kept in a local folder'),
  })
})

test('files of this machine stay where they are', async () => {
  await mkdir(join(folder, 'data/day=1'), { recursive: true })
  await writeFile(join(folder, 'data/day=1/a.parquet'), 'x')
  expect(await refresh(`file://${folder}/data/**/*.parquet`)).toEqual([join(folder, 'data/day=1/a.parquet')])
})

test('DuckDB reads hive partitions from the copies, decoded, and keys with wildcards as themselves', async () => {
  const connection = await (await DuckDBInstance.create()).connect()
  const keys = ['city=S%C3%A3o/p[1].parquet', 'city=a b/p?.parquet', 'city=a b/px.parquet', "city=it's/p*.parquet"]
  for (const [n, key] of keys.entries()) {
    const file = join(folder, 'one.parquet')
    await connection.run(`copy (select ${n} as n) to '${file}' (format parquet)`)
    await openLake('r2://offline', config).put(`hive/${key}`, { file })
  }
  const paths = await refresh('r2://offline/hive/**/*.parquet')
  const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')
  const read = await connection.runAndReadAll(
    `select n, city from read_parquet([${list}], hive_partitioning = true) order by n`,
  )
  expect(read.getRows()).toEqual([
    [0, 'São'],
    [1, 'a b'],
    [2, 'a b'],
    [3, "it's"],
  ])
  connection.closeSync()
})
