/** The local D1's schema. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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
  const run = (...args: readonly string[]): Promise<void> =>
    finishWrangler('The local database could not be migrated', root, [
      'd1',
      ...args,
      '--local',
      '--persist-to',
      join(folder, 'state'),
    ])
  if (existsSync(join(folder, 'state'))) await run('migrations', 'apply', 'DB')
  else {
    const file = join(folder, 'migrate.sql')
    await mkdir(folder, { recursive: true })
    await writeFile(file, await allMigrations(MIGRATIONS))
    await run('execute', 'DB', '--file', file)
    await rm(file)
  }
  await writeFile(done, wanted)
  return true
}

/**
 * What `wrangler d1 migrations apply` does to an empty database, its own notes included, as one batch: wrangler starts a
 * runtime for every migration, which a first start would wait for.
 */
async function allMigrations(folder: string): Promise<string> {
  const texts = (await migrationFiles(folder)).map(
    async (file) =>
      `${await readFile(join(folder, file), 'utf8')}\nINSERT INTO d1_migrations (name) VALUES ('${file}');\n`,
  )
  return [APPLIED, ...(await Promise.all(texts))].join('')
}

/** Wrangler's, to the letter. */
const APPLIED = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);
`

async function migrationsHash(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await migrationFiles(folder)) hash.update(file).update(await readFile(join(folder, file)))
  return hash.digest('hex')
}

async function migrationFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
}
