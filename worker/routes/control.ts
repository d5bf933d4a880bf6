/** The control plane: what operators and the sync ask for. */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { UPLOAD_BYTES } from '../../core/limits.ts'
import { timestampText } from '../../core/values.ts'
import { Quarantine } from '../../registry/history/quarantine.ts'
import { RunHistory } from '../../registry/history/run-history.ts'
import { Leases } from '../../registry/leases.ts'
import { viewId } from '../../registry/objects.ts'
import { Repository } from '../../registry/repository.ts'
import { findRuns } from '../../registry/runs.ts'
import {
  computedRequest,
  failRunRequest,
  type HeadAnswer,
  publishRequest,
  renewRequest,
  reportRequest,
  resumeRequest,
  rollbackRequest,
  type SnapshotsAnswer,
  startRunRequest,
} from '../../registry/wire/control.ts'
import { uploadQuery } from '../../registry/wire/history.ts'
import type { AppEnv } from '../app.ts'
import { readBody, readCompressedText, readMeasured } from '../http/body.ts'
import { readQuery } from '../http/query.ts'
import { d1BlockWriter } from '../online/d1-blocks.ts'
import { kvBlockWriter } from '../online/kv-blocks.ts'
import { strictReaders } from '../online/strict.ts'
import { resume } from '../publishing/hold.ts'
import { publish, truth } from '../publishing/publish.ts'
import { repairBlocks } from '../publishing/repair.ts'
import { rollback } from '../publishing/rollback.ts'
import { openRun, recordComputed, uploadBlocks } from '../publishing/runs.ts'
import { renewLease, startRun } from '../publishing/start.ts'
import { kvWriter } from '../stores.ts'
import { published, publishing } from './published.ts'

/** Newlines between blocks come on top of their bytes. */
const UPLOAD_LIMIT = UPLOAD_BYTES * 2

export function controlRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/head', async (c) => {
    const repository = new Repository(c.env.DB)
    const head = await truth(repository)
    const rows = new Map((await repository.snapshotsOf(head.views)).map((one) => [one.view, one.rows]))
    const views = Object.entries(head.views).map(([view, { snapshot, base, watermark, held }]) => [
      view,
      {
        snapshot,
        rows: rows.get(view) ?? 0,
        blocks: base.blocks,
        store: base.store,
        watermark: instant(watermark),
        held: held ?? false,
      },
    ])
    const answer: HeadAnswer = {
      revision: head.revision,
      registry: head.registry,
      now: timestampText(c.get('settings').now()),
      views: Object.fromEntries(views),
    }
    return c.json(answer)
  })

  app.post('/v1/runs', async (c) =>
    c.json(
      await startRun(
        { repository: new Repository(c.env.DB), leases: new Leases(c.env.DB), now: c.get('settings').now() },
        await readBody(c.req.raw, startRunRequest),
      ),
    ),
  )

  app.post('/v1/runs/:run/lease', async (c) =>
    c.json(
      await renewLease(
        { repository: new Repository(c.env.DB), leases: new Leases(c.env.DB) },
        c.req.param('run'),
        await readBody(c.req.raw, renewRequest),
      ),
    ),
  )

  app.post('/v1/runs/:run/report', async (c) => {
    const repository = new Repository(c.env.DB)
    const { report } = await readMeasured(c.req.raw, reportRequest)
    const run = await repository.run(c.req.param('run'))
    await repository.recordReport(run.id, JSON.stringify(report))
    return c.json({ run: run.id })
  })

  app.post('/v1/runs/:run/computed', async (c) => {
    await recordComputed(new Repository(c.env.DB), c.req.param('run'), await readMeasured(c.req.raw, computedRequest))
    return c.json({ run: c.req.param('run') })
  })

  app.put('/v1/runs/:run/blocks/:first', async (c) => {
    const first = c.req.param('first')
    if (!/^[0-9]{1,7}$/.test(first))
      throw new ShorelineError('MALFORMED', `${JSON.stringify(first)} is not the number of a block.`)
    const { repair } = readQuery(c.req.url, uploadQuery)
    const { attempts } = c.get('opened')
    const repository = new Repository(c.env.DB)
    const writers = { kv: kvBlockWriter(kvWriter(c.env.KV), attempts.kv), d1: d1BlockWriter(c.env.DB, attempts.d1) }
    const body = await readCompressedText(c.req.raw, UPLOAD_LIMIT)
    const blocks = repair
      ? await repairBlocks(
          repository,
          strictReaders(c.env.KV, c.env.DB, attempts),
          writers,
          c.req.param('run'),
          Number(first),
          body,
        )
      : await uploadBlocks(repository, writers, c.req.param('run'), Number(first), body)
    return c.json({ blocks })
  })

  app.post('/v1/runs/:run/fail', async (c) => {
    const repository = new Repository(c.env.DB)
    const { error, statistics, checks } = await readMeasured(c.req.raw, failRunRequest)
    const run = await openRun(repository, c.req.param('run'))
    await repository.failRun(run.id, error, Date.now(), {
      ...(statistics === undefined ? {} : { statistics: JSON.stringify(statistics) }),
      ...(checks === undefined ? {} : { checks: JSON.stringify(checks) }),
    })
    await new Leases(c.env.DB).release(run.view)
    return c.json({ run: c.req.param('run') })
  })

  app.post('/v1/publish', async (c) => {
    const { runs } = await readBody(c.req.raw, publishRequest)
    const answer = await publish(publishing(c.env), runs)
    await new Leases(c.env.DB).releaseOf(runs)
    return published(c, answer)
  })

  app.post('/v1/rollback', async (c) => {
    const { views, to, targets, quarantine } = await readBody(c.req.raw, rollbackRequest)
    if (to !== undefined && views.length > 1)
      throw new ShorelineError(
        'MALFORMED',
        'to: a snapshot number belongs to one view; say targets, as {"airport_delays": 6}.',
        { field: 'to' },
      )
    const options = { to, targets, quarantine: quarantine ? new Quarantine(c.env.DB) : undefined }
    return published(c, await rollback(publishing(c.env), views, options))
  })

  app.post('/v1/resume', async (c) => {
    const { views } = await readBody(c.req.raw, resumeRequest)
    return published(c, await resume(publishing(c.env), [...new Set(views)]))
  })

  app.get('/v1/views/:view/snapshots', async (c) => {
    const repository = new Repository(c.env.DB)
    const head = await truth(repository)
    const view = viewId(findRuns(await repository.registry(head.registry), c.req.param('view')))
    const changed = await new RunHistory(c.env.DB).changes(view)
    const answer: SnapshotsAnswer = {
      view,
      snapshots: (await repository.snapshots(view)).map((one) => ({
        snapshot: one.snapshot,
        kind: one.pointer.overlay ? 'overlay' : 'base',
        rows: one.rows,
        changed: changed.get(one.snapshot) ?? null,
        watermark: instant(one.watermark),
        revision: one.revision,
        created_at: new Date(one.createdAt).toISOString(),
        online: head.views[view]?.snapshot === one.snapshot,
        marked: one.markedAt !== null,
        runs: [one.pointer.base.run, ...(one.pointer.overlay ? [one.pointer.overlay.run] : [])],
      })),
    }
    return c.json(answer)
  })

  return app
}

function instant(micros: number | null): string | null {
  return micros === null ? null : timestampText(micros)
}
