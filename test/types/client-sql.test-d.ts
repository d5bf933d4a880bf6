/** What SQL on the device knows of its rows. Nothing here runs. */
import { clientSource, type RowOf, type Sql } from '../../client/sql/index.ts'
import { t } from '../../core/types.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectTrue<_T extends true>(): void {}

export async function looks(sql: Sql) {
  const source = clientSource('looks', {
    airport: t.string(),
    total: t.int64(),
    seen_at: t.timestamp(),
    marks: t.list(t.float64()),
  })
  const table = await sql.source(source)
  await table.append([{ airport: 'SFO', total: 1n, seen_at: '2001-07-01T06:00:00Z', marks: [1, null] }, {}])
  await table.append([{ total: 1, seen_at: new Date(), airport: null }])
  // @ts-expect-error: no such column
  await table.append([{ airports: 'SFO' }])
  // @ts-expect-error: an instant is no number
  await table.append([{ seen_at: 5 }])

  const plain = await sql.features('plain', { sql: 'select …', features: { total: t.int64(), share: t.float64() } })
  const row = await plain.get()
  expectTrue<
    Equal<
      typeof row,
      RowOf<{ readonly total: ReturnType<typeof t.int64>; readonly share: ReturnType<typeof t.float64> }>
    >
  >()
  const total: bigint | null = row.total
  const share: number | null = row.share
  // @ts-expect-error: it has no parameters
  await plain.get({ airport: 'SFO' })

  const asked = await sql.features('asked', {
    sql: 'select …',
    features: { total: t.int64() },
    parameters: { since: t.timestamp() },
  })
  await asked.rows({ since: new Date() })
  // @ts-expect-error: a parameter of another type
  await asked.get({ since: 5 })
  // @ts-expect-error: it has parameters
  await asked.get()

  const spine = [{ origin: 'SFO', at: new Date(), label: true }]
  const { rows } = await sql.train({ url: '', service: 'flight_delay', spine, timestamp: 'at' })
  const label: boolean | undefined = rows[0]?.label
  // @ts-expect-error: no member of the spine
  await sql.train({ url: '', service: 'flight_delay', spine, timestamp: 'when' })
  return { total, share, label }
}
