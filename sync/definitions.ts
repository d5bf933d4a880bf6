/** Loads a repository's definitions: every TypeScript or JavaScript file of the features folder. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, ShorelineError } from '../core/errors.ts'
import { typeNames } from '../core/types.ts'
import { collect, collectOnDemand } from '../registry/definitions/collect.ts'
import type { OnDemandView } from '../registry/definitions/view.ts'
import type { Definitions } from '../registry/objects.ts'

const DEFINITION_FILE = /(?<!\.d|\.test)\.(ts|mts|js|mjs)$/

type Module = Readonly<Record<string, unknown>>

export interface Loaded {
  readonly definitions: Definitions
  /** The on-demand views among them, with their functions, by name. */
  readonly onDemand: ReadonlyMap<string, OnDemandView>
  /** The files that were evaluated. */
  readonly files: readonly string[]
}

/** @throws ShorelineError INVALID naming the file or the object, with a paragraph for every file that is wrong */
export async function loadDefinitions(folder: string): Promise<Definitions> {
  return (await loadRepository(folder)).definitions
}

/** The same, with the code of on-demand views and where it stands. @throws ShorelineError INVALID */
export async function loadRepository(folder: string): Promise<Loaded> {
  if (!existsSync(folder))
    throw new ShorelineError(
      'INVALID',
      `There is no folder ${shownPath(folder)}. Put your definitions there, or name another in package.json: "shoreline": { "features": "…" }.`,
    )
  const names = (await readdir(folder, { recursive: true })).filter((file) => DEFINITION_FILE.test(file)).sort()
  const files = names.map((file) => join(folder, file))
  if (files.length === 0)
    throw new ShorelineError('INVALID', `${shownPath(folder)} holds no definitions: write one or more .ts files there.`)
  const modules = await loadAll(files)
  const definitions = collect(...modules)
  if (Object.values(definitions).every((objects) => objects.length === 0))
    throw new ShorelineError(
      'INVALID',
      `${shownPath(folder)} exports no definitions. Write export before what you define, as in export const stats = featureView(…).`,
    )
  return { definitions, onDemand: collectOnDemand(...modules), files }
}

async function loadAll(files: readonly string[]): Promise<readonly Module[]> {
  const modules: Module[] = []
  // Whoever imports a file that is wrong fails with the same error: it is said once.
  const failed = new Map<string, unknown>()
  const settled = await Promise.allSettled(files.map((file) => import(pathToFileURL(file).href) as Promise<Module>))
  for (const [index, one] of settled.entries()) {
    if (one.status === 'fulfilled') modules.push(one.value)
    else if (one.reason instanceof ShorelineError) failed.set(one.reason.message, one.reason)
    else failed.set(loadingError(files[index] ?? '', one.reason), one.reason)
  }
  const problems = [...failed.keys()]
  const [cause] = failed.values()
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems }, cause)
  return modules
}

/** Why the file cannot be loaded, and where. */
function loadingError(file: string, thrown: unknown): string {
  const message = messageOf(thrown).trim()
  const place = placeOf(thrown) ?? shownPath(file)
  const [, module, importer] = /^Cannot find module '(.*)' imported from (.*)$/.exec(message) ?? []
  if (module !== undefined && importer !== undefined)
    return `${shownPath(importer)} imports ${shownPath(module)}, which is no file. ${existsSync(`${module}.ts`) ? `Write its whole name, as in './${shownName(module)}.ts'.` : 'Correct the name.'}`
  const [, name, from] = /^Cannot find package '(.*)' imported from (.*)$/.exec(message) ?? []
  if (name !== undefined && from !== undefined)
    return `${shownPath(from)} imports the package ${name}, which is not installed. Install it with npm, or correct the name.`
  const [, source, missing] = /The requested module '(.*)' does not provide an export named '(.*)'/.exec(message) ?? []
  if (source !== undefined)
    return `${place}: "${source}" exports no ${missing}. Correct the name; a type is imported with import type.`
  const early = /^Cannot access '(.*)' before initialization$/.exec(message)?.[1]
  if (early !== undefined)
    return `${place}: ${early} is used before it is defined. Define it further up; if two files import each other, move it into a third.`
  const unknown = /^(\S+) is not defined$/.exec(message)?.[1]
  if (unknown !== undefined) return `${place}: ${unknown} is not defined. Import it, or correct the name.`
  const method = /^t\.(\w+) is not a function$/.exec(message)?.[1]
  if (method !== undefined)
    return `${place}: there is no type t.${method}(). Write t.int64() or another of ${typeNames()}.`
  if (/^TypeScript .* is not supported/.test(message))
    return `${place}: ${message}. Node removes types and runs what is left: write JavaScript in its place, for an enum an object.`
  return `${place} cannot be loaded: ${message.replace(/\.$/, '')}. Correct it, or move the file out of the folder of the definitions.`
}

/** `features/index.ts:12`: the first place of the error's stack that is in a file of the repository. */
function placeOf(thrown: unknown): string | undefined {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const urls = stack.matchAll(/(file:\/\/[^\s)]+?):(\d+)(?=[:\s)]|$)/g)
  for (const [, url = '', line = ''] of urls) {
    const path = decodeURIComponent(new URL(url).pathname)
    if (!path.includes('/node_modules/') && isBelow(path)) return `${shownPath(path)}:${line}`
  }
  return undefined
}

function isBelow(path: string): boolean {
  return !relative(process.cwd(), path).startsWith('..')
}

/** As the person in the working directory would type it. */
function shownPath(path: string): string {
  return isBelow(path) ? relative(process.cwd(), path) : path
}

function shownName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
