/** One module per Worker, with the settings that wrangler bundles with. */
import { build } from 'esbuild'

/** @param beside modules that the Worker is given as they are */
export async function bundle(entry: string, beside: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*', ...beside],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  })
  const [file] = outputFiles
  if (!file) throw new Error(`esbuild made nothing of ${entry}`)
  return file.text
}
