/** The entity rows of a training set: read by the plan, and put where the join finds them. */
import { ShorelineError } from '../../core/errors.ts'
import type { Values } from '../../core/on-demand/column.ts'
import { PLAN_FORMAT, type Plan } from '../../core/plan.ts'
import { AT, ROW, SPINE } from '../../core/sql/join.ts'
import { identifier } from '../../core/sql/text.ts'
import { parseType, type ValueType } from '../../core/types.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { LakeAnswer } from '../../registry/wire/lake.ts'
import { type ArrowColumn, arrowStream } from './arrow.ts'
import type { Connection } from './engine.ts'
import type { TrainOptions } from './train.ts'
import { arrowOf, kindOf, storedOf, typedColumn } from './values.ts'

export interface SpineColumn {
  readonly name: string
  readonly type: ValueType
  readonly column: string
  readonly values: Values
}

export interface ReadSpine {
  readonly rows: number
  readonly instants: Values
  readonly fields: readonly SpineColumn[]
}

/** @throws ShorelineError INVALID naming the row and the field */
export function readSpine<R extends Readonly<Record<string, unknown>>>(
  { plan, now }: Pick<LakeAnswer, 'plan' | 'now'>,
  { spine, timestamp, service }: Pick<TrainOptions<R>, 'spine' | 'timestamp' | 'service'>,
): ReadSpine {
  if (spine.length === 0) throw new ShorelineError('INVALID', 'The spine has no row.')
  const read = (name: string, type: ValueType, required: boolean): Values =>
    spine.map((row, at) => {
      const value = Object.hasOwn(row, name) ? row[name] : undefined
      const stored = storedOf(`spine[${at}].${name}`, value, type)
      if (value === undefined || (required && stored === null))
        throw new ShorelineError(
          'INVALID',
          `spine[${at}].${name} is ${value === undefined ? 'missing' : 'null'}: ${service} needs it in every row.`,
          { field: name, row: at },
        )
      return stored
    })
  const instants = read(timestamp, { kind: 'timestamp' }, true)
  const later = instants.findIndex((at) => Number(at) > (parseTimestamp(now) ?? Number.POSITIVE_INFINITY))
  if (later >= 0)
    throw new ShorelineError(
      'INVALID',
      `spine[${later}].${timestamp} is later than ${now}, which is now. What will be known then is not known yet: leave such rows out.`,
      { field: timestamp, row: later },
    )
  return {
    rows: spine.length,
    instants,
    fields: fieldsOf(plan).map(({ name, type, key }, at) => {
      const parsed = parseType(type)
      return { name, type: parsed, column: `_p${at}`, values: read(name, parsed, key) }
    }),
  }
}

function fieldsOf(plan: Plan): readonly { readonly name: string; readonly type: string; readonly key: boolean }[] {
  if (plan.format !== PLAN_FORMAT) return plan.fields.map(({ name, type, key }) => ({ name, type, key: key === true }))
  const keys = plan.views.flatMap((view) => view.keys.map(({ name, type }) => ({ name, type, key: true })))
  return [...new Map(keys.map((key) => [key.name, key])).values()]
}

export async function loadSpine(
  connection: Connection,
  { rows, instants, fields }: ReadSpine,
  name: string,
): Promise<void> {
  // json is not joined by, and what is computed from it is computed here.
  const keys = fields.filter(({ type }) => type.kind !== 'json')
  const column = (of: string, type: ValueType, values: Values): ArrowColumn => {
    return { name: of, kind: kindOf(type), values: values.map((value) => arrowOf(value, type)) }
  }
  const all: readonly ArrowColumn[] = [
    { name: ROW, kind: 'int64', values: Array.from({ length: rows }, (_, at) => BigInt(at)) },
    column(AT, { kind: 'timestamp' }, instants),
    ...keys.map((field) => column(field.column, field.type, field.values)),
  ]
  const table = `${name}_spine`
  await connection.insert(table, arrowStream(all, rows), true)
  const selected = keys.map((field) => `${typedColumn(field.column, field.type)} as ${field.column}`)
  await connection.run(
    `create temp table ${SPINE} as select ${[ROW, AT, ...selected].join(', ')} from ${identifier(table)}`,
  )
  await connection.run(`drop table ${identifier(table)}`)
}
