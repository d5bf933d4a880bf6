/** The sync service: it says that it is alive and takes what it is asked for; a person sees both. */
import { Hono } from 'hono'
import { timestampText } from '../../core/values.ts'
import { ALIVE_MS, SyncRequests } from '../../registry/sync-requests.ts'
import { type HeartbeatAnswer, heartbeatRequest, type SyncAnswer } from '../../registry/wire/sync.ts'
import type { AppEnv } from '../app.ts'
import { readBody } from '../http/body.ts'
import { instant } from './run-answers.ts'

export function syncRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.post('/v1/sync/heartbeat', async (c) => {
    const { name, started_at: startedAt, done = [], stopping = false } = await readBody(c.req.raw, heartbeatRequest)
    const beat = { name, startedAt: Date.parse(startedAt), now: c.get('opened').now(), done, stopping }
    const requests = await new SyncRequests(c.env.DB).heartbeat(beat)
    const answer: HeartbeatAnswer = { requests: requests.map(({ id, views, from, to }) => ({ id, views, from, to })) }
    return c.json(answer)
  })

  app.get('/v1/sync', async (c) => {
    const now = c.get('opened').now()
    const { services, requests } = await new SyncRequests(c.env.DB).list()
    const answer: SyncAnswer = {
      services: services.map(({ name, startedAt, seenAt }) => ({
        name,
        started_at: instant(startedAt),
        seen_at: instant(seenAt),
        alive: seenAt > now - ALIVE_MS,
      })),
      requests: requests.map(({ id, views, from, to, requestedAt, takenBy, takenAt }) => ({
        id,
        views,
        from: from === null ? null : timestampText(from),
        to: to === null ? null : timestampText(to),
        requested_at: instant(requestedAt),
        taken_by: takenBy,
        taken_at: takenAt === null ? null : instant(takenAt),
      })),
    }
    return c.json(answer)
  })

  return app
}
