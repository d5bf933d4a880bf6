/**
 * The entry point `shoreline/worker`. A user's Worker is three lines:
 *
 * ```ts
 * import worker, { HeadWriter, Metrics } from 'shoreline/worker'
 * export { HeadWriter, Metrics }
 * export default worker
 * ```
 *
 * and `Features` in the first two, where other Workers of the account are to read features through a service binding.
 */
import type { Env } from './env.ts'
import type { PushedMessage } from './push/messages.ts'
import { everyMinute, onMessages } from './scheduled.ts'
import { app } from './this-app.ts'

export { type CodeModule, type Deployed, provideCode } from './code/held.ts'
export { Metrics } from './metrics/durable-object.ts'
export { HeadWriter } from './publishing/durable-object.ts'
export type { FeaturesAnswered } from './rpc/answer.ts'
export type { FeaturesProps } from './rpc/binding.ts'
export type { GetFeatures } from './rpc/request.ts'
export type { FeatureValue } from './rpc/values.ts'
export { Features, type FeaturesReply, type FeaturesService, type Refused } from './rpc.ts'
export type { Env }

export default {
  fetch: app.fetch,
  scheduled: (_event, env) => everyMinute(env),
  queue: (batch, env) => onMessages(batch, env),
} satisfies ExportedHandler<Env, PushedMessage>
