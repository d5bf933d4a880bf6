/** Modules of on-demand code, made ready to run in this process. */
import type { CodeModule, CodeModules } from '../../core/on-demand/modules.ts'
import type { CodeFile } from './code.ts'

/** WebAssembly as far as it is used here: neither the types of Node nor those of the language have it. */
interface Api {
  compile(bytes: Uint8Array): Promise<object>
}

/** @param files by content hash */
export async function importModules(files: ReadonlyMap<string, CodeFile>): Promise<CodeModules> {
  const modules = [...files].map(async ([hash, file]) => [hash, await moduleOf(file)] as const)
  return Object.fromEntries(await Promise.all(modules))
}

async function moduleOf(file: CodeFile): Promise<CodeModule> {
  if (file.kind === 'js')
    return (await import(`data:text/javascript;base64,${Buffer.from(file.text).toString('base64')}`)) as CodeModule
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: Api }
  return { default: await api.compile(file.bytes) }
}
