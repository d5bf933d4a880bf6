/**
 * A deployment that takes every block and keeps none, so that a run is measured as it is, but for the Worker: it says what is
 * online, counts what comes, and keeps a few blocks to see what reading them costs.
 */
import { readIdentity } from '../../core/block.ts'
import type { ComputedRequest, OnlineRuns, StartRunRequest } from '../../registry/wire/control.ts'
import { type Control, controlOf } from '../../sync/control.ts'

export interface Recorder {
  readonly control: Control
  /** Nothing is online yet, or the base that a run before this one published. */
  readonly found: () => Recorded
}

export interface Recorded {
  readonly blocks: number
  readonly bytes: number
  readonly computed: ComputedRequest
  /** Blocks of rows. */
  readonly sample: readonly string[]
  /** Blocks of a filter. */
  readonly filterSample: readonly string[]
  /** What the next run finds online when this one wrote a base. */
  readonly online: OnlineRuns
}

const SAMPLED = 64
/** Nothing is asked there: what is not answered below is a mistake of the benchmark. */
const NOWHERE = 'http://127.0.0.1:9'

/** @param online what an earlier run left @param asOf microseconds since the epoch */
export function recorder(online: OnlineRuns | null, asOf: number): Recorder {
  const snapshot = (online?.snapshot ?? 0) + 1
  const run = `${snapshot}-000000000000`
  let request: StartRunRequest | undefined
  let computed: ComputedRequest | undefined
  let blocks = 0
  let bytes = 0
  const sample: string[] = []
  const filterSample: string[] = []
  const keep = (text: string): void => {
    const identity = readIdentity(text)
    const kept = identity && identity.block >= identity.blocks ? filterSample : sample
    // A slice would keep the whole body.
    if (kept.length < SAMPLED) kept.push(Buffer.from(text).toString())
  }
  const control: Control = {
    ...controlOf({ url: NOWHERE }),
    // No feature is tagged as sensitive: statistics are of all of them.
    lineage: async () => ({ registry: 1, nodes: [], edges: [] }),
    quarantine: async () => ({ objects: [] }),
    async startRun(asked) {
      request = asked
      const began = { view: asked.view, snapshot, run, store: 'kv', as_of: asOf, online } as const
      return { outcome: 'started', ...began, computed: null, uploaded: [] }
    },
    renewLease: async () => ({ run, expires_at: new Date(Date.now() + 60_000).toISOString() }),
    async computed(_run, said) {
      computed = said
    },
    async upload(_run, _first, body) {
      const lines = body.split('\n')
      blocks += lines.length
      bytes += body.length
      keep(lines[0] ?? '')
      keep(lines.at(-1) ?? '')
    },
    publish: async () => ({ revision: snapshot, held: [], seen_everywhere_within_seconds: 60 }),
    report: async () => {},
  }
  return {
    control,
    found() {
      if (!request || !computed) throw new Error('the run did not come to its end')
      const left = onlineAfter(request, computed, { snapshot, run, asOf })
      return { blocks, bytes, computed, sample, filterSample, online: left }
    },
  }
}

function onlineAfter(
  { sources }: StartRunRequest,
  computed: ComputedRequest,
  { snapshot, run, asOf }: { readonly snapshot: number; readonly run: string; readonly asOf: number },
): OnlineRuns {
  const { rows, blocks, watermark, next_event, parts, statistics } = computed
  return {
    snapshot,
    rows,
    watermark,
    next_event,
    as_of: asOf,
    whole: true,
    sources,
    statistics: statistics ?? null,
    base: { snapshot, pointer: { store: 'kv', run, blocks }, filters: 0, rows, parts },
    overlay: null,
    overlay_blocks: 0,
    history: [{ at: new Date(asOf / 1000).toISOString(), rows, changed: rows }],
  }
}
