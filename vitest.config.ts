import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { receive } from './test/workerd/receiver.ts'

/** No internet at run time: wrangler would look up its `cf` object and send metrics. */
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'
process.env['WRANGLER_SEND_METRICS'] = 'false'

export default defineConfig({
  test: {
    // On two cores too: every file has its own ports, folders and deployments, and waits for them more than it computes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'node',
          // A process per worker, not per file: what these files share are modules without state.
          isolate: false,
          include: [
            '{core,registry,sync,client,testing,examples}/**/*.test.ts',
            'test/{types,rules,protocol,docs,parity}/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              // The internet as the Worker under test knows it: one receiver of webhooks.
              outboundService: receive,
              bindings: {
                AUTH: 'off',
                CLOCK: '2001-07-01T06:00:00Z',
                // How many cases the long run tries; workerd has no environment.
                SHORELINE_RUNS: process.env['SHORELINE_RUNS'] ?? '',
              },
            },
          }),
        ],
        test: { name: 'workerd', include: ['worker/**/*.test.ts', 'test/workerd/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/chromium.setup.ts'],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
