/** From the bytes of a file to a Feast registry: a JSON dump or a registry file, told apart by what is in it. */
import { z } from 'zod'
import { ShorelineError } from '../../../core/errors.ts'
import { type FeastRegistry, projectOf } from './registry.ts'
import { registrySchema } from './schema.ts'
import { readMessage, WireError } from './wire.ts'

const FIX =
  'Run "feast registry-dump > registry.json" in the Feast repository and import that file, or the registry.db that "feast apply" wrote.'

/** Any of these makes a JSON object a dump; `project` alone is in many files. */
const KNOWN = ['entities', 'featureViews', 'dataSources', 'featureServices', 'onDemandFeatureViews']

/**
 * @param file how errors call it
 * @throws ShorelineError MALFORMED or INVALID, a paragraph with the fix
 */
export function readRegistry(file: string, bytes: Uint8Array, project?: string): FeastRegistry {
  return projectOf(checked(file, formOf(file, bytes)), project)
}

function formOf(file: string, bytes: Uint8Array): unknown {
  const text = textOf(bytes)
  const start = text?.trimStart() ?? ''
  if (bytes.length === 0 || text?.trim() === '') refuse(file, 'is empty')
  if (text?.startsWith('SQLite format 3\0'))
    refuse(file, 'is an SQLite database, as Feast has with a SQL registry or an online store; it is not read directly')
  if (start.startsWith('<')) refuse(file, 'is HTML or XML: probably a page that was saved in place of the file')
  const json = /^[{[]/.test(start) ? jsonOf(start) : undefined
  if (json?.value !== undefined) return json.value
  // A registry file may begin like a text: a line feed is its first tag, and a brace may be the length after it.
  const message = messageOf(bytes)
  if (message) return message
  if (json) return refuse(file, `begins like JSON and is not: ${json.problem}`)
  if (/^(project|registry|provider):/m.test(start))
    refuse(file, 'looks like feature_store.yaml, which names the registry')
  return refuse(file, 'is neither a JSON dump nor a registry file of Feast')
}

/** Undefined where the bytes are no text. PowerShell writes what is redirected as UTF-16. */
function textOf(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function jsonOf(text: string): { readonly value?: unknown; readonly problem: string } {
  try {
    return { value: JSON.parse(text), problem: '' }
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

/** Most bytes are no protobuf; some are by chance, and then hold nothing that we know. */
function messageOf(bytes: Uint8Array): unknown {
  try {
    const message = readMessage('Registry', bytes)
    return Object.keys(message).length > 0 ? message : undefined
  } catch (thrown) {
    if (thrown instanceof WireError) return undefined
    throw thrown
  }
}

function checked(file: string, form: unknown) {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return refuse(file, 'is JSON, but no object')
  const isDump = KNOWN.some((name) => Object.hasOwn(form, name))
  if (!isDump && !Object.hasOwn(form, 'project')) refuse(file, 'is JSON, but not the dump of a Feast registry')
  const parsed = registrySchema.safeParse(form)
  if (parsed.success) return parsed.data
  const [first] = parsed.error.issues
  const where = first ? z.core.toDotPath(first.path) : ''
  return refuse(file, `is not the dump of a Feast registry: ${where ? `${where}: ` : ''}${first?.message ?? ''}`)
}

function refuse(file: string, problem: string): never {
  throw new ShorelineError('MALFORMED', `${file} ${problem}. ${FIX}`)
}
