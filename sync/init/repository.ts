/** Writes a new feature repository into a folder, beside whatever else is there, and never over it. */
import { constants, copyFile, lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { writeSample } from './sample.ts'
import { templateFiles } from './template.ts'

/** What the template's source reads. */
const SAMPLE = 'data/orders/2026.parquet'

export interface Repository {
  readonly folder: string
  /** Relative to the folder, with slashes, sorted. */
  readonly files: readonly string[]
}

/**
 * @param shoreline what package.json depends on; default: this version
 * @throws ShorelineError CONFLICT naming the files that are there already; nothing is written then
 */
export async function createRepository(dir: string, shoreline?: string): Promise<Repository> {
  const folder = resolve(dir)
  const texts = await templateFiles({ name: nameFor(folder), shoreline })
  const files = [...texts.keys(), SAMPLE].sort()
  const taken: string[] = []
  for (const file of files) if (await exists(join(folder, file))) taken.push(file)
  if (taken.length > 0)
    throw new ShorelineError(
      'CONFLICT',
      `${folder} holds ${taken.join(', ')} already, and nothing is written over. Name an empty folder: shoreline init my-features.`,
      { taken },
    )
  const written: string[] = []
  try {
    for (const file of files) {
      const path = join(folder, file)
      await mkdir(dirname(path), { recursive: true })
      const text = texts.get(file)
      await (text === undefined ? placeSample(path) : writeFile(path, text, { flag: 'wx' }))
      written.push(path)
    }
  } catch (thrown) {
    // Half of a repository would stand in the way of the next attempt.
    for (const path of written) await rm(path, { force: true })
    throw thrown
  }
  return { folder, files }
}

/** npm's rules for names, and those for the names of Workers. */
export function nameFor(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 54)
  // A package cannot depend on one of its own name.
  return name === '' || name === 'shoreline' ? 'shoreline-features' : name
}

/** DuckDB writes over what it finds, so it writes elsewhere. */
async function placeSample(path: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(path), '.part-'))
  try {
    const part = join(folder, basename(path))
    await writeSample(part)
    await copyFile(part, path, constants.COPYFILE_EXCL)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A link that leads nowhere is there, too. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
