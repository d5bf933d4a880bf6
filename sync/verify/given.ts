/** Values of requests as they are in the lake: a column of the same name and type in a source of the views that are read. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { duckdbType, parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import type { LakeSourceObject, ViewObject } from '../../registry/objects.ts'
import { describe } from '../duckdb.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { fetchSources, listSources } from '../materialize/sources.ts'
import { ROW, readStored, type StoredField } from '../on-demand/stored-table.ts'
import { identifier } from '../sql/text.ts'

/** Column by the name of the field; of one object of the lake, in which the values of a row stand together. */
export type RealValues = ReadonlyMap<string, readonly StoredValue[]>

/** A source that cannot be read has no values to offer: whatever is the matter with it is a sync's to say. */
export async function realValues(
  work: Workplace,
  db: DuckDBConnection,
  views: readonly ViewObject[],
  fields: readonly StoredField[],
  count: number,
  seed: number,
): Promise<RealValues> {
  const values = new Map<string, readonly StoredValue[]>()
  const seen = new Set<string>()
  for (const view of views)
    for (const source of view.reads) {
      const wanted = fields.filter(({ name }) => !values.has(name))
      if (wanted.length === 0) return values
      if (seen.has(source.name)) continue
      seen.add(source.name)
      try {
        for (const [name, column] of await columnsOf(work, db, view, source, wanted, count, seed))
          values.set(name, column)
      } catch (thrown) {
        if (!(thrown instanceof ShorelineError)) throw thrown
      }
    }
  return values
}

async function columnsOf(
  work: Workplace,
  db: DuckDBConnection,
  view: ViewObject,
  source: LakeSourceObject,
  wanted: readonly StoredField[],
  count: number,
  seed: number,
): Promise<RealValues> {
  const { objects: quarantined } = await work.control.quarantine()
  const listed = await listSources(work, { ...view, reads: [source] }, quarantined)
  const [smallest] = listed.objects.toSorted((a, b) => a.size - b.size)
  if (!smallest) return new Map()
  const { files, reading } = await fetchSources(
    work,
    { ...view, reads: [source] },
    listed,
    new Map([[source.name, [smallest]]]),
    () => undefined,
  )
  return reading(db, async () => {
    await createSourceTable(db, source, files.get(source.name) ?? [])
    const types = new Map(
      (await describe(db, `select * from ${identifier(source.name)}`)).map((one) => [one.name, one.type]),
    )
    const found = wanted.filter(({ name, type }) => types.get(name) === duckdbType(parseType(type)))
    if (found.length === 0) return new Map()
    const names = found.map(({ name }) => identifier(name)).join(', ')
    const sample = `select ${names} from ${identifier(source.name)} using sample reservoir(${count} rows) repeatable (${seed % 2 ** 31})`
    const columns = await readStored(
      db,
      `(select row_number() over () as ${ROW}, * from (${sample})) as sampled`,
      found,
    )
    return new Map(found.map(({ name }, at) => [name, columns[at] ?? []]))
  })
}
