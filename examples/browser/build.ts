/**
 * Builds the page into a folder of static files, as any bundler would: the page and its service worker, what the pickers list, and
 * DuckDB for whoever asks for it.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { build } from 'esbuild'
import { copyClientAssets } from '../../sync/cli/client-assets.ts'
import type { Atlas } from './page/atlas.ts'

export interface Site {
  /** Where the files go: `example/` in it is the page. */
  readonly out: string
  /** The day of the departures, `2001-07-01`. */
  readonly day: string
}

const PAGE = join(import.meta.dirname, 'page')
const require = createRequire(import.meta.url)

/** What the browser lets the page do: nothing but with its own origin. `blob:` is DuckDB, unpacked. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self' blob:",
  "worker-src 'self'",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** @throws Error where the sources do not build */
export async function buildPage({ out, day }: Site): Promise<void> {
  const place = join(out, 'example')
  await mkdir(place, { recursive: true })
  await removeBuilt(place)
  const duckdb = await copyDuckDB(place)
  await writeFile(join(place, 'atlas.json'), JSON.stringify(await readAtlas(day)))
  for (const file of ['index.html', 'style.css', 'icon.svg']) await copyFile(join(PAGE, file), join(place, file))
  await bundle(place, { main: join(PAGE, 'main.ts') }, { DUCKDB: JSON.stringify(duckdb) })
  const shell = (await readdir(place, { recursive: true })).filter((name) => /\.(js|css|json|svg)$/.test(name)).sort()
  const texts = await Promise.all(shell.map((name) => readFile(join(place, name))))
  const version = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 12)
  // DuckDB is kept once it was asked for, and not before.
  const kept = ['./', ...shell.filter((name) => !name.startsWith('duckdb'))]
  const define = { VERSION: JSON.stringify(version), SHELL: JSON.stringify(kept) }
  await bundle(place, { service: join(PAGE, 'service.ts') }, define)
  await writeFile(
    join(out, '_headers'),
    `/example/*\n  Content-Security-Policy: ${POLICY}\n  X-Content-Type-Options: nosniff\n`,
  )
}

/** What an earlier build left, but for what is named by its version. */
async function removeBuilt(place: string): Promise<void> {
  for (const name of await readdir(place)) if (name !== 'duckdb') await rm(join(place, name), { recursive: true })
}

function bundle(place: string, entryPoints: Record<string, string>, define: Record<string, string>): Promise<unknown> {
  return build({
    entryPoints,
    define,
    outdir: place,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    chunkNames: '[name]-[hash]',
    logLevel: 'silent',
  })
}

interface DuckDBFiles {
  readonly wasm: string
  readonly worker: string
}

/** What `shoreline client-assets --gzip` copies, in a folder of its version: it takes a second, and the next start finds it. */
async function copyDuckDB(place: string): Promise<DuckDBFiles> {
  const manifest = join(dirname(require.resolve('@duckdb/duckdb-wasm')), '../package.json')
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly version: string }
  const folder = join(place, 'duckdb', version)
  if (!existsSync(folder)) {
    await rm(join(place, 'duckdb'), { recursive: true, force: true })
    await copyClientAssets(`${folder}.part`, import.meta.dirname, true)
    await rename(`${folder}.part`, folder)
  }
  const path = `duckdb/${version}`
  return { wasm: `${path}/duckdb-eh.wasm.gz`, worker: `${path}/duckdb-browser-eh.worker.js` }
}

/** Airports and routes of the thirty days before, from the data set that the lake is filled from. */
async function readAtlas(day: string): Promise<Atlas> {
  const data = join(dirname(require.resolve('vega-datasets')), '../data')
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  const rows = async (sql: string) => (await db.runAndReadAll(sql)).getRowObjectsJson()
  try {
    const routes = await rows(`
      select origin, destination, count(*)::integer as flights from '${data}/flights-3m.parquet'
      where date >= date '2001-06-01' group by all order by all`)
    const airports = await rows(`
      select iata, name, city, state, round(latitude, 2) as latitude, round(longitude, 2) as longitude
      from read_csv('${data}/airports.csv', header = true) order by iata`)
    const flown = new Set(routes.flatMap(({ origin, destination }) => [origin, destination]))
    const from: Record<string, Record<string, number>> = {}
    for (const { origin, destination, flights } of routes) {
      from[String(origin)] ??= {}
      Object.assign(from[String(origin)] ?? {}, { [String(destination)]: Number(flights) })
    }
    return {
      day,
      airports: airports
        .filter(({ iata }) => flown.has(iata))
        .map(({ iata, name, city, state, latitude, longitude }) => ({
          ...{ code: String(iata), name: String(name), city: String(city), state: String(state) },
          ...{ latitude: Number(latitude), longitude: Number(longitude) },
        })),
      routes: from,
    }
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}
