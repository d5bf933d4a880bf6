/**
 * Writes a Feast feature repository with the views, the services and the rows that bench/serving asks Shoreline for.
 *
 * ```
 * node bench/peers/feast/repo.ts feast_repo
 * ```
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Deployment, makeDeployment } from '../../serving/deployment.ts'
import { fiftyName, wholeName } from '../../serving/features.ts'
import type { KnownService, KnownView } from '../../serving/handlers/answer.ts'

/** What is asked for, and of what all the views are. */
const SERVICES = [fiftyName(0, 0), wholeName(0)]

const TYPES: Readonly<Record<string, { readonly feast: string; readonly sql: string }>> = {
  int64: { feast: 'Int64', sql: 'bigint' },
  float64: { feast: 'Float64', sql: 'double' },
  float32: { feast: 'Float32', sql: 'float' },
  string: { feast: 'String', sql: 'varchar' },
}

const CONFIG = `project: shoreline_bench
provider: local
registry: data/registry.db
offline_store:
  type: file
online_store:
  type: redis
  connection_string: "localhost:6379"
entity_key_serialization_version: 3
`

const { positionals } = parseArgs({ allowPositionals: true })
await writeRepository(resolve(positionals[0] ?? 'feast_repo'), await makeDeployment())

async function writeRepository(folder: string, deployment: Deployment): Promise<void> {
  await mkdir(join(folder, 'data'), { recursive: true })
  const services = SERVICES.map((name) => {
    const service = deployment.services[name]
    if (!service) throw new Error(`there is no service ${name}`)
    return { name, service }
  })
  const views = services.at(-1)?.service.views ?? []
  await writeFile(join(folder, 'feature_store.yaml'), CONFIG)
  await writeFile(join(folder, 'features.py'), pythonOf(views, services))
  await writeRows(join(folder, 'data'), views, deployment)
}

function pythonOf(
  views: readonly KnownView[],
  services: readonly { readonly name: string; readonly service: KnownService }[],
): string {
  const types = Object.values(TYPES).map(({ feast }) => feast)
  const made = views.map(({ as, columns }) => {
    const fields = columns.map(({ name, type }) => `        Field(name="${name}", dtype=${TYPES[type]?.feast}),\n`)
    return `${as} = FeatureView(
    name="${as}",
    entities=[customer],
    ttl=timedelta(days=3650),
    source=FileSource(name="${as}_source", path="data/${as}.parquet", timestamp_field="event_timestamp"),
    schema=[
${fields.join('')}    ],
)
`
  })
  const named = services.map(
    ({ name, service }) =>
      `${name} = FeatureService(name="${name}", features=[${service.views.map((view) => view.as).join(', ')}])\n`,
  )
  return `from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import ${types.join(', ')}

customer = Entity(name="customer", join_keys=["customer"], value_type=ValueType.STRING)
${made.join('')}${named.join('')}`
}

/** A Parquet file per view, of which all have the same rows under names of their own. */
async function writeRows(folder: string, views: readonly KnownView[], { runs }: Deployment): Promise<void> {
  const db = await (await DuckDBInstance.create()).connect()
  for (const { view, as, columns } of views) {
    const file = join(folder, `${as}.json`)
    const rows = [...(runs.get(view)?.rows.values() ?? [])]
    await writeFile(file, rows.map((row) => JSON.stringify({ row: row.map(String) })).join('\n'))
    const selected = columns.map(({ name, index, type }) => `row[${index + 3}]::${TYPES[type]?.sql} as ${name}`)
    await db.run(`copy (
      select row[1] as customer, make_timestamp(row[2]::bigint) as event_timestamp, ${selected.join(', ')}
      from read_json('${file}', columns = {row: 'varchar[]'})
    ) to '${join(folder, `${as}.parquet`)}' (format parquet)`)
    await rm(file)
  }
  db.closeSync()
}
