/** The code of on-demand views by content hash, and the two kinds of functions in it. */
import { ShorelineError } from '../errors.ts'

/**
 * The exports of a module: `compute` of one in TypeScript; of one in WebAssembly `default`, the compiled module, because neither
 * Workers nor a browser's strict policy compile at run time.
 */
export type CodeModule = Readonly<Record<string, unknown>>

/** By content hash. */
export type CodeModules = Readonly<Record<string, CodeModule>>

export type Compute = (row: Readonly<Record<string, unknown>>) => unknown

/** @throws ShorelineError UNAVAILABLE when it is not among them, or is no such module */
export function computeOf(modules: CodeModules, hash: string, view: string): Compute {
  const compute = moduleOf(modules, hash, view)['compute']
  if (typeof compute === 'function') return compute as Compute
  throw new ShorelineError('UNAVAILABLE', `The module ${hash} of ${view} has no function compute.`)
}

/** WebAssembly as far as it is used here: `core` is compiled without the types of any engine. */
export interface WasmExports {
  readonly [name: string]: unknown
}

interface WebAssemblyApi {
  readonly Instance: new (module: object, imports: object) => { readonly exports: WasmExports }
}

/** A new instance: what its memory holds is seen by nobody else. @throws ShorelineError UNAVAILABLE */
export function instanceOf(modules: CodeModules, hash: string, view: string): WasmExports {
  const module = moduleOf(modules, hash, view)['default']
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
  try {
    return new WebAssembly.Instance(module as object, {}).exports
  } catch (thrown) {
    throw new ShorelineError(
      'UNAVAILABLE',
      `The module ${hash} of ${view} cannot be instantiated: it must be WebAssembly that imports nothing.`,
      {},
      thrown,
    )
  }
}

function moduleOf(modules: CodeModules, hash: string, view: string): CodeModule {
  const module = Object.hasOwn(modules, hash) ? modules[hash] : undefined
  if (module) return module
  throw new ShorelineError(
    'UNAVAILABLE',
    `The code ${hash} of ${view} is not in what answers here. Run "shoreline deploy".`,
    { code: hash },
  )
}
