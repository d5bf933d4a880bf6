/**
 * What was pushed to a view, as the lake has it, merged with what is materialized as the Worker merges it: for every feature the
 * newest event wins, of one event the newest created timestamp, then the greater value as text; of the same instant what was
 * pushed before what was materialized; what is not newer than the entity's removal counts as never pushed.
 */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { duckdbType, parseType } from '../../core/types.ts'
import type { FeatureObject, ViewObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { localCopies } from '../lake/cache.ts'
import type { LakeObject } from '../lake/lake.ts'
import { openLake } from '../lake/resolve.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { keyNames, OLDEST } from '../materialize/rows.ts'
import { pushedPrefix } from '../pushed/compact.ts'
import { storedExpression } from '../sql/stored.ts'
import { identifier, literal } from '../sql/text.ts'
import { FROM } from './steps.ts'

export interface PushedFiles {
  readonly objects: readonly LakeObject[]
  /** On this machine. */
  readonly files: readonly string[]
}

/** Null where nobody pushes to the view. */
export async function openPushed(work: Workplace, { push, pushed = [] }: ViewObject): Promise<PushedFiles | null> {
  if (push === undefined || pushed.length === 0) return null
  const lake = openLake(work.bucket, work.lake)
  const objects = (await lake.list(pushedPrefix(push))).filter(({ key }) => key.endsWith('.parquet'))
  const copies = await localCopies(lake, objects, join(work.folder, 'cache'))
  return { objects, files: copies.map(({ path }) => path) }
}

export interface MergeOptions {
  /** A row counts from its creation on only. */
  readonly asKnown: boolean
  /** The position of the view. */
  readonly at: number
}

/**
 * @param batch SQL of a relation as `stepsOf` gives it; null for a view whose rows are only pushed
 * @returns SQL of a relation with the join keys, `_from`, `_event` of the batch row, and for every feature `_f<n>` and its event
 * `_e<n>`; null where there is nothing at all
 */
export async function pushedSteps(
  db: DuckDBConnection,
  view: ViewObject,
  batch: string | null,
  { files }: PushedFiles,
  options: MergeOptions,
): Promise<string | null> {
  const plain =
    batch === null
      ? null
      : `select ${[...keyNames(view), FROM, '_event', ...batchColumns(view)].join(', ')} from ${batch} as b`
  if (files.length === 0) return plain === null ? null : `(${plain})`
  const rows = `_pushed_${options.at}`
  await db.run(`create or replace temp table ${rows} as ${await pushedQuery(db, view, files, options)}`)
  const merged = `_merged_${options.at}`
  await db.run(`create or replace temp table ${merged} as ${mergeQuery(view, batch, rows)}`)
  const keys = keyNames(view)
  if (plain === null || keys.length === 0) return merged
  // Most entities were never pushed.
  const same = keys.map((key) => `b.${key} = p.${key}`).join(' and ')
  return `(${plain} anti join (select distinct ${keys.join(', ')} from ${rows}) as p on ${same} union all by name select * from ${merged})`
}

function batchColumns({ features }: ViewObject): readonly string[] {
  return features.flatMap((_, index) => [`_f${index}`, `_event as _e${index}`])
}

function isPushed({ pushed = [] }: ViewObject, { name }: FeatureObject): boolean {
  return pushed.includes(name)
}

/** Every pushed row: `_from`, `_event`, `_created`, `_deleted`, for every pushed feature whether it is named, its value and its text. */
async function pushedQuery(
  db: DuckDBConnection,
  view: ViewObject,
  files: readonly string[],
  { asKnown }: MergeOptions,
): Promise<string> {
  const from = `read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false, union_by_name = true)`
  const there = new Set((await query(db, `describe select * from ${from}`)).map((one) => String(one['column_name'])))
  const created = `coalesce(created_timestamp, ${OLDEST})`
  const columns = [
    ...view.join_keys.map(
      ({ name, type }) => `${identifier(name)}::${duckdbType(parseType(type))} as ${identifier(name)}`,
    ),
    `${asKnown ? `greatest(event_timestamp, ${created})` : 'event_timestamp'} as ${FROM}`,
    'event_timestamp as _event',
    `${created} as _created`,
    'coalesce(deleted, false) as _deleted',
    ...view.features.flatMap((feature, index) => {
      // Files from before the source had the column do not have it.
      if (!isPushed(view, feature) || !there.has(feature.name)) return []
      const type = parseType(feature.type)
      const value = `${identifier(feature.name)}::${duckdbType(type)}`
      return [
        `list_contains(string_split(named, ','), ${literal(feature.name)}) as _n${index}`,
        `${value} as _f${index}`,
        `coalesce(to_json(${storedExpression(value, type)})::varchar, 'null') as _x${index}`,
      ]
    }),
  ]
  const missing = view.features.flatMap((feature, index) =>
    isPushed(view, feature) && !there.has(feature.name)
      ? [`false as _n${index}`, `null::${duckdbType(parseType(feature.type))} as _f${index}`, `'null' as _x${index}`]
      : [],
  )
  return `select ${[...columns, ...missing].join(', ')} from ${from}`
}

/** Of the entities that were pushed to: a row for every instant from which something else is the newest. */
function mergeQuery(view: ViewObject, batch: string | null, rows: string): string {
  const keys = keyNames(view)
  const same = keys.map((key) => `b.${key} = p.${key}`).join(' and ') || 'true'
  const batchRow = `struct_pack(e := _event, ${view.features.map((_, index) => `f${index} := _f${index}`).join(', ')})`
  const pushed = view.features.flatMap((feature, index) => (isPushed(view, feature) ? [index] : []))
  const noBatch = `struct_pack(e := null::timestamp, ${view.features.map(({ type }, index) => `f${index} := null::${duckdbType(parseType(type))}`).join(', ')})`
  const steps =
    batch === null
      ? `select ${[...keys, FROM].join(', ')}, ${noBatch} as _batch from ${rows} where false`
      : `select ${[...keys, FROM].join(', ')}, ${batchRow} as _batch from ${batch} as b semi join ${rows} as p on ${same}`
  const events = [
    ...pushed.map(
      (index) =>
        `case when _n${index} then struct_pack(e := _event, c := _created, x := _x${index}) end as _o${index}, ${carried(view.features[index]?.type ?? '', `_f${index}`)} as _v${index}`,
    ),
    'case when _deleted then struct_pack(e := _event, c := _created) end as _gone',
  ]
  const all = `${steps} union all by name select ${[...keys, FROM, ...events].join(', ')} from ${rows}`
  const partition = keys.length === 0 ? '' : `partition by ${keys.join(', ')} `
  const windows = [
    'last_value(_batch ignore nulls) over w as _batch',
    'max(_gone) over w as _gone',
    ...pushed.flatMap((index) => [
      `max(_o${index}) over w as _o${index}`,
      // The value beside its order: a null that was pushed is a null.
      `arg_max(_v${index}, _o${index}) over w as _v${index}`,
    ]),
  ]
  const known = `select ${[...keys, FROM, ...windows].join(', ')} from (${all}) as a window w as (${partition}order by ${FROM} range between unbounded preceding and current row) qualify row_number() over (partition by ${[...keys, FROM].join(', ')}) = 1`
  const chosen = view.features.flatMap((_, index) => {
    if (!pushed.includes(index)) return [`_batch.f${index} as _f${index}`, `_batch.e as _e${index}`]
    const cell = `_o${index}`
    const there = `${cell} is not null and (_gone is null or (${cell}.e, ${cell}.c) > (_gone.e, _gone.c))`
    const wins = `(${there} and (_batch.e is null or ${cell}.e >= _batch.e))`
    return [
      choice(
        wins,
        restored(view.features[index]?.type ?? '', `_v${index}`),
        `_batch.f${index}`,
        view.features[index]?.type ?? '',
        `_f${index}`,
      ),
      `case when ${wins} then ${cell}.e else _batch.e end as _e${index}`,
    ]
  })
  return `select ${[...keys, FROM, '_batch.e as _event', ...chosen].join(', ')} from (${known}) as known`
}

/**
 * `arg_max` of a struct goes through a sort key, in which minus zero is zero (DuckDB 1.5.6): its sign travels beside it, and lists
 * and vectors of floats travel as text.
 */
function carried(type: string, value: string): string {
  if (isFloat(type)) return `struct_pack(f := ${value}, z := signbit(${value}))`
  return `struct_pack(f := ${holdsFloats(type) ? `${value}::varchar` : value})`
}

function restored(type: string, carrier: string): string {
  const duckdb = duckdbType(parseType(type))
  if (isFloat(type)) return `case when ${carrier}.z and ${carrier}.f = 0 then '-0'::${duckdb} else ${carrier}.f end`
  return holdsFloats(type) ? `${carrier}.f::${duckdb}` : `${carrier}.f`
}

function isFloat(type: string): boolean {
  return type === 'float32' || type === 'float64'
}

function holdsFloats(type: string): boolean {
  return type.startsWith('vector(') || type.includes('(float')
}

/** DuckDB 1.5 has no case expression of arrays as soon as one row is null. */
function choice(when: string, yes: string, no: string, type: string, as: string): string {
  const duckdb = duckdbType(parseType(type))
  if (!type.startsWith('vector(')) return `case when ${when} then ${yes} else ${no} end as ${as}`
  return `(case when ${when} then ${yes}::float[] else ${no}::float[] end)::${duckdb} as ${as}`
}
