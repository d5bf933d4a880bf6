/** Numbers for Prometheus (docs/metrics.md). */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { PushedRows } from '../../registry/pushed-rows.ts'
import { Repository } from '../../registry/repository.ts'
import type { AppEnv } from '../app.ts'
import { metricsOf } from '../metrics/durable-object.ts'
import { readGauges } from '../metrics/gauges.ts'
import { PROMETHEUS_TYPE, renderMetrics } from '../metrics/render.ts'

const ALONE =
  'Of the isolate that answered, since it began: wrangler.toml binds no METRICS, which would sum up those of all (docs/metrics.md).'

export function metricsRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/metrics', async (c) => {
    const { reporter, ownSums, attempts } = c.get('opened')
    const { d1 } = attempts
    const repository = new Repository(c.env.DB)
    const pushed = new PushedRows(c.env.DB)
    const all = metricsOf(c.env)
    const [gauges, cells] = await Promise.all([
      readGauges({
        repository: {
          latestRevision: () => d1(() => repository.latestRevision()),
          committedAt: (revision) => d1(() => repository.committedAt(revision)),
        },
        pushed: { outboxSize: () => d1(() => pushed.outboxSize()) },
        now: Date.now(),
        asOf: c.get('settings').now(),
      }),
      reporter.cells(all ?? ownSums).catch(notSummed),
    ])
    return c.body(renderMetrics([...cells, ...gauges], all ? [] : [ALONE]), 200, { 'content-type': PROMETHEUS_TYPE })
  })

  return app
}

/** Never this isolate's numbers in the place of all: a counter that goes back is taken for a restart. */
function notSummed(thrown: unknown): never {
  throw new ShorelineError(
    'UNAVAILABLE',
    'The Durable Object METRICS does not answer. What was counted is kept: scrape again.',
    {},
    thrown,
  )
}
