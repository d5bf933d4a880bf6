/** What a caller in the same account asks with: the fields of `POST /v1/features`, and what are headers there. */
import * as z from 'zod'
import type { FeaturesRequest } from '../../registry/wire/features.ts'
import { parseWith } from '../http/body.ts'
import { isBookmark } from '../serving/bookmark.ts'
import { readRequest } from '../serving/request.ts'
import type { Asked } from '../serving/serve.ts'

const revision = z.int('it is no revision number').min(0).optional()

const where = z.object({
  revision,
  min_revision: revision,
  bookmark: z.string().refine(isBookmark, 'it is no bookmark; send back what an answer said').optional(),
})

export interface GetFeatures extends FeaturesRequest {
  /** Answer from exactly this retained revision. */
  revision?: number | undefined
  /** Answer from this revision or a later one. */
  min_revision?: number | undefined
  /** Of a push or of an earlier answer: what was written by then is seen. */
  bookmark?: string | undefined
}

/** @throws ShorelineError MALFORMED naming the field, or TOO_LARGE */
export function readAsked(sent: unknown): Asked {
  if (typeof sent !== 'object' || sent === null) return readRequest(sent)
  const { revision: pinned, min_revision: least, bookmark: after, ...request } = { ...sent, ...parseWith(where, sent) }
  return {
    ...readRequest(request),
    ...(pinned === undefined ? {} : { revision: pinned }),
    ...(least === undefined ? {} : { minRevision: least }),
    ...(after === undefined ? {} : { after }),
  }
}
