/**
 * The code of on-demand views as modules by content hash. A `compute` is taken out of the definitions with what it refers to
 * (constants, helpers, packages), checked to be pure, and written in a form of its own, so that comments, names and whatever
 * else the file says do not change the hash. A WebAssembly module is taken as it is.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnyNode, CallExpression, ObjectExpression, Program, Property } from 'acorn'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import type { FileUrl } from '../../registry/definitions/view.ts'
import type { Loaded } from '../definitions.ts'
import { checkWasm } from './check-wasm.ts'
import { withFuel } from './fuel.ts'
import { importModules } from './import-modules.ts'
import { childrenOf, freeNames } from './names.ts'
import { impurities } from './pure.ts'
import { EXPORTED, sliceOf } from './slice.ts'

/** A module: the text of one in JavaScript, which exports `compute`, or the bytes of one in WebAssembly. */
export type CodeFile =
  | { readonly kind: 'js'; readonly text: string }
  | { readonly kind: 'wasm'; readonly bytes: Uint8Array<ArrayBuffer> }

export interface Code {
  /** View -> content hash. */
  readonly hashes: ReadonlyMap<string, string>
  /** By content hash. */
  readonly files: ReadonlyMap<string, CodeFile>
}

/** @throws ShorelineError INVALID with everything that is wrong in `details.problems`, a paragraph each */
export async function collectCode({ onDemand, files }: Loaded, root: string): Promise<Code> {
  const computed = [...onDemand.values()].filter((view) => view.compute).map((view) => view.object.name)
  const wasm = [...onDemand.values()].filter((view) => view.module !== undefined)
  const found = new Map<string, CodeFile>()
  const problems: string[] = []
  if (computed.length > 0) {
    const bundle = await bundleOf(files, root)
    for (const name of computed) {
      const one = await attempt(problems, () => computeModule(bundle, name))
      if (one) found.set(name, one)
    }
  }
  for (const view of wasm) {
    const one = await attempt(problems, async (): Promise<CodeFile> => {
      const bytes = await readModule(view.object.name, view.module ?? '', root)
      await checkWasm(view.object, bytes)
      return { kind: 'wasm', bytes }
    })
    if (one) found.set(view.object.name, one)
  }
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  const hashes = new Map([...found].map(([name, file]) => [name, hashOf(file)]))
  return { hashes, files: new Map([...found].map(([name, file]) => [hashes.get(name) ?? '', file])) }
}

export function hashOf(file: CodeFile): string {
  return createHash('sha256')
    .update(file.kind === 'js' ? file.text : file.bytes)
    .digest('hex')
}

async function attempt<T>(problems: string[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError) || thrown.code !== 'INVALID') throw thrown
    problems.push(thrown.message)
    return null
  }
}

interface Bundle {
  readonly source: string
  readonly program: Program
}

/** All definitions in one module, types removed, every name its own; what is not theirs or a package's stays imported. */
async function bundleOf(files: readonly string[], root: string): Promise<Bundle> {
  const { build } = await import('esbuild')
  const { parse } = await import('acorn')
  const entry = files.map((file) => `import ${JSON.stringify(`./${relative(root, file).replaceAll('\\', '/')}`)}`)
  try {
    const { outputFiles } = await build({
      stdin: { contents: entry.join('\n'), resolveDir: root, sourcefile: 'definitions' },
      absWorkingDir: root,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['import', 'default'],
      target: 'es2022',
      treeShaking: false,
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
      plugins: [
        {
          name: 'outside',
          setup(bundling) {
            // The library is no part of a module: a definition is looked up by what it was made with.
            bundling.onResolve({ filter: LIBRARY }, () => ({ path: 'shoreline', external: true }))
            bundling.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true }))
          },
        },
      ],
    })
    const source = outputFiles[0]?.text ?? ''
    return { source, program: parse(source, { ecmaVersion: 'latest', sourceType: 'module' }) }
  } catch (thrown) {
    throw new ShorelineError('INVALID', `The on-demand code cannot be bundled: ${messageOf(thrown)}`, {}, thrown)
  }
}

/** As users import it, and as this package's own examples and tests do. */
const LIBRARY = /^shoreline$|^(?:\.\.?\/)+registry\/index\.ts$/

