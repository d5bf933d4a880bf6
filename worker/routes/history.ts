/** Looking back and putting right: runs, holding, quarantine, reclaiming, repairing. */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { RunHistory } from '../../registry/history/run-history.ts'
import { viewId } from '../../registry/objects.ts'
import { Repository } from '../../registry/repository.ts'
import { findRuns } from '../../registry/runs.ts'
import { type RunsAnswer, runsQuery } from '../../registry/wire/history.ts'
import type { AppEnv } from '../app.ts'
import { readQuery } from '../http/query.ts'
import { cancelRun } from '../publishing/cancel.ts'
import { truth } from '../publishing/publish.ts'
import { runDescription, runSummary } from './run-answers.ts'

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

  return app
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
