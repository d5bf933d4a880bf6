/** The on-demand features of joined rows, by the code that verify compares with the Worker. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { allViews } from '../../registry/on-demand.ts'
import { openLake } from '../lake/resolve.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { importModules } from '../on-demand/import-modules.ts'
import { registerFunctions } from '../on-demand/offline.ts'
import { computeOffline } from '../on-demand/offline-plan.ts'
import { loadCode } from '../on-demand/store.ts'
import { identifier, literal } from '../sql/text.ts'
import { ROW, valueColumn } from './join.ts'
import type { TrainingPlan } from './plan.ts'
import type { Spine } from './spine/spine.ts'

export function computedColumn(entry: number, feature: number): string {
  return `_o${entry}_${feature}`
}

/**
 * @param rows Parquet of the joined rows
 * @returns SQL of the same rows with what is computed, `computedColumn`
 */
export async function computeOnDemand(
  work: Workplace,
  db: DuckDBConnection,
  { plan: { onDemand }, registry }: { readonly plan: TrainingPlan; readonly registry: RegistrySnapshot },
  spine: Spine,
  rows: string,
): Promise<string> {
  if (!onDemand) throw new ShorelineError('INTERNAL', 'nothing is computed on demand')
  const modules = await importModules(await loadCode(openLake(work.bucket, work.lake), onDemand.code ?? []))
  await registerFunctions(db)
  await db.run(`create or replace temp view ${JOINED} as select * from read_parquet(${literal(rows)})`)
  const fields = new Map(spine.columns.map(({ name, column }) => [name, column]))
  const tables = await computeOffline(
    db,
    { plan: onDemand, views: allViews(registry), modules },
    {
      table: JOINED,
      column: (from) =>
        'field' in from ? (fields.get(from.field) ?? from.field) : valueColumn(from.view, from.column),
    },
  )
  const columns = onDemand.onDemand.flatMap((entry, at) =>
    entry.features.map(({ feature }, place) => `e${at}.${identifier(feature)} as ${computedColumn(at, place)}`),
  )
  const joins = tables.map((table, at) => `join ${identifier(table)} as e${at} on e${at}.${ROW} = j.${ROW}`)
  return `(select j.*, ${columns.join(', ')} from ${JOINED} as j ${joins.join(' ')})`
}

const JOINED = '_joined'
