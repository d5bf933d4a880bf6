/**
 * A native answer as an Arrow IPC stream: one record batch, one column a feature in the order of the service. With full metadata
 * every feature has a second column, `<feature>__status`, behind all features: no feature's name ends so, because names have no
 * `__` but the one that full names put behind the role. What is not a value is metadata of the schema.
 */
import { featureStatus } from '../../registry/wire/answers/features.ts'
import type { ReadyColumn } from '../serving/column.ts'
import type { Picked, PickedColumn } from '../serving/picked.ts'
import { type ArrayWriter, arrayWriter, writeNumbered } from './columns.ts'
import type { Table } from './flatbuffer.ts'
import { Batch, dictionaryBatch, recordBatch, schemaMessage, streamOf } from './stream.ts'
import { dictionaryField, fieldOf } from './types.ts'

export const ARROW_TYPE = 'application/vnd.apache.arrow.stream'

/** All status columns share it. */
const STATUS_DICTIONARY = 0
const STATUSES = featureStatus.options
const STATUS_NUMBERS: ReadonlyMap<string, number> = new Map(STATUSES.map((status, number) => [status, number]))

export function arrowStream(picked: Picked): Uint8Array<ArrayBuffer> {
  const { rowCount, columns } = picked
  const batch = new Batch()
  const fields: Table[] = []
  for (const one of columns) {
    const { field, write } = formOf(one.column)
    fields.push(field)
    write(forEveryRow(one, one.values, rowCount), batch)
  }
  const full = typeof picked.metadata?.statuses === 'string'
  if (full)
    for (const one of columns) {
      fields.push(dictionaryField(`${one.column.name}__status`, STATUS_DICTIONARY))
      const numbers = one.statuses().map((status) => STATUS_NUMBERS.get(status) ?? 0)
      writeNumbered(forEveryRow(one, numbers, rowCount), batch)
    }
  return streamOf([
    schemaMessage(fields, metadataOf(picked)),
    ...(full ? [dictionaryBatch(STATUS_DICTIONARY, STATUSES.length, statusTexts())] : []),
    recordBatch(rowCount, batch),
  ])
}

/** A table has a value in every row: what rows share is repeated. */
function forEveryRow<T>({ once }: PickedColumn, values: readonly T[], rows: number): readonly T[] {
  const [first] = values
  return once && first !== undefined ? new Array<T>(rows).fill(first) : values
}

function metadataOf({ bound, degraded, metadata }: Picked): readonly (readonly [string, string])[] {
  const { plan, head } = bound
  return [
    ...(plan.lasting ? [['service', plan.id] as const] : []),
    ['revision', String(head.revision)],
    ['degraded', String(degraded)],
    ...(metadata === null ? [] : [['issues', metadata.issues] as const, ['views', metadata.views] as const]),
    ...(metadata?.inputStatuses ? [['input_statuses', metadata.inputStatuses] as const] : []),
  ]
}

function statusTexts(): Batch {
  const texts = new Batch()
  arrayWriter({ kind: 'string' })(STATUSES, texts)
  return texts
}

interface Form {
  readonly field: Table
  readonly write: ArrayWriter
}

/** Columns live as long as their plan does. */
const forms = new WeakMap<ReadyColumn, Form>()

function formOf(column: ReadyColumn): Form {
  const known = forms.get(column)
  if (known) return known
  const form = { field: fieldOf(column.name, column.type), write: arrayWriter(column.type) }
  forms.set(column, form)
  return form
}
