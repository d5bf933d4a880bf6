import { copyFile, mkdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { contextOf, type GlobalOptions } from './context.ts'

/** What `createSql({ assets })` loads. Any browser of the last years has the exceptions of WebAssembly that this build needs. */
const ASSETS = ['duckdb-eh.wasm', 'duckdb-browser-eh.worker.js']

interface AssetsOptions extends GlobalOptions {
  readonly out: string
}

/** `shoreline client-assets --json`. */
interface AssetsReport {
  readonly out: string
  readonly files: readonly { readonly file: string; readonly bytes: number }[]
}

export function clientAssetsCommand(): Command {
  return new Command('client-assets')
    .description('the files of DuckDB that a page with shoreline/client/sql loads from its own server')
    .requiredOption('--out <folder>', 'where to copy them, as in public/duckdb')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<AssetsOptions>()
      const report = await copyClientAssets(options.out, process.cwd())
      contextOf(options).print(report, () =>
        report.files.map(({ file, bytes }) => `${join(report.out, file)}  ${bytes} bytes`).join('\n'),
      )
    })
}

/** @param from where the application is, whose packages these are */
export async function copyClientAssets(out: string, from: string): Promise<AssetsReport> {
  const found = ASSETS.map((file) => pathOf(`@duckdb/duckdb-wasm/dist/${file}`, from))
  await mkdir(resolve(from, out), { recursive: true })
  const files: AssetsReport['files'][number][] = []
  for (const path of found) {
    const file = basename(path)
    await copyFile(path, resolve(from, out, file))
    files.push({ file, bytes: (await stat(path)).size })
  }
  return { out, files }
}

function pathOf(specifier: string, from: string): string {
  try {
    return createRequire(join(from, 'package.json')).resolve(specifier)
  } catch {
    throw new ShorelineError(
      'INVALID',
      'The package @duckdb/duckdb-wasm is not installed here: npm install --save-exact @duckdb/duckdb-wasm@1.32.0.',
    )
  }
}
