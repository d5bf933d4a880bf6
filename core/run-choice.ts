/**
 * How the rows of a snapshot go online: as a base, which writes every block, or as an overlay on the base that is online, which
 * writes what differs from it; and in blocks of which size. All of it is arithmetic over counts, the same for a sync, for its dry
 * run and for a benchmark.
 *
 * When to write a new base is the old question whether to rent or to buy (Karlin et al., 1988): an overlay on the same base
 * grows with every sync, so a base is written once the overlays of the last one have cost as much as a base does. That is never
 * worse than twice the best schedule, and where every sync changes as many rows it is the best one.
 */
import { dollarsPerBlock, PRICES } from './cost.ts'
import { FILTER_BITS_PER_KEY, filterBlocks } from './filter.ts'
import { BASE_BLOCK_BYTES, BLOCK_BYTES, BLOCK_ROWS, OVERLAY_BLOCK_BYTES } from './limits.ts'
import { MAX_PARTITIONS } from './partition.ts'

export type StoreName = 'kv' | 'd1'

export interface Sizes {
  /** Bytes of text of a block of a base. */
  readonly base: number
  /** Of an overlay. */
  readonly overlay: number
}

export interface RunCounts {
  readonly store: StoreName
  /** Rows of the new snapshot. */
  readonly rows: number
  /** Bytes of one row's text in a block, on average. */
  readonly rowBytes: number
  /** What is online; null when nothing is, or nothing that an overlay could lie on. */
  readonly online: {
    /** Rows that differ from the snapshot online, tombstones included. */
    readonly changed: number
    /** Rows that differ from its base: what an overlay would hold. */
    readonly differing: number
    /** Blocks that the overlays of that base have written so far, filters included. */
    readonly overlayBlocks: number
  } | null
  /** What the last runs changed, newest first, this one not included. */
  readonly history: readonly { readonly at: number; readonly rows: number; readonly changed: number }[]
  /** Runs a month that the view's schedule means; null without one. */
  readonly runsPerMonth: number | null
  /** Write a base, whatever an overlay would cost. */
  readonly full?: boolean
}

export interface RunChoice {
  readonly kind: 'base' | 'overlay'
  /** Blocks of rows; 0 when nothing differs from what is online. */
  readonly blocks: number
  /** Blocks of an overlay's filter. */
  readonly filters: number
  readonly blockBytes: number
  /** A sentence with the figures that decided it. */
  readonly reason: string
}

/** How many blocks so many rows need. @param rowBytes of one row's text, on average @param blockBytes of one block's */
export function blocksFor(rows: number, rowBytes: number, blockBytes: number): number {
  const rowsPerBlock = Math.max(BLOCK_ROWS, blockBytes / rowBytes)
  return Math.min(MAX_PARTITIONS, Math.max(1, Math.ceil(rows / rowsPerBlock)))
}

/** Blocks of an overlay, those of its filter included. */
function overlayWrites(rows: number, rowBytes: number, blockBytes: number): number {
  return rows === 0 ? 0 : blocksFor(rows, rowBytes, blockBytes) + filterBlocks(rows)
}

export function chooseRun(counts: RunCounts): RunChoice {
  const { rows, rowBytes, online, full } = counts
  const sizes = chooseSizes(counts)
  const base = (reason: string): RunChoice => ({
    kind: 'base',
    blocks: blocksFor(rows, rowBytes, sizes.base),
    filters: 0,
    blockBytes: sizes.base,
    reason,
  })
  if (full) return base('--full was given')
  if (!online) return base('there is no base to compare with')
  if (online.changed === 0)
    return { kind: 'overlay', blocks: 0, filters: 0, blockBytes: sizes.overlay, reason: 'no row changed' }
  const baseBlocks = blocksFor(rows, rowBytes, sizes.base)
  // The base itself is online: an overlay without rows says so.
  const blocks = blocksFor(online.differing, rowBytes, sizes.overlay)
  const filters = filterBlocks(online.differing)
  const writes = blocks + filters
  const spent = online.overlayBlocks + writes
  const figures = `an overlay of ${online.differing} rows takes ${writes} blocks, ${online.overlayBlocks} were written on this base before, and a base takes ${baseBlocks}`
  if (spent > baseBlocks) return base(figures)
  return { kind: 'overlay', blocks, filters, blockBytes: sizes.overlay, reason: figures }
}

