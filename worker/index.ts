/**
 * The entry point `shoreline/worker`. A user's Worker is three lines:
 *
 * ```ts
 * import worker, { HeadWriter } from 'shoreline/worker'
 * export { HeadWriter }
 * export default worker
 * ```
 */
import { createApp } from './app.ts'
import type { Env } from './env.ts'
import type { PushedMessage } from './push/messages.ts'
import { everyMinute, onMessages } from './scheduled.ts'

export { type CodeModule, type Deployed, provideCode } from './code/held.ts'
export { HeadWriter } from './publishing/durable-object.ts'
export type { Env }

const app = createApp()

export default {
  fetch: app.fetch,
  scheduled: (_event, env) => everyMinute(env),
  queue: (batch, env) => onMessages(batch, env),
} satisfies ExportedHandler<Env, PushedMessage>
