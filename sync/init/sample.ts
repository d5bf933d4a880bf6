/** The sample data of a new feature repository: the same orders wherever and whenever they are written. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withDuckDB } from '../duckdb.ts'
import { literal } from '../sql/text.ts'

/** Of 500 customers in the first half of 2026, some much keener than others; no two at once, so one is the last. */
const ORDERS = `
  select
    i + 1 as order_id,
    1 + 500 * (i * 7919 % 5003) * (i * 7919 % 5003) // (5003 * 5003) as customer_id,
    timestamp '2026-01-01' + to_minutes(i * 53) as ordered_at,
    500 + i * 104729 % 19500 as amount_cents,
    ['books', 'games', 'music', 'tools'][1 + (i * i // 7) % 4] as category
  from range(5000) orders(i)
  order by i`

/** @param file a path where nothing is; its folder exists */
export async function writeSample(file: string): Promise<void> {
  const spill = await mkdtemp(join(tmpdir(), 'shoreline-init-'))
  try {
    await withDuckDB({ spill, memory: '256MB' }, (db) =>
      db.run(`copy (${ORDERS}) to ${literal(file)} (format parquet)`),
    )
  } finally {
    await rm(spill, { recursive: true, force: true })
  }
}
