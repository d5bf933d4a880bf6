/**
 * Columns of the spine that no feature reads pass through as they are. Some types of DuckDB would not: Parquet, through which
 * every training set goes, makes a DOUBLE of a HUGEINT. Those are refused by name, before anything is computed.
 */
import { ShorelineError } from '../../core/errors.ts'
import type { TrainingOptions } from '../../registry/training.ts'
import type { SetColumn } from './columns.ts'

/** What Parquet rounds, shifts or gives another form. */
const CHANGED = /\bU?HUGEINT\b|\bINTERVAL\b|\bTIME WITH TIME ZONE\b|\bUNION\(/
/** What has an Arrow type that keeps every value and that data frames read. */
const ARROW =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|JSON|BLOB|UUID|DATE|TIME|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|ENUM\(.*\))(\[\d*\])*$/s

const CAST: Readonly<Record<string, string>> = {
  HUGEINT: 'bigint or decimal(38, 0)',
  UHUGEINT: 'bigint or decimal(38, 0)',
  INTERVAL: 'a number, as epoch_us(…) does',
  'TIME WITH TIME ZONE': 'time',
}

/** @throws ShorelineError INVALID naming the column and the cast */
export function checkPassed(
  columns: readonly Pick<SetColumn, 'name' | 'type' | 'is'>[],
  format: TrainingOptions['format'],
): void {
  for (const { name, type, is } of columns) {
    if (is !== 'passed') continue
    const changed = CHANGED.test(type)
    if (!changed && (format !== 'arrow' || ARROW.test(type))) continue
    const shown = type.length > SHOWN ? `${type.slice(0, SHOWN)}…` : type
    const why = changed
      ? 'of which no file of a training set keeps every value'
      : 'which has no Arrow type that data frames read'
    throw new ShorelineError(
      'INVALID',
      `the spine's column ${name} is ${shown}, ${why}. Cast it in the spine to ${CAST[type] ?? (changed ? 'another type' : 'varchar or JSON')}, or leave it out${changed ? '' : ', or write Parquet'}.`,
      { column: name },
    )
  }
}

const SHOWN = 40
