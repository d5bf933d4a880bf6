/**
 * On-demand code of the Worker on this machine. It runs from an entry that provides all modules of `.shoreline/code`; a module
 * that comes is written there and into the entry, which wrangler watches, so that the Worker holds it a moment later.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ShorelineError } from '../../core/errors.ts'
import type { CodeAnswer } from '../../registry/wire/registry.ts'
import { findMain, writeBuild, writeCode } from '../deploy/build.ts'
import { type CodeFile, hashOf } from '../on-demand/code.ts'

interface Place {
  /** The folder of package.json. */
  readonly root: string
  /** Everything local, `.shoreline`. */
  readonly folder: string
  /** The Worker's source, where it is not the one that wrangler.toml names. */
  readonly main?: string
}

/** How long wrangler may take to build and start the Worker again. */
const HELD_WITHIN_MS = 30_000
const ASK_EVERY_MS = 100

/** @returns the entry to run, which holds every module that was ever used here */
export async function writeDevEntry({ root, folder, main }: Place): Promise<string> {
  const modules = await localModules(folder)
  const { entry } = await writeBuild({
    main: main ?? findMain(root),
    root,
    place: placeOf(folder),
    modules,
    build: nameOf(modules),
  })
  return entry
}

/** Whether the answer is of a Worker that runs from the entry in this folder. */
export function runsHere({ folder }: Place, { build }: CodeAnswer): boolean {
  return build?.startsWith(DEV) === true && existsSync(join(placeOf(folder), 'code.ts'))
}

/**
 * Makes the running Worker hold these modules, and those that are retained; what nobody needs any more goes.
 * @param retained content hashes
 * @param ask what the Worker says that it holds
 * @throws ShorelineError UNAVAILABLE when it does not come to hold them
 */
export async function provideLocally(
  { root, folder }: Place,
  given: ReadonlyMap<string, CodeFile>,
  retained: ReadonlySet<string>,
  ask: () => Promise<CodeAnswer>,
): Promise<void> {
  await mkdir(join(folder, 'code'), { recursive: true })
  for (const [hash, file] of given)
    await writeFile(join(folder, 'code', `${hash}.${file.kind}`), file.kind === 'js' ? file.text : file.bytes)
  for (const [hash, { kind }] of await localModules(folder))
    if (!given.has(hash) && !retained.has(hash)) await rm(join(folder, 'code', `${hash}.${kind}`))
  const modules = await localModules(folder)
  const build = nameOf(modules)
  await writeCode({ root, place: placeOf(folder), modules, build })
  for (const started = Date.now(); Date.now() - started < HELD_WITHIN_MS; await sleep(ASK_EVERY_MS)) {
    // While it starts again, nothing answers.
    const answer = await ask().catch(() => null)
    if (answer?.build === build) return
  }
  throw new ShorelineError(
    'UNAVAILABLE',
    `The Worker did not come to hold the on-demand code that was written for it in ${HELD_WITHIN_MS / 1000} s; ${join(folder, 'worker.log')} says why. Stop it and start it again.`,
  )
}

const DEV = 'dev-'

function placeOf(folder: string): string {
  return join(folder, 'dev')
}

function nameOf(modules: ReadonlyMap<string, CodeFile>): string {
  const hash = createHash('sha256')
    .update([...modules.keys()].sort().join())
    .digest('hex')
  return `${DEV}${hash.slice(0, NAME_DIGITS)}`
}

const NAME_DIGITS = 12

/** A file that a command which was killed left half written is not the module of its name: with it the Worker might not start. */
async function localModules(folder: string): Promise<ReadonlyMap<string, CodeFile>> {
  const place = join(folder, 'code')
  const names = existsSync(place) ? (await readdir(place)).filter((name) => /^[0-9a-f]{64}\.(js|wasm)$/.test(name)) : []
  const files = await Promise.all(
    names.sort().map(async (name): Promise<readonly [string, CodeFile]> => {
      const bytes = await readFile(join(place, name))
      const hash = name.replace(/\..*$/, '')
      if (name.endsWith('.wasm')) return [hash, { kind: 'wasm', bytes: new Uint8Array(bytes) }]
      return [hash, { kind: 'js', text: bytes.toString() }]
    }),
  )
  return new Map(files.filter(([hash, file]) => hashOf(file) === hash))
}
