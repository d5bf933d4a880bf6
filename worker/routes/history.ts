/** Looking back and putting right: runs, holding, quarantine, reclaiming, repairing. */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { Quarantine } from '../../registry/history/quarantine.ts'
import { Reclaiming } from '../../registry/history/reclaiming.ts'
import { RunHistory } from '../../registry/history/run-history.ts'
import { viewId } from '../../registry/objects.ts'
import { Repository } from '../../registry/repository.ts'
import { findRuns } from '../../registry/runs.ts'
import {
  gcRequest,
  holdRequest,
  missingRequest,
  type QuarantineAnswer,
  quarantineQuery,
  type ReleaseAnswer,
  type RunsAnswer,
  releaseRequest,
  runsQuery,
} from '../../registry/wire/history.ts'
import type { AppEnv } from '../app.ts'
import { readBody } from '../http/body.ts'
import { readQuery } from '../http/query.ts'
import { d1Blocks } from '../online/d1-blocks.ts'
import { kvBlocks } from '../online/kv-blocks.ts'
import { strictReaders } from '../online/strict.ts'
import { cancelRun } from '../publishing/cancel.ts'
import { collect } from '../publishing/gc.ts'
import { hold } from '../publishing/hold.ts'
import { truth } from '../publishing/publish.ts'
import { missingBlocks } from '../publishing/repair.ts'
import { kvReader } from '../stores.ts'
import { gcAnswer } from './gc-answer.ts'
import { published, publishing } from './published.ts'
import { instant, runDescription, runSummary } from './run-answers.ts'

/** Runs that an answer lists when nobody says how many. */
const LISTED_RUNS = 50

export function historyRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/runs', async (c) => {
    const { view, object, limit = LISTED_RUNS } = readQuery(c.req.url, runsQuery)
    const owner = view?.includes('@') ? await ownerOf(new Repository(c.env.DB), view) : view
    const runs = await new RunHistory(c.env.DB).list({ view: owner, object, limit })
    // A view that is gone has its runs still; one that never was is a mistake.
    if (runs.length === 0 && view !== undefined) await registered(new Repository(c.env.DB), view)
    const answer: RunsAnswer = { runs: runs.map(runSummary) }
    return c.json(answer)
  })

  app.get('/v1/runs/:run', async (c) => c.json(runDescription(await new Repository(c.env.DB).run(c.req.param('run')))))

  app.post('/v1/runs/:run/cancel', async (c) => {
    const run = c.req.param('run')
    await cancelRun(new Repository(c.env.DB), new RunHistory(c.env.DB), run, Date.now())
    return c.json({ run })
  })

  app.post('/v1/runs/:run/missing', async (c) => {
    const { from = 0 } = await readBody(c.req.raw, missingRequest)
    const readers = strictReaders(c.env.KV, c.env.DB, c.get('opened').attempts)
    return c.json(await missingBlocks(new Repository(c.env.DB), readers, c.req.param('run'), from))
  })

  app.post('/v1/hold', async (c) => {
    const { views } = await readBody(c.req.raw, holdRequest)
    return published(c, await hold(publishing(c.env), views))
  })

  app.get('/v1/quarantine', async (c) => {
    const { view } = readQuery(c.req.url, quarantineQuery)
    const owner = view === undefined ? undefined : await registered(new Repository(c.env.DB), view)
    const objects = await new Quarantine(c.env.DB).list(owner)
    const answer: QuarantineAnswer = { objects: objects.map(({ at, ...one }) => ({ ...one, since: instant(at) })) }
    return c.json(answer)
  })

  app.post('/v1/quarantine/release', async (c) => {
    const { objects, view } = await readBody(c.req.raw, releaseRequest)
    const of =
      view === undefined ? { objects: objects ?? [] } : { view: await registered(new Repository(c.env.DB), view) }
    const released = await new Quarantine(c.env.DB).release(of, Date.now())
    if (released.length === 0) throw notInQuarantine('view' in of ? of.view : (of.objects[0]?.uri ?? ''))
    const answer: ReleaseAnswer = { released }
    return c.json(answer)
  })

  app.post('/v1/gc', async (c) => {
    const { dry_run: dryRun = false, keep, older_than: olderThan } = await readBody(c.req.raw, gcRequest)
    const collecting = {
      ...publishing(c.env),
      reclaiming: new Reclaiming(c.env.DB),
      places: {
        kv: c.env.KV,
        lake: c.env.LAKE,
        blocks: { kv: kvBlocks(kvReader(c.env.KV)), d1: d1Blocks(c.env.DB) },
      },
    }
    return published(c, gcAnswer(await collect(collecting, { dryRun, keep, olderThan }), dryRun))
  })

  return app
}

function notInQuarantine(what: string): ShorelineError {
  return new ShorelineError(
    'UNKNOWN_NAME',
    `Nothing of ${what} is in quarantine. "shoreline quarantine list" shows what is.`,
    { object: what },
  )
}

/** @throws ShorelineError UNKNOWN_NAME */
async function registered(repository: Repository, view: string): Promise<string> {
  const { registry } = await truth(repository)
  return viewId(findRuns(await repository.registry(registry), view))
}

/** The `view@version` whose runs are this version's; a version that is retired owned its own. */
async function ownerOf(repository: Repository, view: string): Promise<string> {
  try {
    return await registered(repository, view)
  } catch (thrown) {
    if (thrown instanceof ShorelineError && thrown.code === 'UNKNOWN_NAME') return view
    throw thrown
  }
}
