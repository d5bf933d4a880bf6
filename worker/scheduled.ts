/** What happens without a request: every minute, and when the queue has something. */
import { parseDuration } from '../core/duration.ts'
import { messageOf } from '../core/errors.ts'
import { PushedRows } from '../registry/pushed-rows.ts'
import { Repository } from '../registry/repository.ts'
import { runsOf } from '../registry/runs.ts'
import { type Env, readSettings } from './env.ts'
import { truth } from './publishing/publish.ts'
import { deliver } from './push/deliver.ts'
import { drain } from './push/drain.ts'
import type { PushedMessage } from './push/messages.ts'

export async function everyMinute(env: Env): Promise<void> {
  await drain(new PushedRows(env.DB), env.PUSHED)
  await expire(env).catch((thrown: unknown) => {
    console.warn(JSON.stringify({ level: 'warn', message: 'pushed rows were not expired', cause: messageOf(thrown) }))
  })
}

/** Batches of messages; the queue sends again what was not acknowledged. */
export async function onMessages(batch: MessageBatch<PushedMessage>, env: Env): Promise<void> {
  await deliver(
    env.LAKE,
    batch.messages.map((message) => message.body),
  )
  batch.ackAll()
}

/** Pushed rows that no version of their view serves any more. */
async function expire(env: Env): Promise<void> {
  const repository = new Repository(env.DB)
  const { views } = await repository.registry((await truth(repository)).registry)
  const pushed = Map.groupBy(
    views.filter((view) => view.push !== undefined),
    runsOf,
  )
  const now = readSettings(env).now()
  for (const [view, versions] of pushed) {
    const ttls = versions.map(({ ttl }) => (ttl === undefined ? Number.POSITIVE_INFINITY : parseDuration('ttl', ttl)))
    const longest = Math.max(...ttls)
    if (Number.isFinite(longest)) await new PushedRows(env.DB).removeOlder(view, now - longest)
  }
}
