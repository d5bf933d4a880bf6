/** The code of on-demand views as files that an application's bundler takes into a page, for the option `code` of its client. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlanAnswer } from '../../registry/wire/features.ts'
import type { CodeFile } from './code.ts'

/** Content hash -> the `view@version` that runs it. */
export type CodeOf = ReadonlyMap<string, string>

/** What pages may have: code that public features need, where nothing that they are computed from is for servers alone. */
export function publicCode({ on_demand: part, edge_only: edgeOnly }: PlanAnswer): CodeOf {
  const found = new Map<string, string>()
  const need = (at: number): void => {
    const entry = part?.entries[at]
    if (!entry) return
    if (entry.form !== 'sql') found.set(entry.code, entry.view)
    for (const { from } of entry.inputs) if ('entry' in from) need(from.entry)
  }
  for (const output of part?.answer ?? []) if ('entry' in output && !edgeOnly.includes(output.name)) need(output.entry)
  return found
}

/**
 * Writes `index.js`, which exports `code`, its types, and a module for each hash, loaded when a plan needs it. Modules of an
 * earlier call that are not among them are removed.
 */
export async function writeClientCode(
  folder: string,
  views: CodeOf,
  files: ReadonlyMap<string, CodeFile>,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const names = new Map([...files].map(([hash, { kind }]) => [hash, `${hash}.${kind === 'js' ? 'js' : 'wasm.js'}`]))
  for (const name of await readdir(folder))
    if (OURS.test(name) && ![...names.values()].includes(name)) await rm(join(folder, name))
  for (const [hash, file] of files) await writeFile(join(folder, names.get(hash) ?? ''), textOf(file))
  const list = [...names].map(
    ([hash, name]) => `  // ${views.get(hash)}\n  { hash: '${hash}', module: () => import('./${name}') },\n`,
  )
  await writeFile(join(folder, 'index.js'), `${TITLE}export const code = [\n${list.join('')}]\n`)
  await writeFile(
    join(folder, 'index.d.ts'),
    `${TITLE}export declare const code: readonly import('shoreline/client').ClientModule[]\n`,
  )
}

const OURS = /^[0-9a-f]{64}(\.wasm)?\.js$/
const TITLE = '/** Code of on-demand views, by content hash. Written by "shoreline code": do not edit. */\n'

/** Bytes as text: every bundler takes it, and a page needs no request for it alone. */
function textOf(file: CodeFile): string {
  if (file.kind === 'js') return file.text
  const base64 = Buffer.from(file.bytes).toString('base64')
  return `export default Uint8Array.from(atob('${base64}'), (char) => char.charCodeAt(0))\n`
}
