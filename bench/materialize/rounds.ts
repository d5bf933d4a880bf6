/** The measurements of one shape: in turns, so that what else the machine does hits all alike. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ViewObject } from '../../registry/objects.ts'
import { measureInChild } from './child.ts'
import { deploy } from './deployment.ts'
import { readFrom, type ViewName } from './features.ts'
import type { Job, Measured, Measurement } from './job.ts'
import { type KeptLake, lakeFolder } from './lake.ts'
import { HOURLY } from './month.ts'
import type { Shape } from './shapes.ts'
import { percent } from './tables.ts'

/** In the order in which a round measures them. */
export type Contender = Exclude<Measured, 'worker'> | 'run, blocks of 4 KB'
export type Rounds = ReadonlyMap<Contender, readonly Measurement[]>

export interface MeasuredView {
  readonly shape: Shape
  readonly view: ViewName
  readonly floor: Contender
  readonly rounds: Rounds
  /** By the share of the entities that changed. */
  readonly changed: ReadonlyMap<number, Measurement>
  /** Runs that came to no end, and why. */
  readonly failed: readonly string[]
}

export interface Place {
  readonly folder: string
  readonly memory: string
  /** Microseconds since the epoch. */
  readonly asOf: number
}

export async function measureView(
  { folder, memory, asOf }: Place,
  shape: Shape,
  lake: KeptLake,
  view: ViewObject,
): Promise<MeasuredView> {
  const all = await lakeFolder(join(folder, 'lake'), lake.files)
  const bucket = join(folder, 'bucket')
  const hourly: ViewObject = { ...readFrom(view, all), schedule: HOURLY }
  const common = {
    files: lake.files.map(({ path }) => path),
    asOf,
    memory,
    url: '',
    folder: join(folder, 'work'),
    bucket,
  }
  const floor = view.sql === undefined ? 'max(struct)' : 'sql'
  const jobOf = (contender: Contender): Job => ({
    ...common,
    what: contender === 'run, blocks of 4 KB' ? 'run' : contender,
    view: contender === 'run, blocks of 4 KB' ? readFrom(view, all) : hourly,
    online: contender === 'run' ? 'remember' : 'none',
  })
  const others: readonly Contender[] =
    shape.more && view.sql === undefined ? ['row_number', 'arg_max(struct)', 'run, blocks of 4 KB'] : []
  try {
    const rounds = await interleaved([floor, 'run', ...others], shape.rounds, jobOf)
    const changed = new Map<number, Measurement>()
    const failed: string[] = []
    for (const [share, { file, rows }] of lake.changes)
      try {
        // The folder stays the same: what was listed for the base is found again.
        await lakeFolder(all, [...lake.files, file])
        changed.set(share, await measureChanged({ ...jobOf('run'), online: 'remembered' }, rows))
      } catch (thrown) {
        // The other figures are worth their time, and the report says which one is missing.
        failed.push(
          `${view.name}, ${percent(share)} changed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        )
      }
    return { shape, view: view.name as ViewName, floor, rounds, changed, failed }
  } finally {
    for (const used of [all, bucket]) await rm(used, { recursive: true, force: true })
  }
}

/** @param rows that changed, each of another entity */
async function measureChanged(job: Job, rows: number): Promise<Measurement> {
  const measured = await measureInChild(job)
  const found = measured.report?.changed
  if (found !== rows) throw new Error(`${found} rows were found to have changed where ${rows} did`)
  return measured
}

async function interleaved(
  contenders: readonly Contender[],
  rounds: number,
  jobOf: (contender: Contender) => Job,
): Promise<Rounds> {
  const measured = new Map(contenders.map((name): [Contender, Measurement[]] => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of round % 2 === 0 ? contenders : contenders.toReversed())
      measured.get(name)?.push(await measureInChild(jobOf(name)))
  return measured
}

/** Full materializations through a local Worker, the lake in its R2. */
export async function measureThroughWorker(
  { folder, memory, asOf }: Place,
  times: number,
  lake: KeptLake,
): Promise<readonly Measurement[]> {
  const { url, view, stop } = await deploy(folder, lake.files)
  try {
    const job: Job = {
      what: 'worker',
      view,
      files: [],
      asOf,
      memory,
      url,
      folder: join(folder, 'work'),
      bucket: '',
      online: 'none',
    }
    const measured: Measurement[] = []
    for (let time = 0; time < times; time++) measured.push(await measureInChild(job))
    return measured
  } finally {
    await stop()
    await rm(join(folder, 'deployment'), { recursive: true, force: true })
  }
}
