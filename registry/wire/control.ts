/** The control plane's requests and answers: what the sync and operators send, and what they get back. */
import * as z from 'zod'
import { parseReference } from '../../core/name.ts'

const viewName = z
  .string()
  .refine((text) => parseReference(text) !== null, 'is not the name of a view, nor view@version')
const micros = z.int()

export const startRunRequest = z.strictObject({
  view: viewName,
  /** The source objects that the run will read, pinned. */
  sources: z.array(z.strictObject({ uri: z.string(), etag: z.string(), size: z.int().min(0) })),
  /** Microseconds since the epoch; without it the deployment's clock. */
  as_of: micros.optional(),
  /** Start a new run even when nothing changed. */
  full: z.boolean().optional(),
})
export type StartRunRequest = z.infer<typeof startRunRequest>

/** What the sync is to do. */
export type StartRunAnswer =
  | { readonly outcome: 'unchanged'; readonly view: string; readonly snapshot: number; readonly revision: number }
  | {
      readonly outcome: 'started' | 'resumed'
      readonly view: string
      readonly snapshot: number
      readonly run: string
      /** Microseconds since the epoch. */
      readonly as_of: number
      /** Of a resumed run whose rows are in the lake already. */
      readonly computed: ComputedRequest | null
      /** Ranges of blocks that are in KV already. */
      readonly uploaded: readonly { readonly first: number; readonly count: number }[]
    }

export const computedRequest = z.strictObject({
  rows: z.int().min(0),
  blocks: z.int().min(1),
  watermark: micros.nullable(),
  next_event: micros.nullable(),
  parts: z.array(z.string()),
})
export type ComputedRequest = z.infer<typeof computedRequest>

export const failRunRequest = z.strictObject({ error: z.string().max(10_000) })

export const publishRequest = z.strictObject({ runs: z.array(z.string()).min(1).max(1000) })
export interface PublishAnswer {
  readonly revision: number
  /** Runs of held views: computed and kept, not published. */
  readonly held: readonly string[]
  /** After this many seconds every location answers from this revision or a later one. */
  readonly seen_everywhere_within_seconds: number
}

export const rollbackRequest = z.strictObject({
  views: z.array(viewName).min(1),
  /** A snapshot number; without it the one before the snapshot being served. */
  to: z.int().min(1).optional(),
})
export const resumeRequest = z.strictObject({ views: z.array(viewName).min(1) })
export interface RollbackAnswer extends PublishAnswer {
  readonly views: readonly { readonly view: string; readonly from: number; readonly to: number }[]
}

/** `GET /v1/head`, with the deployment's clock, so that a sync means the same instant by "now". */
export interface HeadAnswer {
  readonly revision: number
  readonly registry: number
  /** RFC 3339. */
  readonly now: string
  readonly views: Readonly<
    Record<
      string,
      {
        readonly snapshot: number
        readonly rows: number
        readonly blocks: number
        readonly watermark: string | null
        readonly held: boolean
      }
    >
  >
}

export interface SnapshotsAnswer {
  readonly view: string
  readonly snapshots: readonly {
    readonly snapshot: number
    readonly rows: number
    readonly watermark: string | null
    readonly revision: number
    readonly created_at: string
    readonly online: boolean
  }[]
}
