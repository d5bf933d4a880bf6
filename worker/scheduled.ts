/** What happens without a request: every minute, and when the queue has something. */
import { parseDuration } from '../core/duration.ts'
import { messageOf } from '../core/errors.ts'
import { Alerts } from '../registry/alerts.ts'
import type { RegistrySnapshot } from '../registry/objects.ts'
import { PushedRows } from '../registry/pushed-rows.ts'
import { Repository } from '../registry/repository.ts'
import { runsOf } from '../registry/runs.ts'
import { type Deployed, tellFreshness } from './alerts/stale.ts'
import { tellBy } from './alerts/webhook.ts'
import { type Env, readSettings } from './env.ts'
import { truth } from './publishing/publish.ts'
import { deliver } from './push/deliver.ts'
import { drain } from './push/drain.ts'
import type { PushedMessage } from './push/messages.ts'

/** What one of them fails at is tried again a minute later, and keeps the others from nothing. */
export async function everyMinute(env: Env): Promise<void> {
  const deployed = deployedIn(env)
  const told = deployed.then((all) => tellFreshness(all, new Alerts(env.DB), tellBy(env.WEBHOOK_URL)))
  await orWarn('nobody could be told which views are past their freshness', told)
  await drain(new PushedRows(env.DB), env.PUSHED)
  const expired = deployed.then(({ registry, now }) => expire(env, registry, now))
  await orWarn('pushed rows were not expired', expired)
}

async function deployedIn(env: Env): Promise<Deployed> {
  const repository = new Repository(env.DB)
  const head = await truth(repository)
  return { head, registry: await repository.registry(head.registry), now: readSettings(env).now() }
}

function orWarn(message: string, work: Promise<void>): Promise<void> {
  return work.catch((thrown: unknown) => {
    console.warn(JSON.stringify({ level: 'warn', message, cause: messageOf(thrown) }))
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
async function expire(env: Env, { views }: RegistrySnapshot, now: number): Promise<void> {
  const pushed = Map.groupBy(
    views.filter((view) => view.push !== undefined),
    runsOf,
  )
  for (const [view, versions] of pushed) {
    const ttls = versions.map(({ ttl }) => (ttl === undefined ? Number.POSITIVE_INFINITY : parseDuration('ttl', ttl)))
    const longest = Math.max(...ttls)
    if (Number.isFinite(longest)) await new PushedRows(env.DB).removeOlder(view, now - longest)
  }
}
