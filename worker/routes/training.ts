/** The registry of training sets: registering what a sync made, and what there is. */
import { Hono } from 'hono'
import { ShorelineError } from '../../core/errors.ts'
import { MAX_TRAINING_MANIFEST_BYTES } from '../../core/limits.ts'
import { parseReference } from '../../core/name.ts'
import { TrainingSets } from '../../registry/training-sets.ts'
import {
  completeTrainingRequest,
  startTrainingRequest,
  type TrainingSetAnswer,
  type TrainingSetStarted,
  type TrainingSetsAnswer,
  trainingSetsQuery,
} from '../../registry/wire/training.ts'
import type { AppEnv } from '../app.ts'
import { readMeasured } from '../http/body.ts'
import { readQuery } from '../http/query.ts'

/** Sets that an answer lists when nobody says how many. */
const LISTED_SETS = 50

export function trainingRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/training-sets', async (c) => {
    const { name, limit = LISTED_SETS } = readQuery(c.req.url, trainingSetsQuery)
    const answer: TrainingSetsAnswer = { training_sets: await new TrainingSets(c.env.DB).list(limit, name) }
    return c.json(answer)
  })

  app.get('/v1/training-sets/:set', async (c) => {
    const { name, version } = reference(c.req.param('set'))
    const answer: TrainingSetAnswer = await new TrainingSets(c.env.DB).describe(name, version)
    return c.json(answer)
  })

  app.post('/v1/training-sets', async (c) => {
    const { manifest } = await readMeasured(c.req.raw, startTrainingRequest, MAX_TRAINING_MANIFEST_BYTES)
    const started = await new TrainingSets(c.env.DB).start(manifest)
    const answer: TrainingSetStarted = { name: manifest.name, ...started }
    return c.json(answer)
  })

  app.post('/v1/training-sets/:name/:version/complete', async (c) => {
    const { manifest } = await readMeasured(c.req.raw, completeTrainingRequest, MAX_TRAINING_MANIFEST_BYTES)
    const { name, version } = reference(`${c.req.param('name')}@${c.req.param('version')}`)
    for (const [field, sent, asked] of [
      ['name', manifest.name, name],
      ['version', manifest.version, version],
    ] as const)
      if (sent !== asked)
        throw new ShorelineError('MALFORMED', `manifest.${field}: is ${sent}, and the address says ${asked}.`, {
          field: `manifest.${field}`,
        })
    return c.json(await new TrainingSets(c.env.DB).complete(manifest))
  })

  return app
}

function reference(text: string): { readonly name: string; readonly version?: number } {
  const parsed = parseReference(text)
  if (parsed) return parsed
  throw new ShorelineError(
    'UNKNOWN_NAME',
    `${JSON.stringify(text.slice(0, 200))} is not a training set: write name or name@version.`,
  )
}
