/** Loads a repository's definitions: every TypeScript or JavaScript file of the features folder. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, ShorelineError } from '../core/errors.ts'
import { collect } from '../registry/definitions/collect.ts'
import type { Definitions } from '../registry/objects.ts'

const DEFINITION_FILE = /(?<!\.d|\.test)\.(ts|mts|js|mjs)$/

/** @throws ShorelineError INVALID naming the file or the object */
export async function loadDefinitions(folder: string): Promise<Definitions> {
  if (!existsSync(folder))
    throw new ShorelineError(
      'INVALID',
      `There is no folder ${folder}. Put your definitions there, or name another in package.json: "shoreline": { "features": "…" }.`,
    )
  const files = (await readdir(folder, { recursive: true })).filter((file) => DEFINITION_FILE.test(file)).sort()
  if (files.length === 0)
    throw new ShorelineError('INVALID', `${folder} holds no definitions: write one or more .ts files there.`)
  return collect(...(await Promise.all(files.map((file) => load(join(folder, file))))))
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  } catch (thrown) {
    if (thrown instanceof ShorelineError) throw thrown
    throw new ShorelineError('INVALID', `${file} cannot be loaded: ${messageOf(thrown)}`, {}, thrown)
  }
}
