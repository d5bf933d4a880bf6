/** The local D1's schema. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishWrangler } from './wrangler.ts'

/** Of this package; wrangler.toml names the same folder. */
const MIGRATIONS = fileURLToPath(new URL('../../registry/migrations', import.meta.url))

/** Brings the local D1 to the newest migration; does nothing when it is there. @returns whether something was applied */
export async function migrate({ root, folder }: { readonly root: string; readonly folder: string }): Promise<boolean> {
  const done = join(folder, 'migrated')
  const wanted = await migrationsHash(MIGRATIONS)
  if (existsSync(join(folder, 'state')) && existsSync(done) && readFileSync(done, 'utf8') === wanted) return false
  const args = ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', join(folder, 'state')]
  await finishWrangler('The local database could not be migrated', root, args)
  await writeFile(done, wanted)
  return true
}

async function migrationsHash(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort())
    hash.update(file).update(await readFile(join(folder, file)))
  return hash.digest('hex')
}
