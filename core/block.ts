/**
 * A block: the rows of all keys of one partition of one run, as JSON text (docs/storage.md).
 *
 * `{"format":1,"view":"airport_delays@1","run":"7-3fa9c1d2","block":3,"blocks":15,"md5":"…","rows":[["SFO",994000000000000,412,…],…]}`
 *
 * `md5` is over the text of the rows array, brackets included, and `rows` comes last: whoever writes blocks needs only
 * string concatenation, and whoever reads them finds the text again without printing it anew.
 */
import { ShorelineError } from './errors.ts'
import { md5Hex } from './md5.ts'
import type { StoredValue } from './values.ts'

export const BLOCK_FORMAT = 1

/** Which block this is; a reader refuses any other. */
export interface BlockIdentity {
  /** `view@version` */
  readonly view: string
  readonly run: string
  readonly block: number
  /** How many blocks the run has. */
  readonly blocks: number
}

/** The key, the event timestamp in microseconds, then one stored value per feature in the view's order. */
export type StoredRow = readonly [key: string, eventTimestamp: number, ...values: StoredValue[]]

/** In a block of an overlay: the base's row of this key is gone. */
export type Tombstone = readonly [key: string]

export function isTombstone(row: StoredRow | Tombstone): row is Tombstone {
  return row.length === 1
}

/** Where the features start in a stored row. */
export const FIRST_FEATURE = 2

const ROWS = ',"rows":'

/** Writes a block; the sync does the same in SQL. `rows` is the text of the rows array, brackets included. */
export function writeBlock(identity: BlockIdentity, rows: string): string {
  const { view, run, block, blocks } = identity
  return `{"format":${BLOCK_FORMAT},"view":"${view}","run":"${run}","block":${block},"blocks":${blocks},"md5":"${md5Hex(rows)}"${ROWS}${rows}}`
}

/**
 * Parses and checks a block.
 * @throws ShorelineError UNAVAILABLE when the text is not exactly the block asked for: another identity or format, or damaged
 */
export function parseBlock(text: string, expected: BlockIdentity): readonly (StoredRow | Tombstone)[] {
  const start = text.indexOf(ROWS)
  const header = start < 0 ? null : parseHeader(`${text.slice(0, start)}}`)
  if (!header) throw damaged(expected, 'it has no header')
  if (header['format'] !== BLOCK_FORMAT)
    throw damaged(expected, `its format is ${String(header['format'])}, this reader knows ${BLOCK_FORMAT}`)
  for (const field of ['view', 'run', 'block', 'blocks'] as const)
    if (header[field] !== expected[field]) throw damaged(expected, `it says ${field} ${String(header[field])}`)
  const rows = text.slice(start + ROWS.length, -1)
  if (!text.endsWith(']}') || md5Hex(rows) !== header['md5'])
    throw damaged(expected, 'its checksum does not match its rows')
  return JSON.parse(rows) as readonly (StoredRow | Tombstone)[]
}

/** The identity a block claims, unchecked beyond its shape; null when there is none. */
export function readIdentity(text: string): BlockIdentity | null {
  const start = text.indexOf(ROWS)
  const header = start < 0 ? null : parseHeader(`${text.slice(0, start)}}`)
  if (!header) return null
  const { view, run, block, blocks } = header
  return typeof view === 'string' && typeof run === 'string' && isCount(block) && isCount(blocks)
    ? { view, run, block, blocks }
    : null
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function parseHeader(text: string): Record<string, unknown> | null {
  try {
    const header: unknown = JSON.parse(text)
    return typeof header === 'object' && header !== null ? { ...header } : null
  } catch {
    return null
  }
}

function damaged(expected: BlockIdentity, why: string): ShorelineError {
  return new ShorelineError(
    'UNAVAILABLE',
    `block ${expected.block} of ${expected.view}, run ${expected.run}, cannot be used: ${why}.`,
    {
      view: expected.view,
      run: expected.run,
      block: expected.block,
    },
  )
}
