import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { contextOf, type GlobalOptions } from './context.ts'

/** What `createSql({ assets })` loads. Any browser of the last years has the exceptions of WebAssembly that this build needs. */
const ASSETS = ['duckdb-eh.wasm', 'duckdb-browser-eh.worker.js']

interface AssetsOptions extends GlobalOptions {
  readonly out: string
  readonly gzip?: boolean
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
    .option(
      '--gzip',
      'the large file as duckdb-eh.wasm.gz, which the page unpacks: static assets of Workers have at most 25 MiB',
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<AssetsOptions>()
      const report = await copyClientAssets(options.out, process.cwd(), options.gzip)
      contextOf(options).print(report, () =>
        report.files.map(({ file, bytes }) => `${join(report.out, file)}  ${bytes} bytes`).join('\n'),
      )
    })
}

/** @param from where the application is, whose packages these are */
export async function copyClientAssets(out: string, from: string, packed = false): Promise<AssetsReport> {
  const found = ASSETS.map((file) => pathOf(`@duckdb/duckdb-wasm/dist/${file}`, from))
  await mkdir(resolve(from, out), { recursive: true })
  const files: AssetsReport['files'][number][] = []
  for (const path of found) {
    const pack = packed && path.endsWith('.wasm')
    const file = `${basename(path)}${pack ? '.gz' : ''}`
    const target = resolve(from, out, file)
    if (pack) await pipeline(createReadStream(path), createGzip(), createWriteStream(target))
    else await copyFile(path, target)
    files.push({ file, bytes: (await stat(target)).size })
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
