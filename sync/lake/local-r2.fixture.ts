/** A real local R2 for tests: workerd behind wrangler's test harness, reached through its S3 endpoint. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { R2Access } from './r2-lake.ts'

export interface LocalR2 {
  readonly access: R2Access
  stop(): Promise<void>
}

/** Starts one (about 1.5 s) with the given buckets, all empty. */
export async function startLocalR2(buckets: readonly string[]): Promise<LocalR2> {
  // Before wrangler is imported: without internet the first two wait for an answer, the others halve its speed.
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'
  process.env['WRANGLER_SEND_METRICS'] = 'false'
  process.env['X_LOCAL_OBSERVABILITY'] = 'false'
  process.env['X_LOCAL_EXPLORER'] = 'false'
  const { createTestHarness } = await import('wrangler')
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-r2-'))
  await writeFile(join(folder, 'worker.js'), 'export default { fetch: () => new Response() }')
  const credentials = { accessKeyId: 'local', secretAccessKey: 'localsecret' }
  const harness = createTestHarness({
    root: folder,
    workers: [
      {
        config: {
          name: 'lake',
          main: 'worker.js',
          compatibility_date: '2026-11-01',
          r2_buckets: buckets.map((bucket, index) => ({
            binding: `BUCKET_${index}`,
            bucket_name: bucket,
            local_dev: { experimental_s3_credentials: credentials },
          })),
        },
      },
    ],
  })
  const { url } = await harness.listen()
  return {
    access: { endpoint: `${url.origin}/cdn-cgi/local/r2/s3`, ...credentials },
    async stop() {
      await harness.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
