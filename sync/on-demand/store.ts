/** Modules of on-demand code in the lake, by content hash: every deployment is built from there, with all that is retained. */
import { ShorelineError } from '../../core/errors.ts'
import { codeKey } from '../../core/storage.ts'
import type { Lake } from '../lake/lake.ts'
import { type CodeFile, hashOf } from './code.ts'

/** Uploads what is not there yet. */
export async function storeCode(lake: Lake, modules: ReadonlyMap<string, CodeFile>): Promise<void> {
  for (const [hash, file] of modules) {
    const key = codeKey(hash, file.kind)
    if (await lake.head(key)) continue
    await lake.put(key, file.kind === 'js' ? new TextEncoder().encode(file.text) : file.bytes)
  }
}

/**
 * The modules with these hashes.
 * @throws ShorelineError UNAVAILABLE naming a hash whose module is not there, or is not what its name says
 */
export async function loadCode(lake: Lake, hashes: Iterable<string>): Promise<ReadonlyMap<string, CodeFile>> {
  const found = await Promise.all([...hashes].map(async (hash) => [hash, await find(lake, hash)] as const))
  return new Map(
    found.map(([hash, file]): [string, CodeFile] => {
      if (file && hashOf(file) === hash) return [hash, file]
      throw new ShorelineError(
        'UNAVAILABLE',
        `${lake.uri}${codeKey(hash, file?.kind ?? 'js')} ${file ? 'is not the code that its name says' : 'is not there'}, and a retained service needs it. Restore the object, or retire the service version with "shoreline retire".`,
        { hash },
      )
    }),
  )
}

async function find(lake: Lake, hash: string): Promise<CodeFile | null> {
  const text = await lake.text(codeKey(hash, 'js'))
  if (text !== null) return { kind: 'js', text }
  const object = await lake.head(codeKey(hash, 'wasm'))
  return object && { kind: 'wasm', bytes: await lake.range(object, 0, object.size) }
}
