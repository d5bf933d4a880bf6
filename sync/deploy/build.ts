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
import type { CodeFile } from '../on-demand/code.ts'

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
  /** The folder of package.json. */
  readonly root: string
  /** Where the entry is written. */
  readonly place: string
  /** By content hash. */
  readonly modules: ReadonlyMap<string, CodeFile>
  /** What the build is called. */
  readonly build: string
}

/** A name that no other deployment has. @param salt whatever else makes it another than the last */
export async function buildName(main: string, hashes: Iterable<string>, salt: string): Promise<string> {
  return sha256([await readFile(main, 'utf8'), ...[...hashes].sort(), salt].join('\n')).slice(0, BUILD_DIGITS)
}

const BUILD_DIGITS = 16

/** Writes the entry from nothing. */
export async function writeBuild(sources: Sources): Promise<Build> {
  const { main, place } = sources
  await rm(place, { recursive: true, force: true })
  await mkdir(place, { recursive: true })
  const built = await writeCode(sources)
  const entry = join(place, 'worker.ts')
  const worker = JSON.stringify(pathFrom(place, main))
  // The code comes first: modules are evaluated in the order of their imports.
  await writeFile(entry, `import './code.ts'\nexport * from ${worker}\nexport { default } from ${worker}\n`)
  return { entry, ...built }
}

/** Writes what the entry provides; the last file to change is the one that names the others. */
export async function writeCode({ root, place, modules, build }: Omit<Sources, 'main'>): Promise<Omit<Build, 'entry'>> {
  await mkdir(join(place, 'code'), { recursive: true })
  for (const [hash, file] of modules) {
    await writeChanged(join(place, 'code', fileName(hash, file)), file.kind === 'js' ? file.text : file.bytes)
  }
  await writeFile(join(place, 'code.ts'), providing(build, pathFrom(place, workerModule(root)), modules))
  return { build, holds: [...modules.keys()].sort() }
}

/** Not what is there already: wrangler builds anew whenever a file is written. */
async function writeChanged(to: string, content: string | Uint8Array): Promise<void> {
  const there = await readFile(to).catch(() => null)
  if (!there?.equals(Buffer.from(content))) await writeFile(to, content)
}

function fileName(hash: string, { kind }: CodeFile): string {
  return `${hash}.${kind}`
}

function pathFrom(place: string, file: string): string {
  return relative(place, file).split(sep).join('/')
}

/** By its file: the entry may stand where the package's name means nothing. */
function workerModule(root: string): string {
  return createRequire(join(root, 'package.json')).resolve('shoreline/worker')
}

function providing(build: string, worker: string, modules: ReadonlyMap<string, CodeFile>): string {
  const sorted = [...modules].sort(([a], [b]) => (a < b ? -1 : 1))
  const imports = sorted.map(([hash, file], at) => {
    // wrangler compiles a module of WebAssembly, which is its one export.
    const what = file.kind === 'js' ? `* as module${at}` : `module${at}`
    return `import ${what} from './code/${fileName(hash, file)}'`
  })
  const held = sorted.map(([hash, { kind }], at) => {
    return `'${hash}': ${kind === 'js' ? `module${at}` : `{ default: module${at} }`}`
  })
  return [
    `import { provideCode } from ${JSON.stringify(worker)}`,
    ...imports,
    `provideCode({ build: '${build}', modules: { ${held.join(', ')} } })`,
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

/** @throws ShorelineError INVALID when there is none */
export function findConfig(root: string): string {
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
