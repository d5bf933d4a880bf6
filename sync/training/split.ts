/** Which rows of a training set are for training, for validation and for the test. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { parseType } from '../../core/types.ts'
import type { TrainingSplit } from '../../registry/training.ts'
import { query } from '../duckdb.ts'
import { keyExpression, wordExpression } from '../sql/key.ts'
import { literal, timestampLiteral } from '../sql/text.ts'
import { AT, ROW } from './join.ts'
import type { Spine, SpineColumn } from './spine/spine.ts'
import type { Part } from './write.ts'

const NAMES: Readonly<Record<number, readonly string[]>> = {
  2: ['train', 'test'],
  3: ['train', 'validation', 'test'],
}

export interface SplitRequest {
  /** `time:0.8`, `random:0.8/0.1/0.1`: the last share is what is left, and may be said. */
  readonly how: string
  /** Columns whose values stay together, of random; the join keys when left out, every row by itself when empty. */
  readonly by?: readonly string[]
  readonly seed?: number
}

/** @param keys the join keys @throws ShorelineError INVALID */
export function readSplit({ how, by, seed = 0 }: SplitRequest, keys: readonly string[]): TrainingSplit {
  const [, kind, list] = /^(time|random):([0-9./]+)$/.exec(how) ?? []
  const given = list?.split('/').map(Number) ?? []
  const sum = given.reduce((all, share) => all + share, 0)
  const shares = Math.abs(sum - 1) < EPSILON ? given : [...given, 1 - sum]
  if (!kind || shares.some((share) => !(share > 0)) || !NAMES[shares.length])
    throw new ShorelineError(
      'INVALID',
      `--split ${how} is no split. Write time:0.8 or random:0.8/0.1/0.1: two shares are train and test, three train, validation and test, and they add up to 1.`,
    )
  if (kind === 'random') return { kind, shares, by: by ?? keys, seed }
  if (by !== undefined)
    throw new ShorelineError(
      'INVALID',
      '--split-by goes with --split random: rows of one instant stay together anyway.',
    )
  return { kind: 'time', shares, by: [], seed }
}

const EPSILON = 1e-9

/**
 * @param relation SQL of a table with `_row`, `_at` and the spine's columns
 * @throws ShorelineError INVALID where a part would be empty
 */
export async function partsOf(
  db: DuckDBConnection,
  relation: string,
  split: TrainingSplit | null,
  { rows, columns }: Spine,
): Promise<readonly Part[]> {
  if (!split) return [{ name: null, where: null, rows }]
  const names = NAMES[split.shares.length] ?? []
  const bounds = split.shares.slice(0, -1).map((_, at) => split.shares.slice(0, at + 1).reduce((a, b) => a + b, 0))
  const cuts =
    split.kind === 'time'
      ? await instantsAt(db, relation, bounds)
      : bounds.map((bound) => String(Math.round(bound * 2 ** 32)))
  const value = split.kind === 'time' ? AT : hashOf(split, columns)
  const parts = names.map((name, at) => {
    const [from, to] = [cuts[at - 1], cuts[at]]
    const where = [
      ...(from === undefined ? [] : [`${value} >= ${from}`]),
      ...(to === undefined ? [] : [`${value} < ${to}`]),
    ]
    return { name, where: where.join(' and ') }
  })
  const [found] = await query(
    db,
    `select ${parts.map(({ where }, at) => `count(*) filter (where ${where})::varchar as p${at}`).join(', ')} from ${relation} as r`,
  )
  const counted = parts.map((part, at): Part => ({ ...part, rows: Number(found?.[`p${at}`]) }))
  const empty = counted.find((part) => part.rows === 0)
  if (empty)
    throw new ShorelineError(
      'INVALID',
      `--split would leave the part ${empty.name} without a row: ${split.kind === 'time' ? 'too many rows are of one instant' : 'there are too few'}. Choose other shares${split.kind === 'time' ? ', or split by chance' : ''}.`,
    )
  return counted
}

/** Before these instants lies as much of the rows as the bounds say, or less: rows of one instant stay together. */
async function instantsAt(
  db: DuckDBConnection,
  relation: string,
  bounds: readonly number[],
): Promise<readonly string[]> {
  const [row] = await query(
    db,
    `select ${bounds.map((bound, at) => `epoch_us(quantile_disc(${AT}, ${bound}))::varchar as c${at}`).join(', ')} from ${relation} as r`,
  )
  return bounds.map((_, at) => timestampLiteral(Number(row?.[`c${at}`])))
}

/** SQL of 32 bits that rows of the same values share. */
function hashOf({ by, seed }: TrainingSplit, columns: readonly SpineColumn[]): string {
  const found = by.map((name) => {
    const column = columns.find((one) => one.name === name)
    if (column) return column
    throw new ShorelineError(
      'INVALID',
      `--split-by ${name} is no column of the spine, which has ${columns.map((one) => one.name).join(', ')}.`,
    )
  })
  const keys = found.map(({ column, type, is }) => ({
    name: column,
    type: parseType(is === 'key' || is === 'request' ? type : is === 'timestamp' ? 'timestamp' : 'int64'),
  }))
  const text = keys.length === 0 ? `${ROW}::varchar` : `coalesce(${keyExpression(keys)}, '')`
  return wordExpression(`(${literal(`${seed}|`)} || ${text})`, 0)
}
