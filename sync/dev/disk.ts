import { mkdir, statfs } from 'node:fs/promises'
import { ShorelineError } from '../../core/errors.ts'

/** What the example's lake, its cache and DuckDB's spilling may need. */
const NEEDED_BYTES = 500_000_000

/** A store that runs full half-way is harder to explain than one that says so before. @throws ShorelineError UNAVAILABLE */
export async function checkDiskFree(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < NEEDED_BYTES)
    throw new ShorelineError(
      'UNAVAILABLE',
      `Only ${Math.round(free / 1e6)} MB are free on the disk of ${folder}; about ${NEEDED_BYTES / 1e6} MB are needed. Free some and start again.`,
    )
}