async function computeModule({ source, program }: Bundle, view: string): Promise<CodeFile> {
  const subject = `onDemandView ${view}: compute`
  const property = findCompute(program, view)
  const { value } = property
  if (/Function/.test(value.type) && (('async' in value && value.async) || ('generator' in value && value.generator)))
    refuse(subject, 'is async or a generator, and a value must be there at once. Write a plain function.')
  const text = source.slice(value.start, value.end)
  const {
    text: sliced,
    found,
    own,
    imports,
  } = sliceOf(source, program, value, property.method ? `function ${text}` : text, 'compute')
  for (const { name, from, through } of imports)
    if (from === 'shoreline')
      refuse(
        subject,
        `refers to ${through}, a definition, and on-demand code gets its row only. Put what they share into a constant beside them.`,
      )
    else
      refuse(
        subject,
        `imports ${name} from ${from}, which is not pure. It may use its row and packages that need nothing else.`,
      )
  const local = localNames(program, value)
  const captured = found.references.find(({ name }) => !own.has(name) && local.has(name))
  if (captured)
    refuse(
      subject,
      `refers to ${captured.name}, a variable of a function around it, which a bundle cannot hold. Write the view at the top of its file, and what it refers to as well.`,
    )
  const problems = impurities(found, own)
  if (problems.length > 0) refuse(subject, `${problems.join('; it ')}.`)
  const { transform } = await import('esbuild')
  const { parse } = await import('acorn')
  const fuelled = withFuel(sliced, parse(sliced, { ecmaVersion: 'latest', sourceType: 'module' }), EXPORTED)
  const { code } = await transform(fuelled, {
    loader: 'js',
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
  })
  const file: CodeFile = { kind: 'js', text: code }
  await checkLoads(subject, file)
  return file
}

/** A bundle with one module that throws while it is loaded is a Worker that does not start, for all that it serves. */
async function checkLoads(subject: string, file: CodeFile): Promise<void> {
  try {
    await importModules(new Map([[hashOf(file), file]]))
  } catch (thrown) {
    refuse(
      subject,
      `cannot be loaded: ${messageOf(thrown)}. What it refers to is made when a Worker starts, and the Worker would not start: make less there, or write out what is made.`,
    )
  }
}

function refuse(subject: string, what: string): never {
  throw new ShorelineError('INVALID', `${subject} ${what}`)
}

/** The property `compute` of the options in `onDemandView('name', { … })`. */
function findCompute(program: Program, view: string): Property {
  const constructors = constructorsOf(program)
  const calls = nodesOf(program).filter(
    (node): node is CallExpression =>
      node.type === 'CallExpression' &&
      isConstructor(node.callee, constructors) &&
      node.arguments[0]?.type === 'Literal' &&
      node.arguments[0].value === view,
  )
  const [call, ...others] = calls
  const options = call?.arguments[1]
  const property =
    options?.type === 'ObjectExpression' && others.length === 0 ? propertyOf(options, 'compute') : undefined
  if (property) return property
  return refuse(
    `onDemandView ${view}: compute`,
    `cannot be found in the definitions. Write the call in full, as in onDemandView('${view}', { …, compute: (row) => ({ … }) }).`,
  )
}

/** What the constructor is called in the bundle, and the names of what has it as a member. */
function constructorsOf({ body }: Program): ReadonlySet<string> {
  const specifiers = body.flatMap((one) =>
    one.type === 'ImportDeclaration' && one.source.value === 'shoreline' ? one.specifiers : [],
  )
  return new Set(
    specifiers.flatMap((one) => {
      if (one.type === 'ImportNamespaceSpecifier') return [one.local.name]
      const imported = one.type === 'ImportSpecifier' && one.imported.type === 'Identifier' ? one.imported.name : ''
      return imported === CONSTRUCTOR ? [one.local.name] : []
    }),
  )
}

const CONSTRUCTOR = 'onDemandView'

function isConstructor(callee: AnyNode, constructors: ReadonlySet<string>): boolean {
  if (callee.type === 'Identifier') return constructors.has(callee.name)
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false
  const { object, property } = callee
  return constructors.has(object.name) && property.type === 'Identifier' && property.name === CONSTRUCTOR
}

function propertyOf(object: ObjectExpression, name: string): Property | undefined {
  return object.properties.find(
    (one): one is Property => one.type === 'Property' && one.key.type === 'Identifier' && one.key.name === name,
  )
}

/** Names that functions around the node declare. */
function localNames(program: Program, node: AnyNode): ReadonlySet<string> {
  const around = nodesOf(program).filter(
    (one) => /Function/.test(one.type) && one.start < node.start && one.end >= node.end,
  )
  const within = around.flatMap((one) => freeNames([node]).references.filter(({ name }) => declares(one, name)))
  return new Set(within.map(({ name }) => name))
}

/** Whether a name that the function's body refers to is the function's own. */
function declares(outer: AnyNode, name: string): boolean {
  return !freeNames([outer]).references.some((one) => one.name === name)
}

function nodesOf(node: AnyNode): readonly AnyNode[] {
  return [node, ...childrenOf(node).flatMap(nodesOf)]
}

/** The file of a WebAssembly module. @throws ShorelineError INVALID */
export async function readModule(
  view: string,
  module: string | FileUrl,
  root: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const named = typeof module === 'string' ? module : module.href
  const path = named.startsWith('file:') ? fileURLToPath(named) : named
  const file = isAbsolute(path) ? path : join(root, path)
  try {
    return new Uint8Array(await readFile(file))
  } catch {
    throw new ShorelineError(
      'INVALID',
      `onDemandView ${view}: wasm: there is no module ${relative(root, file)}. Name the file from the folder of package.json, or as new URL('risk.wasm', import.meta.url).`,
    )
  }
}
