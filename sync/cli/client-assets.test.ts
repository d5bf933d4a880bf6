import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { copyClientAssets } from './client-assets.ts'

it('copies the files of DuckDB that the application has installed, and says where to get them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-assets-'))
  try {
    const { files } = await copyClientAssets(join(folder, 'public/duckdb'), process.cwd())
    expect(await readdir(join(folder, 'public/duckdb'))).toEqual(['duckdb-browser-eh.worker.js', 'duckdb-eh.wasm'])
    for (const { file, bytes } of files) {
      const [copied, installed] = await Promise.all([
        readFile(join(folder, 'public/duckdb', file)),
        readFile(join('node_modules/@duckdb/duckdb-wasm/dist', file)),
      ])
      expect([file, copied.length, copied.equals(installed)]).toEqual([file, bytes, true])
    }
    const { files: packed } = await copyClientAssets(join(folder, 'packed'), process.cwd(), true)
    expect(packed.map(({ file }) => file)).toEqual(['duckdb-eh.wasm.gz', 'duckdb-browser-eh.worker.js'])
    expect(packed[0]?.bytes).toBeLessThan(12 * 1024 * 1024)
    const unpacked = gunzipSync(await readFile(join(folder, 'packed/duckdb-eh.wasm.gz')))
    expect(unpacked.equals(await readFile(join(folder, 'public/duckdb/duckdb-eh.wasm')))).toBe(true)
    await expect(copyClientAssets('public', folder)).rejects.toThrow('@duckdb/duckdb-wasm is not installed here')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