const BASE_SIZES = [BLOCK_BYTES, 2 * BLOCK_BYTES, BASE_BLOCK_BYTES]
const OVERLAY_SIZES = [BASE_BLOCK_BYTES, 2 * BASE_BLOCK_BYTES, OVERLAY_BLOCK_BYTES]

/**
 * The sizes with which a month costs least: what is written and deleted again, what lies there, and what reading costs. The
 * default, 4 KB, where it is not known how often the view is materialized.
 */
export function chooseSizes(
  counts: Pick<RunCounts, 'store' | 'rows' | 'rowBytes' | 'history' | 'runsPerMonth' | 'online'>,
): Sizes {
  const runs = counts.runsPerMonth ?? observedRuns(counts.history)
  if (runs === null) return { base: BLOCK_BYTES, overlay: OVERLAY_BLOCK_BYTES }
  const share = changeShare(counts)
  let best: { readonly sizes: Sizes; readonly cost: number } | undefined
  for (const base of BASE_SIZES)
    for (const overlay of OVERLAY_SIZES) {
      const sizes = { base, overlay }
      const cost = monthCost({ ...counts, sizes, runs: Math.max(1, Math.round(runs)), share })
      if (!best || cost < best.cost) best = { sizes, cost }
    }
  return best?.sizes ?? { base: BLOCK_BYTES, overlay: OVERLAY_BLOCK_BYTES }
}

const MONTH_MS = 30 * 24 * 3_600_000
/** Of a view that has not been materialized often enough to tell. */
const UNKNOWN_SHARE = 0.01

function observedRuns(history: RunCounts['history']): number | null {
  const [newest] = history
  const oldest = history.at(-1)
  if (!newest || !oldest || history.length < 3) return null
  const each = (newest.at - oldest.at) / (history.length - 1)
  return each > 0 ? MONTH_MS / each : null
}

function changeShare({ history, online, rows }: Pick<RunCounts, 'history' | 'online' | 'rows'>): number {
  const shares = history.flatMap((run) => (run.rows > 0 ? [Math.min(1, run.changed / run.rows)] : []))
  // The first run changes everything and tells nothing.
  const known = [...(online && rows > 0 ? [Math.min(1, online.changed / rows)] : []), ...shares.slice(0, -1)]
  if (known.length === 0) return UNKNOWN_SHARE
  return known.reduce((sum, one) => sum + one, 0) / known.length
}

/** What a view's rows are read in a month beyond memory, each once: the reads that a larger block makes dearer. */
const READS_PER_ROW_AND_MONTH = 1
/** CPU milliseconds a byte: 9 us for 4 KB are parsed and checked in an isolate. */
const PARSE_MS_PER_BYTE = 0.009 / 4096

export interface Month {
  readonly store: StoreName
  readonly rows: number
  readonly rowBytes: number
  readonly sizes: Sizes
  readonly runs: number
  /** Share of the rows that a run changes. */
  readonly share: number
}

/** Blocks that a month of runs writes by the rule above, a first base included, when each changes the same share at random. */
export function monthWrites({ rows, rowBytes, sizes, runs, share }: Omit<Month, 'store'>): number {
  const base = blocksFor(rows, rowBytes, sizes.base)
  let writes = base
  let spent = 0
  let same = 1 // share of the rows that are as they are in the base
  for (let run = 1; run < runs; run++) {
    same *= 1 - share
    const overlay = overlayWrites(Math.round(rows * (1 - same)), rowBytes, sizes.overlay)
    if (spent + overlay > base) {
      writes += base
      spent = 0
      same = 1
    } else {
      writes += overlay
      spent += overlay
    }
  }
  return writes
}

/** Dollars. */
export function monthCost(month: Month): number {
  const { store, rows, rowBytes, sizes, share } = month
  const reads = rows * READS_PER_ROW_AND_MONTH
  // Of keys that changed since the base, both are read; a filter keeps the others from asking the overlay.
  const read = sizes.base + Math.min(1, share * 20) * sizes.overlay
  return (
    monthWrites(month) * dollarsPerBlock(store) +
    rows * (rowBytes + FILTER_BITS_PER_KEY / 6) * (store === 'kv' ? PRICES.kvByteMonth : PRICES.d1ByteMonth) +
    reads * read * PARSE_MS_PER_BYTE * PRICES.cpuMs
  )
}
