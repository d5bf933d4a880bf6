/** DuckDB in this tab, on the same stored features, with the text of the definition. */
import { createSql, type Sql } from 'shoreline/client/sql'
import { RISK } from '../../flights/features/departure-sql.ts'

/** Paths of the files, as the build has them. */
declare const DUCKDB: { readonly wasm: string; readonly worker: string }

export interface Inputs {
  readonly late_share_7d: number | null
  readonly destination_late_share_7d: number | null
  readonly distance: number | null
  readonly scheduled_at: string
}

/** In definitions a number with a point is a DOUBLE; in DuckDB itself it is with an exponent. */
const TEXT = RISK.replaceAll(/\d+\.\d+/g, '$&e0')

let started: Promise<Sql> | undefined

/** Loads it, once; a failure is tried again. */
export function startDuckDB(): Promise<Sql> {
  started ??= start()
  started.catch(() => {
    started = undefined
  })
  return started
}

async function start(): Promise<Sql> {
  const sql = createSql({ assets: DUCKDB })
  await sql.query('select 1')
  return sql
}

export async function riskByDuckDB(sql: Sql, inputs: Inputs): Promise<number | null> {
  const value = (of: number | null, type: string): string => (of === null ? 'null' : `'${of}'::double::${type}`)
  const [row] = await sql.query(`
    select ${TEXT} as risk from (select
      ${value(inputs.late_share_7d, 'float')} as late_share_7d,
      ${value(inputs.destination_late_share_7d, 'float')} as destination_late_share_7d,
      ${value(inputs.distance, 'integer')} as distance,
      timestamp '${inputs.scheduled_at.replace('T', ' ').replace('Z', '')}' as scheduled_at)`)
  const risk = row?.['risk']
  return typeof risk === 'number' ? risk : null
}
