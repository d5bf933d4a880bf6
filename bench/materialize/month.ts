/**
 * A month of hourly syncs, each deciding as the sync does, with the keys that changed drawn at random: which rows differ from
 * the base is known row by row, and no snapshot is computed. What it counts, `monthWrites` only expects.
 */
import { dollarsPerBlock, PRICES } from '../../core/cost.ts'
import { chooseRun, chooseSizes, monthWrites, type RunChoice, type RunCounts } from '../../core/run-choice.ts'
import { runsPerMonth } from '../../registry/definitions/cron.ts'

export const HOURLY = '0 * * * *'
export const RUNS = 30 * 24
const HOUR_MS = 3_600_000
/** How many of its last runs a deployment tells a sync: `worker/publishing/start.ts`. */
const HISTORY = 48
/** `head` and `revision/<n>` are written, and the revision is deleted. */
const HEAD_DOLLARS = 2 * PRICES.kvWrite + PRICES.kvDelete

export interface MonthOf {
  readonly rows: number
  readonly rowBytes: number
  /** Of the rows, how many every run changes. */
  readonly share: number
}

export interface SimulatedMonth extends MonthOf {
  /** The first one included. */
  readonly bases: number
  readonly overlays: number
  /** Blocks of rows, those of the first base included. */
  readonly rowBlocks: number
  readonly filterBlocks: number
  /** What `monthWrites` says of the same month. */
  readonly expected: number
  readonly writesPerChanged: number
  /** Blocks, deleted again when their snapshots are reclaimed. */
  readonly dollars: number
  readonly headDollars: number
  /** A base every hour, in the blocks that are chosen here for a base. */
  readonly withoutOverlaysDollars: number
  /** One key for each entity, overwritten where it is. */
  readonly keyPerEntityDollars: number
  /** Text of a block, on average. */
  readonly baseBlockBytes: number
  readonly overlayBlockBytes: number
  /** Of the rows, how many an overlay holds, on average over the runs. */
  readonly inOverlay: number
  /** Of an overlay's filter, on average. */
  readonly filters: number
}

interface Totals {
  bases: number
  overlays: number
  rowBlocks: number
  filterBlocks: number
  overlayRows: number
  overlayBlocks: number
}

export function simulateMonth(month: MonthOf): SimulatedMonth {
  const { rows, rowBytes, share } = month
  const keys = changingKeys(rows)
  const changed = Math.round(rows * share)
  const counts = { store: 'kv', rows, rowBytes, runsPerMonth: runsPerMonth(HOURLY) } as const
  const history: RunCounts['history'][number][] = [{ at: 0, rows, changed: rows }]
  const first = chooseRun({ ...counts, online: null, history: [] })
  const totals: Totals = {
    bases: 1,
    overlays: 0,
    rowBlocks: first.blocks,
    filterBlocks: 0,
    overlayRows: 0,
    overlayBlocks: 0,
  }
  let spent = 0
  let lastBase = first
  for (let run = 1; run <= RUNS; run++) {
    const differing = keys.change(changed)
    const online = { changed, differing, overlayBlocks: spent }
    const choice = chooseRun({ ...counts, online, history })
    add(totals, choice, differing)
    if (choice.kind === 'base') {
      keys.settle()
      spent = 0
      lastBase = choice
    } else spent += choice.blocks + choice.filters
    history.unshift({ at: run * HOUR_MS, rows, changed })
    history.splice(HISTORY)
  }
  return { ...month, ...summary(month, totals, lastBase, chooseSizes({ ...counts, online: null, history })) }
}

function add(totals: Totals, choice: RunChoice, differing: number): void {
  totals.rowBlocks += choice.blocks
  totals.filterBlocks += choice.filters
  if (choice.kind === 'base') totals.bases++
  else {
    totals.overlays++
    totals.overlayRows += differing
    totals.overlayBlocks += choice.blocks
  }
}

function summary(
  { rows, rowBytes, share }: MonthOf,
  totals: Totals,
  base: RunChoice,
  sizes: ReturnType<typeof chooseSizes>,
): Omit<SimulatedMonth, keyof MonthOf> {
  const { bases, overlays, rowBlocks, filterBlocks, overlayRows, overlayBlocks } = totals
  const changes = RUNS * Math.round(rows * share)
  return {
    bases,
    overlays,
    rowBlocks,
    filterBlocks,
    expected: monthWrites({ rows, rowBytes, sizes, runs: RUNS + 1, share }),
    writesPerChanged: (rowBlocks + filterBlocks) / changes,
    dollars: (rowBlocks + filterBlocks) * dollarsPerBlock('kv'),
    headDollars: RUNS * HEAD_DOLLARS,
    withoutOverlaysDollars: (RUNS + 1) * base.blocks * dollarsPerBlock('kv'),
    keyPerEntityDollars: (rows + changes) * PRICES.kvWrite,
    baseBlockBytes: (rows * rowBytes) / base.blocks,
    overlayBlockBytes: (overlayRows * rowBytes) / Math.max(1, overlayBlocks),
    inOverlay: overlayRows / (rows * RUNS),
    filters: filterBlocks / Math.max(1, overlays),
  }
}

interface ChangingKeys {
  /** Draws so many different keys. @returns how many differ from the base now */
  change(count: number): number
  /** All are as they are in the base: there is a new one. */
  settle(): void
}

/** A bit for every key: a month of ten million entities is a billion draws. */
function changingKeys(rows: number): ChangingKeys {
  const drawn = new Int32Array(Math.ceil(rows / 32))
  const differs = new Int32Array(drawn.length)
  let differing = 0
  let state = SEED
  return {
    change(count) {
      drawn.fill(0)
      for (let left = count; left > 0; ) {
        // xorshift32, its 2^32 - 1 numbers spread over the keys.
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        const key = Math.floor(((state >>> 0) / 2 ** 32) * rows)
        const [word, bit] = [key >>> 5, 1 << (key & 31)]
        const before = drawn[word] ?? 0
        if ((before & bit) !== 0) continue
        drawn[word] = before | bit
        left--
        const other = differs[word] ?? 0
        if ((other & bit) === 0) differing++
        differs[word] = other | bit
      }
      return differing
    },
    settle() {
      differs.fill(0)
      differing = 0
    },
  }
}

const SEED = 20_260_402
