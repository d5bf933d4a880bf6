/** Where a feature repository keeps things, from its package.json, the environment and the command line. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { messageOf, ShorelineError } from '../core/errors.ts'
import type { R2Access } from './lake/r2-lake.ts'

const settings = z.strictObject({
  /** Folder with the definitions, relative to package.json. */
  features: z.string().default('features'),
  /** The lake bucket, where snapshots are kept. */
  lake: z.string().default('r2://offline'),
  /** How much of the lake is kept on this machine, `20GB`: `.shoreline/cache`. */
  cache: z.string().default('20GB'),
})

export interface Config {
  /** The folder of package.json. */
  readonly root: string
  readonly features: string
  readonly lake: string
  /** Everything local: state, caches, spilled data. `.shoreline`, or SHORELINE_FOLDER. */
  readonly folder: string
  /** Bytes that copies of the lake may take once a sync is done. */
  readonly cacheBytes: number
}

/** Reads `"shoreline": { … }` of the nearest package.json. @throws ShorelineError INVALID */
export function readConfig(from: string = process.cwd()): Config {
  const root = findRoot(from)
  const file = join(root, 'package.json')
  const manifest: unknown = existsSync(file) ? readManifest(file) : {}
  const own = typeof manifest === 'object' && manifest !== null && 'shoreline' in manifest ? manifest.shoreline : {}
  const parsed = settings.safeParse(own)
  if (!parsed.success) throw new ShorelineError('INVALID', `${file}: "shoreline": ${z.prettifyError(parsed.error)}`)
  // A variable that is set to nothing is none: everything local would lie, and be deleted, among the repository's own files.
  return {
    root,
    features: resolve(root, parsed.data.features),
    lake: parsed.data.lake,
    folder: resolve(root, process.env['SHORELINE_FOLDER'] || '.shoreline'),
    cacheBytes: sizeOf(process.env['SHORELINE_CACHE'] || parsed.data.cache, file),
  }
}

function readManifest(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    throw new ShorelineError('INVALID', `${file} cannot be read: ${messageOf(thrown)}. Correct it and run again.`)
  }
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

function sizeOf(text: string, file: string): number {
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?) ?([KMGT]?B)?$/.exec(text) ?? []
  if (number === undefined)
    throw new ShorelineError(
      'INVALID',
      `${JSON.stringify(text)} is no size of the cache. Write a number and a unit, as in "20GB", as "shoreline": { "cache": … } in ${file} or in SHORELINE_CACHE.`,
    )
  return Math.floor(Number(number) * (UNITS[unit] ?? 1))
}

function findRoot(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return resolve(from)
  }
}

/** What wrangler.toml gives the local bucket; nothing secret. */
const LOCAL_R2 = { accessKeyId: 'local', secretAccessKey: 'localsecret' } as const

/**
 * R2's S3 API: from R2_ENDPOINT, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, or of the local Worker.
 * @param url of the deployment
 */
export function r2Access(url: string, env: NodeJS.ProcessEnv = process.env): R2Access | undefined {
  const { R2_ENDPOINT: endpoint, R2_ACCESS_KEY_ID: accessKeyId, R2_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (endpoint && accessKeyId && secretAccessKey) return { endpoint, accessKeyId, secretAccessKey }
  if (endpoint || accessKeyId || secretAccessKey)
    throw new ShorelineError(
      'INVALID',
      'R2_ENDPOINT, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY belong together: set all three, or none for the local Worker.',
    )
  return isLocal(url) ? { endpoint: `${url}/cdn-cgi/local/r2/s3`, ...LOCAL_R2 } : undefined
}

function isLocal(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)
}
