/**
 * The door for other Workers of the same account: a service binding to the entrypoint `Features`, without HTTP, JSON or a key
 * (https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/rpc/).
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { ErrorCode } from '../core/errors.ts'
import type { Opened } from './app.ts'
import type { Env } from './env.ts'
import { problemOf } from './http/respond.ts'
import { metricsOf } from './metrics/durable-object.ts'
import { type FeaturesAnswered, featuresOf } from './rpc/answer.ts'
import { demandBinding, type FeaturesProps } from './rpc/binding.ts'
import { type GetFeatures, readAsked } from './rpc/request.ts'
import type { Background } from './serving/heads.ts'
import { PickedAnswer } from './serving/picked-answer.ts'
import { serve } from './serving/serve.ts'
import { app } from './this-app.ts'

export interface Refused {
  ok: false
  /** As over HTTP: docs/http.md lists the codes. */
  error: { code: ErrorCode; message: string; details: Record<string, unknown> }
  /** Finds it in this Worker's log. */
  request_id: string
}

export type FeaturesReply = FeaturesAnswered | Refused

/**
 * The type of the binding in the caller's `Env`. `Service<typeof Features>` is the same to workerd, but features are values of
 * any depth, and TypeScript gives up following them through that type.
 */
export interface FeaturesService {
  getFeatures(request: GetFeatures): Promise<FeaturesReply>
}

export class Features extends WorkerEntrypoint<Env, FeaturesProps> implements FeaturesService {
  /**
   * Never throws: what an exception carries beside its message depends on the compatibility dates of both Workers, and a
   * caller's mistake is no failure of this one.
   */
  async getFeatures(request: GetFeatures): Promise<FeaturesReply> {
    const background = (work: Promise<unknown>): void => this.ctx.waitUntil(work)
    let status = 200
    let opened: Opened | undefined
    let started = 0
    try {
      opened = app.open(this.env)
      started = opened.now()
      return await this.#answer(request, opened, background)
    } catch (thrown) {
      const requestId = crypto.randomUUID()
      const problem = problemOf(thrown, requestId)
      const { code, message, details } = problem.error
      status = problem.status
      return { ok: false, error: { code, message, details: { ...details } }, request_id: requestId }
    } finally {
      opened?.reporter.answered('rpc', status, started, () => metricsOf(this.env), background)
    }
  }

  async #answer(
    request: GetFeatures,
    { isolate, settings }: Opened,
    background: Background,
  ): Promise<FeaturesAnswered> {
    const asked = readAsked(request)
    demandBinding(this.ctx.props, asked)
    const surface = new PickedAnswer(asked)
    const { bookmark } = await serve({ isolate, background, now: settings.now() }, { ...asked, surface })
    return featuresOf(surface.picked, { format: asked.format, shares: asked.shared !== null, bookmark })
  }
}
