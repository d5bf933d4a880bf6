/** In the page: what a person did here becomes features by SQL, and a training set is made of the lake. The test calls what is on `window`. */
import { createClient } from '../../client/index.ts'
import { clientSource, createSql } from '../../client/sql/index.ts'
import type { Client } from '../../client/types.ts'
import { t } from '../../core/types.ts'
import type { FeatureService } from '../../registry/definitions/feature-service.ts'

type Rows = readonly Readonly<Record<string, unknown>>[]

const sql = createSql({ assets: { wasm: '/duckdb/duckdb-eh.wasm.gz', worker: '/duckdb/duckdb-browser-eh.worker.js' } })
const looks = clientSource('looks', { airport: t.string(), seconds: t.float64(), seen_at: t.timestamp() })

async function interest(seconds: readonly number[]) {
  const table = await sql.source(looks)
  const seen = seconds.map((one) => ({ airport: 'SFO', seconds: one, seen_at: new Date() }))
  await table.append([...seen, { airport: 'JFK', seconds: 100, seen_at: new Date() }])
  return sql.features('interest', {
    sql: 'select count(*) as looks, avg(seconds) as mean_seconds from looks where airport = $airport',
    features: { looks: t.int64(), mean_seconds: t.float64() },
    parameters: { airport: t.string() },
  })
}

let ready: ReturnType<typeof interest> | undefined

const page = {
  async local(url: string, token: string) {
    ready ??= interest([1, 2, 6])
    const client = createClient({ url, token }) as unknown as Client<
      Record<string, FeatureService<string, Record<string, unknown>, object>>
    >
    const given = await (await ready).get({ airport: 'SFO' })
    const { row, meta } = await client.get('flight', { origin: 'SFO', ...given }, { compute: 'local' })
    return { row: texts(row as Rows[number]), computed: meta.computed, given: texts(given) }
  },
  async again() {
    if (!ready) throw new Error('nothing is ready')
    return texts(await (await ready).get({ airport: 'JFK' }))
  },
  /** Many at once, on one connection. */
  async atOnce(count: number) {
    const features = await ready
    const asked = Array.from({ length: count }, (_, at) => features?.get({ airport: ['SFO', 'JFK'][at % 2] ?? '' }))
    return (await Promise.all(asked)).map((row) => Number(row?.looks))
  },
  /** A long query and a short one after it. */
  async both() {
    const answers = await Promise.all([
      sql.query('select count(*) as rows from range(20000000) as a(i) where hash(i) % 2 >= 0'),
      sql.query('select 1::bigint as rows'),
    ])
    return answers.map(([row]) => Number(row?.['rows']))
  },
  async train(url: string, token: string, spine: Rows) {
    const { rows, meta } = await sql.train({ url, token, service: 'flight', spine, timestamp: 'seen' })
    return { rows: rows.map(texts), meta }
  },
  broken: (wasm: string, worker: string) =>
    createSql({ assets: { wasm, worker } })
      .query('select 1')
      .then(
        () => '',
        (thrown: unknown) => String(thrown),
      ),
  refused: (query: string) =>
    sql.query(query).then(
      () => '',
      (thrown: unknown) => String(thrown),
    ),
}

/** As JSON has them. */
function texts(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = (value: unknown): boolean =>
    typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value) ? String(value) : value]))
}

declare global {
  interface Window {
    sqlPage: typeof page
  }
}
window.sqlPage = page
