/**
 * A block on its way in is refused unless it is exactly the one its place says, undamaged, with only keys of its partition: what
 * is online can then be trusted by its checksum alone.
 */
import {
  FIRST_FEATURE,
  isTombstone,
  parseBlock,
  readIdentity,
  type StoredRow,
  type Tombstone,
} from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import { UPLOAD_BLOCKS } from '../../core/limits.ts'
import { partitionOf } from '../../core/partition.ts'
import type { Run } from '../../registry/repository.ts'

/** As far as it can be told without the view's types: what is none makes answers that are no JSON, or none at all. */
function isStoredRow(row: unknown): row is StoredRow {
  if (!Array.isArray(row) || row.length <= FIRST_FEATURE) return false
  const [key, event, ...values] = row
  return typeof key === 'string' && Number.isInteger(event) && values.every(isStoredValue)
}

function isStoredValue(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) // digits like 1e999 are read as Infinity
  return typeof value !== 'object' || value === null || (Array.isArray(value) && value.every(isStoredValue))
}

/** The consecutive blocks of a body, one a line, each checked. @throws ShorelineError INVALID or MALFORMED */
export function readBlocks(body: string, run: Run, first: number): readonly string[] {
  const texts = body.split('\n').filter((line) => line !== '')
  if (texts.length === 0 || texts.length > UPLOAD_BLOCKS)
    throw new ShorelineError('MALFORMED', `${texts.length} blocks in the body; send 1 to ${UPLOAD_BLOCKS}, one a line.`)
  for (const [index, text] of texts.entries()) checkBlock(text, run, first + index)
  return texts
}

function checkBlock(text: string, run: Run, block: number): void {
  const blocks = run.blocks ?? 0
  if (block >= blocks + run.filters)
    throw new ShorelineError('INVALID', `block ${block} is beyond the ${blocks + run.filters} of run ${run.id}.`)
  if (!readIdentity(text)) throw new ShorelineError('MALFORMED', `line of block ${block}: not a block.`)
  try {
    const rows = parseBlock(text, { view: run.view, run: run.id, block, blocks })
    if (block >= blocks) {
      checkFilter(rows, block)
      return
    }
    const keys = new Set<string>()
    const width = rows.find((row) => !isTombstone(row))?.length
    for (const [at, row] of rows.entries()) {
      if (!(run.kind === 'overlay' && isTombstoneRow(row)) && !(isStoredRow(row) && row.length === width))
        throw new ShorelineError(
          'INVALID',
          `block ${block}: rows[${at}] is no row. It takes a key, an event timestamp in microseconds and a stored value per feature.`,
        )
      if (partitionOf(row[0], blocks) !== block)
        throw new ShorelineError(
          'INVALID',
          `block ${block} holds ${JSON.stringify(row[0])}, a key of another partition.`,
        )
      if (keys.has(row[0]))
        throw new ShorelineError('INVALID', `block ${block} has the key ${JSON.stringify(row[0])} twice.`)
      keys.add(row[0])
    }
  } catch (thrown) {
    // Here the block comes from the caller: a damaged one is the caller's to send again, not a store that failed.
    throw thrown instanceof ShorelineError
      ? new ShorelineError('INVALID', thrown.message, thrown.details)
      : new ShorelineError('MALFORMED', `block ${block}: its rows are not JSON.`)
  }
}

function isTombstoneRow(row: unknown): row is Tombstone {
  return Array.isArray(row) && row.length === 1 && typeof row[0] === 'string'
}

function checkFilter(rows: readonly unknown[], block: number): void {
  const [row] = rows
  const text = Array.isArray(row) && rows.length === 1 && row.length === 1 ? row[0] : null
  if (typeof text !== 'string' || !/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new ShorelineError('INVALID', `block ${block} is of the filter: its one row is one text of base64.`)
}
