/** The files of a new feature repository, but for the sample data. */
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { ShorelineError } from '../../core/errors.ts'

/** Every file there ends in .txt, so that no tool takes it for one of ours. */
const TEMPLATE = fileURLToPath(new URL('./template/', import.meta.url))
/** Where the package as published keeps them. */
const MIGRATIONS = 'node_modules/shoreline/dist/registry/migrations'

const manifest = z.object({
  version: z.string(),
  devDependencies: z.object({
    '@cloudflare/workers-types': z.string(),
    node: z.string(),
    typescript: z.string(),
    wrangler: z.string(),
  }),
})

export interface TemplateOptions {
  /** Of the npm package and of the Worker. */
  readonly name: string
  /** What package.json depends on; default: this version. */
  readonly shoreline?: string | undefined
}

/** @returns the text of each file by its path in the repository, with slashes */
export async function templateFiles({ name, shoreline }: TemplateOptions): Promise<ReadonlyMap<string, string>> {
  // The versions that this package is tested with.
  const own = manifest.parse(
    JSON.parse(readFileSync(createRequire(import.meta.url).resolve('shoreline/package.json'), 'utf8')),
  )
  const values: Readonly<Record<string, string>> = {
    NAME: name,
    SHORELINE: shoreline ?? own.version,
    WORKERS_TYPES: own.devDependencies['@cloudflare/workers-types'],
    NODE: own.devDependencies.node,
    TYPESCRIPT: own.devDependencies.typescript,
    WRANGLER: own.devDependencies.wrangler,
  }
  const files = new Map<string, string>()
  for (const file of (await readdir(TEMPLATE, { recursive: true })).filter((path) => path.endsWith('.txt')).sort()) {
    const text = await readFile(join(TEMPLATE, file), 'utf8')
    files.set(
      file.replaceAll(sep, '/').replace(/\.txt$/, ''),
      text.replace(/__([A-Z_]+?)__/g, (found, word: string) => values[word] ?? found),
    )
  }
  return files.set('wrangler.toml', await workerConfig(name))
}

/** This package's own wrangler.toml for another Worker: what the Worker needs is written down once. */
async function workerConfig(name: string): Promise<string> {
  let text = await readFile(new URL('../../wrangler.toml', import.meta.url), 'utf8')
  for (const [setting, value] of [
    ['name', name],
    ['main', 'worker.ts'],
    ['migrations_dir', MIGRATIONS],
  ] as const) {
    const line = new RegExp(`^${setting} = ".*"$`, 'm')
    if (!line.test(text)) throw new ShorelineError('INTERNAL', `Our wrangler.toml has no line ${setting} = "…".`)
    text = text.replace(line, `${setting} = "${value}"`)
  }
  return text
}
