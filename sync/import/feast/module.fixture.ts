/** A folder in which a generated file can be loaded, compiled and formatted, as in a user's repository. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')

export class FeatureRepository {
  readonly folder: string
  readonly features: string

  private constructor(folder: string) {
    this.folder = folder
    this.features = join(folder, 'features')
  }

  static async create(): Promise<FeatureRepository> {
    const folder = await mkdtemp(join(tmpdir(), 'shoreline-feast-'))
    await mkdir(join(folder, 'features'))
    await mkdir(join(folder, 'node_modules'))
    await symlink(ROOT, join(folder, 'node_modules/shoreline'), 'dir')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
    const compilerOptions = { types: [], lib: ['ES2024'] }
    const config = { extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include: ['features'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    return new FeatureRepository(folder)
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** @throws with the compiler's messages */
export function compile(folder: string): string {
  return run('tsc', ['-p', folder], '')
}

export function formatted(text: string): string {
  return run('biome', ['format', '--stdin-file-path=sync/import/feast/generated.ts'], text)
}

function run(command: string, args: readonly string[], input: string): string {
  try {
    return execFileSync(join(BIN, command), args, { cwd: ROOT, input, encoding: 'utf8', stdio: 'pipe' })
  } catch (thrown) {
    const output = thrown as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${command}: ${output.stdout ?? ''}${output.stderr ?? ''}`)
  }
}
