/** A training set that a page makes (DuckDB of the browser, hyparquet) beside the one that `shoreline train` makes: the same to the bit. */
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientSource } from '../../client/sql/client-source.ts'
import { nodeEngine } from '../../client/sql/node-engine.fixture.ts'
import { type Sql, sqlOf } from '../../client/sql/sql.ts'
import type { GivenRow } from '../../client/sql/values.ts'
import { parseType, type Shape } from '../../core/types.ts'
import type { RegistrySnapshot, ServiceInput } from '../../registry/objects.ts'
import { randomSet } from '../../sync/training/random-set.fixture.ts'
import { atDesk, type Desk } from '../../sync/training/training.fixture.ts'
import { pageLake } from './page-lake.fixture.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 4)

let sql: Sql
beforeAll(() => {
  sql = sqlOf(nodeEngine)
})
afterAll(() => sql.close())

/** Without what a page refuses: views that are pushed to, that read $as_of, or that have json. */
function withoutRefused(registry: RegistrySnapshot): RegistrySnapshot {
  const taken = ({ view }: ServiceInput): boolean => {
    const found = registry.views.find((one) => view === `${one.name}@${one.version}`)
    return (
      !!found && !found.push && !found.sql?.includes('$as_of') && !found.features.some(({ type }) => type === 'json')
    )
  }
  return { ...registry, services: registry.services.map((one) => ({ ...one, inputs: one.inputs.filter(taken) })) }
}

/** Vectors as lists: DuckDB's own FLOAT[n] with a null among them is nothing that others can read, and refused. */
async function writeListsForVectors(desk: Desk, { views }: RegistrySnapshot): Promise<void> {
  for (const { features, reads } of views)
    for (const { path, columns = {} } of reads) {
      const vectors = features
        .filter(({ type }) => type.startsWith('vector('))
        .map(({ name }) => `"${columns[name] ?? name}"`)
      const folder = path.replace('file://', '').replace('/*.parquet', '')
      for (const file of vectors.length === 0 ? [] : await readdir(folder)) {
        const lists = vectors.map((column) => `${column}::float[] as ${column}`).join(', ')
        await desk.db.run(
          `copy (select * replace (${lists}) from read_parquet('${folder}/${file}')) to '${folder}/lists' (format parquet, dictionary_size_limit 0)`,
        )
        await rename(join(folder, 'lists'), join(folder, file))
      }
    }
}

/** The rows of a spine's file as a page has them. */
async function spineOf(desk: Desk, file: string, timestamp: string) {
  const columns = await desk.db.runAndReadAll(`describe select * from read_parquet('${file}')`)
  const selected = columns.getRowObjectsJson().map(({ column_name: name, column_type: type }) => {
    const column = `"${name}"`
    if (name === timestamp) return `strftime(${column}::timestamptz::timestamp, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
    if (type === 'TIMESTAMP') return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
    return type === 'BOOLEAN' || type === 'DOUBLE' ? column : `${column}::varchar as ${column}`
  })
  const rows = await desk.db.runAndReadAll(`select ${selected.join(', ')} from read_parquet('${file}')`)
  return rows.getRowObjectsJson()
}

describe('a training set of a page', () => {
  it(`has for ${RUNS} random sets the values of "shoreline train"`, async () => {
    let compared = 0
    await atDesk(async (desk) => {
      for (let seed = 1; seed <= RUNS; seed++) {
        const { request } = await randomSet(desk, seed)
        const registry = withoutRefused(desk.state.registry)
        desk.state.registry = registry
        await writeListsForVectors(desk, registry)
        const { timestamp = '' } = request
        const spine = await spineOf(desk, String((request.spine as { files: unknown }).files), timestamp)
        const { fetch } = await pageLake(desk.folder, () => registry)
        const { rows, features } = await sql.train({
          url: 'http://edge',
          fetch,
          service: 'all',
          spine,
          timestamp,
          asKnown: request.asKnown === true,
        })
        expect(rows.length).toBe(spine.length)
        await desk.train({ ...request, statuses: false, fullNames: false })
        const text = features.map(({ name }) => `"${name}"::varchar as "${name}"`).join(', ')
        const native = await desk.rows(text)
        const schema = Object.fromEntries(features.map(({ name, type }) => [name, parseType(type)])) as Shape
        const table = await sql.source(clientSource(`set_${seed}`, schema))
        await table.append(
          rows.map((row) => Object.fromEntries(features.map(({ name }) => [name, row[name]])) as GivenRow<Shape>),
        )
        const found = await sql.query(`select ${text} from set_${seed}`)
        for (const [at, row] of native.entries()) expect(found[at], `set ${seed}, row ${at}`).toEqual(row)
        compared += rows.length * features.length
      }
    })
    expect(compared).toBeGreaterThan(1000 * RUNS)
  })
})
