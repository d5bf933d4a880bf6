/** A page's script as a bundler makes it, and what of it comes at once: the rest is loaded by `import()` when it is needed. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface AtOnce {
  readonly text: string
  /** Minified and gzipped, in bytes. */
  readonly size: number
  /** Sources that are part of it, from the root of the repository. */
  readonly inputs: readonly string[]
}

const LATER: Plugin = {
  name: 'later',
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined))
  },
}

/** @param source in TypeScript, which imports by paths from the root of the repository */
export async function atOnce(source: string): Promise<AtOnce> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, loader: 'ts', resolveDir: ROOT },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    absWorkingDir: ROOT,
    plugins: [LATER],
    write: false,
    metafile: true,
  })
  const text = outputFiles[0]?.text ?? ''
  const inputs = Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {})
  return {
    text,
    size: gzipSync(text).length,
    inputs: inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  }
}

/** All scripts of the page, by name, with those that come later. */
export async function everything(source: string): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents: source, loader: 'ts', resolveDir: ROOT },
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    external: ['apache-arrow', '@duckdb/duckdb-wasm', 'hyparquet', 'hyparquet-compressors'],
    absWorkingDir: ROOT,
    outdir: '/page',
    write: false,
  })
  return new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/') + 1), text]))
}
