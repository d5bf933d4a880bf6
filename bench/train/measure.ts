/** One measurement in a process of its own: prints seconds and peak memory as JSON. `node measure.ts <job as JSON>` */
import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parseTimestamp } from '../../core/values.ts'
import type { Control } from '../../sync/control.ts'
import { SILENT } from '../../sync/progress.ts'
import { trainingSet } from '../../sync/training/training-set.ts'
import { registered, TTL_DAYS, VIEWS } from './features.ts'
import { CLOCK, spineFile } from './lake.ts'

export interface Job {
  readonly what: 'hand' | 'hand-unordered' | 'first' | 'again' | 'as-known' | 'statuses' | 'warm-up'
  readonly spine: number
  readonly lake: string
  /** `.shoreline` of the measurement: what is known of histories stays in it. */
  readonly folder: string
  readonly memory: string
}

export interface Measurement {
  readonly seconds: number
  /** Of all threads. */
  readonly processor: number
  readonly phases: Readonly<Record<string, number>>
  /** Megabytes. */
  readonly memory: number
}

const job = JSON.parse(process.argv[2] ?? '') as Job
const out = join(job.folder, 'out', 'activity.parquet')
await mkdir(join(job.folder, 'out'), { recursive: true })
const started = performance.now()
const used = process.cpuUsage()
const phases = job.what.startsWith('hand') ? await byHand() : await byShoreline()
const seconds = (performance.now() - started) / 1000
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
const { user, system } = process.cpuUsage(used)
const measured: Measurement = { seconds, processor: (user + system) / 1e6, phases, memory: Number(peak) / 1000 }
console.log(JSON.stringify(measured))

/** What somebody writes who knows DuckDB, and that no key has two rows of one instant. */
async function byHand(): Promise<Record<string, number>> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: job.memory,
    temp_directory: join(job.folder, 'spill'),
  })
  const db = await instance.connect()
  const ordered = job.what === 'hand'
  const spine = spineFile(job.lake, job.spine)
  const columns = VIEWS.flatMap((view) =>
    ['mean_7d', 'count_30d'].map(
      (one) =>
        `case when ${view}.event_timestamp >= s.event_timestamp - interval ${TTL_DAYS} day then ${view}.${one} end as ${view}_${one}`,
    ),
  )
  const joins = VIEWS.map(
    (view) =>
      `asof left join '${join(job.lake, `${view}.parquet`)}' as ${view} on s.user_id = ${view}.user_id and s.event_timestamp >= ${view}.event_timestamp`,
  )
  const order = ordered ? ' order by s.file_row_number' : ''
  await db.run(
    `copy (select s.user_id, s.event_timestamp, s.bought, ${columns.join(', ')} from read_parquet('${spine}', file_row_number = true) as s ${joins.join(' ')}${order})
     to '${out}' (format parquet, compression zstd)`,
  )
  instance.closeSync()
  return {}
}

async function byShoreline(): Promise<Readonly<Record<string, number>>> {
  if (job.what === 'first') await rm(join(job.folder, 'cache'), { recursive: true, force: true })
  const registry = await registered(job.lake)
  const control = {
    registry: async () => registry,
    head: async () => ({ now: CLOCK }),
    quarantine: async () => ({ objects: [] }),
  } as unknown as Control
  const { seconds: laps } = await trainingSet(
    {
      ...{ control, lake: {}, bucket: 'r2://offline', progress: SILENT },
      folder: job.folder,
      memory: job.memory,
    },
    {
      subject: { service: 'activity' },
      spine: { files: spineFile(job.lake, job.spine) },
      ...{ out, local: true, asOf: parseTimestamp(CLOCK) ?? 0 },
      asKnown: job.what === 'as-known',
      statuses: job.what === 'statuses',
    },
  )
  return laps
}
