/**
 * What `shoreline deploy` gives wrangler to bundle: an entry beside the user's own Worker that provides every on-demand
 * module the registry needs, under its content hash. Workers compile nothing at run time, so all code is in the bundle.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { codeKey } from '../../core/storage.ts'
import type { Lake } from '../lake/lake.ts'

export interface Build {
  /** The entry to deploy in place of wrangler.toml's `main`. */
  readonly entry: string
  /** What the Worker built from it calls itself, in `GET /v1/code`. */
  readonly build: string
  /** Content hashes of the modules in it. */
  readonly holds: readonly string[]
}

export interface Sources {
  /** The user's Worker. */
  readonly main: string
  /** Of this repository: the entry is written below it. */
  readonly folder: string
  /** Content hash -> text of a bundled module. */
  readonly modules: ReadonlyMap<string, string>
  /** Whatever else makes this deployment another than the last. */
  readonly salt: string
}

/**
 * The modules with these hashes, from the lake.
 * @throws ShorelineError UNAVAILABLE naming a hash whose module is not there, or is not what its name says
 */
export async function loadModules(lake: Lake, hashes: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all([...hashes].map(async (hash) => [hash, await lake.text(codeKey(hash))] as const))
  return new Map(
    found.map(([hash, text]): [string, string] => {
      if (text !== null && sha256(text) === hash) return [hash, text]
      throw new ShorelineError(
        'UNAVAILABLE',
        `${lake.uri}${codeKey(hash)} ${text === null ? 'is not there' : 'is not the code that its name says'}, and a retained service needs it. Restore the object, or retire the service version with "shoreline retire".`,
        { hash },
      )
    }),
  )
}

export async function writeBuild({ main, folder, modules, salt }: Sources): Promise<Build> {
  const place = join(folder, 'deploy')
  await rm(place, { recursive: true, force: true })
  await mkdir(join(place, 'code'), { recursive: true })
  for (const [hash, text] of modules) await writeFile(join(place, 'code', `${hash}.js`), text)
  const holds = [...modules.keys()].sort()
  const build = sha256([await readFile(main, 'utf8'), ...holds, salt].join('\n')).slice(0, BUILD_DIGITS)
  await writeFile(join(place, 'code.ts'), providing(build, holds))
  const entry = join(place, 'worker.ts')
  const worker = JSON.stringify(relative(place, main).split(sep).join('/'))
  // The code comes first: modules are evaluated in the order of their imports.
  await writeFile(entry, `import './code.ts'\nexport * from ${worker}\nexport { default } from ${worker}\n`)
  return { entry, build, holds }
}

const BUILD_DIGITS = 16

function providing(build: string, holds: readonly string[]): string {
  return [
    "import { provideCode } from 'shoreline/worker'",
    ...holds.map((hash, at) => `import * as module${at} from './code/${hash}.js'`),
    `provideCode({ build: '${build}', modules: { ${holds.map((hash, at) => `'${hash}': module${at}`).join(', ')} } })`,
    '',
  ].join('\n')
}

interface WranglerConfig {
  readonly main?: string
  readonly d1_databases?: readonly { readonly binding: string }[]
}

/**
 * The user's Worker, as wrangler's configuration names it, whatever its format.
 * @throws ShorelineError INVALID when there is none
 */
export function findMain(root: string, environment?: string): string {
  const wrangler = createRequire(join(root, 'package.json'))('wrangler') as {
    unstable_readConfig(args: object, options: object): WranglerConfig
  }
  const place = { config: findConfig(root), ...(environment === undefined ? {} : { env: environment }) }
  const { main, d1_databases } = wrangler.unstable_readConfig(place, { hideWarnings: true })
  if (main === undefined)
    throw new ShorelineError('INVALID', `${place.config} names no Worker. Write main = "worker.ts".`)
  if (!d1_databases?.some(({ binding }) => binding === 'DB'))
    throw new ShorelineError(
      'INVALID',
      `${place.config} binds no D1 database as DB${environment === undefined ? '' : ` in the environment ${environment}`}. "shoreline init" writes a configuration with everything that is needed.`,
    )
  return main
}

function findConfig(root: string): string {
  const names = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'] // in wrangler's own order
  const found = names.map((name) => join(root, name)).find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new ShorelineError(
    'INVALID',
    `There is no wrangler.toml in ${root}. "shoreline init" writes one with everything that is needed.`,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
