/**
 * The lock file: which version of each service a deployment had when its definitions were last applied from here. The
 * typed client sends these versions, so that a deployed model never changes under its owner.
 */
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ShorelineError } from '../../core/errors.ts'

export const LOCK_FILE = 'shoreline.lock.json'

const lockShape = z.strictObject({
  /** By the URL of the deployment: each counts its own versions. */
  deployments: z.record(
    z.string(),
    z.strictObject({ registry: z.int(), services: z.record(z.string(), z.int().positive()) }),
  ),
})

/** @throws ShorelineError INVALID when the file there is none of ours: it is not overwritten */
export async function writeLock(
  root: string,
  url: string,
  { registry, services }: { readonly registry: number; readonly services: Readonly<Record<string, number>> },
): Promise<void> {
  const file = join(root, LOCK_FILE)
  const before = existsSync(file) ? await readFile(file, 'utf8') : ''
  const { deployments } = before === '' ? { deployments: {} } : parse(file, before)
  const sorted = Object.fromEntries(Object.entries({ ...deployments, [url]: { registry, services } }).sort(byKey))
  const text = `${JSON.stringify({ deployments: sorted }, null, 2)}\n`
  if (text === before) return
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

function parse(file: string, text: string): z.infer<typeof lockShape> {
  try {
    return lockShape.parse(JSON.parse(text))
  } catch (thrown) {
    throw new ShorelineError(
      'INVALID',
      `${file} is not a lock file of ours, so it was not overwritten; the definitions are applied. Remove it and apply again.`,
      {},
      thrown,
    )
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
