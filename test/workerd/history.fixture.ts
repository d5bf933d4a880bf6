/** A deployment with a past: bases and overlays published over HTTP as a sync does, with a head that is written at once. */

import { toBase64 } from '../../core/base64.ts'
import { writeBlock } from '../../core/block.ts'
import { addToFilter } from '../../core/filter.ts'
import { md5Words } from '../../core/md5.ts'
import { partitionOf } from '../../core/partition.ts'
import { Repository } from '../../registry/repository.ts'
import type { OnlineRuns, PublishAnswer, StartRunAnswer } from '../../registry/wire/control.ts'
import type { Env } from '../../worker/env.ts'
import type { Publisher } from '../../worker/publishing/publish.ts'
import type { Written } from '../../worker/publishing/settle.ts'
import { SingleWriter } from '../../worker/publishing/single-writer.ts'
import { kvWriter } from '../../worker/stores.ts'
import { ADMIN_KEY, type Answer, bindings, type Guarded, guarded } from './guarded.fixture.ts'

/** The writer of the head as the Durable Object runs it, without its pause of a second between two heads. */
export function writerAtOnce(): Publisher & Pick<SingleWriter, 'prepare'> {
  let written: Written | undefined
  let armed = 0
  return new SingleWriter({
    truth: new Repository(bindings.DB),
    kv: kvWriter(bindings.KV),
    now: () => Date.now(),
    wait: async () => {},
    load: async () => written,
    save: async (next) => {
      written = next
    },
    loadArmed: async () => armed,
    arm: async (until) => {
      armed = until
    },
    setAlarm: async () => {},
  })
}

export function deploymentAtOnce(vars: Partial<Record<keyof Env, unknown>> = {}): Guarded {
  const writer = writerAtOnce()
  return guarded({ HEAD_WRITER: { idFromName: () => 'head', get: () => writer }, ...vars })
}

export interface SourceObject {
  readonly uri: string
  readonly etag: string
}

type Started = Extract<StartRunAnswer, { run: string }>

/** Keys and the value that each has in the one feature of a view; null for a row that is gone. */
export type Values = Readonly<Record<string, string | null>>

export class Operator {
  readonly deployment: Guarded
  readonly #blocks: number

  /** @param blocks of every base */
  constructor(deployment: Guarded, blocks = 2) {
    this.deployment = deployment
    this.#blocks = blocks
  }

  ask(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<Answer> {
    return this.deployment.call(path, { method, key: ADMIN_KEY, ...(body === undefined ? {} : { body }) })
  }

  /** @throws when it is refused */
  async get<T>(path: string, body?: unknown, method?: string): Promise<T> {
    const { status, text, json } = await this.ask(path, body, method)
    if (status !== 200) throw new Error(`${path}: ${text}`)
    return json as T
  }

  async start(view: string, sources: readonly SourceObject[], more: object = {}): Promise<Started> {
    const pins = sources.map(({ uri, etag }) => ({ uri, etag, size: 1 }))
    return this.get<Started>('/v1/runs', { view, sources: pins, full: true, ...more })
  }

  /** A base with all blocks of it. */
  async base(view: string, sources: readonly SourceObject[], values: Values = {}): Promise<Started> {
    const started = await this.start(view, sources)
    const rows = Object.keys(values).length
    await this.computed(started, { kind: 'base', rows, changed: rows, stored: rows, blocks: this.#blocks, filters: 0 })
    await this.upload(started, baseTexts(started, this.#blocks, values))
    return started
  }

  /** An overlay of one block and one filter on the base that is online. */
  async overlay(view: string, sources: readonly SourceObject[], values: Values): Promise<Started> {
    const started = await this.start(view, sources)
    const stored = Object.keys(values).length
    const { base, rows } = started.online as OnlineRuns
    const counts = { rows, changed: stored, stored, blocks: 1, filters: 1 }
    await this.computed(started, { kind: 'overlay', ...counts, base_snapshot: base.snapshot })
    await this.upload(started, overlayTexts(started, values))
    return started
  }

  async computed({ run, view, snapshot }: Started, what: object): Promise<void> {
    const parts = [`_shoreline/snapshots/${view}/${snapshot}/part-0.parquet`]
    await this.get(`/v1/runs/${run}/computed`, { watermark: 0, next_event: null, parts, ...what })
    for (const part of parts) await bindings.LAKE.put(part, `rows of ${run}`)
  }

  async upload({ run }: Started, texts: readonly string[]): Promise<void> {
    await this.get(`/v1/runs/${run}/blocks/0`, texts.join('\n'), 'PUT')
  }

  publish(...runs: readonly Started[]): Promise<PublishAnswer> {
    return this.get('/v1/publish', { runs: runs.map(({ run }) => run) })
  }

  /** A base, published. */
  async publishBase(view: string, sources: readonly SourceObject[], values: Values = {}): Promise<Started> {
    const started = await this.base(view, sources, values)
    await this.publish(started)
    return started
  }

  async publishOverlay(view: string, sources: readonly SourceObject[], values: Values): Promise<Started> {
    const started = await this.overlay(view, sources, values)
    await this.publish(started)
    return started
  }
}

/** The texts of a base's blocks, in order. */
export function baseTexts({ view, run }: Pick<Started, 'view' | 'run'>, blocks: number, values: Values): string[] {
  return Array.from({ length: blocks }, (_, block) => {
    const rows = Object.entries(values).filter(([key]) => partitionOf(key, blocks) === block)
    return writeBlock({ view, run, block, blocks }, JSON.stringify(rows.map(([key, value]) => [key, 0, value])))
  })
}

/** One block of rows and tombstones, and one of a filter. */
export function overlayTexts({ view, run }: Pick<Started, 'view' | 'run'>, values: Values): readonly string[] {
  const rows = Object.entries(values).map(([key, value]) => (value === null ? [key] : [key, 0, value]))
  const bits = new Uint8Array(64)
  for (const key of Object.keys(values)) {
    const [, b, c] = md5Words(key)
    addToFilter(bits, b, c)
  }
  return [
    writeBlock({ view, run, block: 0, blocks: 1 }, JSON.stringify(rows)),
    writeBlock({ view, run, block: 1, blocks: 1 }, JSON.stringify([[toBase64(bits)]])),
  ]
}
