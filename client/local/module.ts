/** The code of on-demand views that a page brings along: TypeScript and WebAssembly, by the content hash that the plan names. */
import type { CodeModule } from '../../core/on-demand/modules.ts'
import type { ClientModule } from '../local.ts'

/** WebAssembly as far as it is used here. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>
}

/**
 * @throws Error when it does not load, is refused by the page's policy, or is not the code that its hash says: of WebAssembly
 * that can be told, of bundled TypeScript it cannot
 */
export async function loadModule({ hash, module }: ClientModule): Promise<CodeModule> {
  const loaded: unknown = typeof module === 'function' ? await module() : await module
  const wasm = bytesOf(loaded) ?? bytesOf(defaultOf(loaded))
  if (!wasm) return isCompiled(loaded) ? { default: loaded } : (loaded as CodeModule)
  if (globalThis.crypto?.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', wasm))
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    if (found !== hash) throw new Error(`its bytes have the hash ${found}`)
  }
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
  return { default: await api.compile(wasm) }
}

function defaultOf(loaded: unknown): unknown {
  return typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return value instanceof Uint8Array ? new Uint8Array(value) : undefined
}

function isCompiled(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object WebAssembly.Module]'
}
