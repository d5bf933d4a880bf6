/** One measurement in a process of its own, so that the peak of its memory is its own: `node measure.ts <what> <job.json>`. */
import { mkdtemp, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BLOCK_BYTES } from '../../core/limits.ts'
import { blocksFor } from '../../core/run-choice.ts'
import { r2Access } from '../../sync/config.ts'
import { controlOf } from '../../sync/control.ts'
import { withDuckDB } from '../../sync/duckdb.ts'
import { buildBlocks, checkKeys, rowBytes } from '../../sync/materialize/blocks.ts'
import { compute } from '../../sync/materialize/compute.ts'
import { materialize } from '../../sync/materialize/materialize.ts'
import { stopwatch } from '../../sync/materialize/stopwatch.ts'
import { SILENT } from '../../sync/progress.ts'
import { literal } from '../../sync/sql/text.ts'
import { COPIES, type CopyName } from './copies.ts'
import { type Job, type Measured, type Measurement, readJob } from './job.ts'

type Result = Omit<Measurement, 'cpuSeconds' | 'peakBytes'>

const [what = '', file = ''] = process.argv.slice(2)
const job = readJob(file)
const before = process.cpuUsage()
const result = await measure(what as Measured, job, await mkdtemp(join(job.folder, 'measured-')))
const { user, system } = process.cpuUsage(before)
const peakBytes = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6, peakBytes } satisfies Measurement))

function measure(measured: Measured, { view, ...rest }: Job, folder: string): Promise<Result> {
  if (measured === 'materialize') return materializeWhole({ view, ...rest }, folder)
  return measured === 'shoreline' ? computeAndBuild({ view, ...rest }, folder) : copy(measured, rest, folder)
}

/** Settings are those of the product: the same memory, the same compression, any order of rows. */
function copy(name: CopyName, { files, memory }: Omit<Job, 'view'>, folder: string): Promise<Result> {
  return withDuckDB({ spill: join(folder, 'spill'), memory }, async (db) => {
    const snapshot = join(folder, 'snapshot.parquet')
    const query = COPIES[name](`read_parquet([${files.map(literal).join(', ')}])`)
    const clock = stopwatch()
    await db.run(`copy (${query}) to ${literal(snapshot)} (format parquet, compression zstd)`)
    clock.lap('compute')
    return { seconds: clock.laps(), snapshotBytes: (await stat(snapshot)).size }
  })
}

/** Every block arrives in Node as text, as it would be sent, and is dropped. */
function computeAndBuild({ view, files, asOf, memory }: Job, folder: string): Promise<Result> {
  return withDuckDB({ spill: join(folder, 'spill'), memory }, async (db) => {
    const snapshot = join(folder, 'snapshot.parquet')
    const sources = new Map(view.reads.map((source) => [source.name, files]))
    const clock = stopwatch()
    const { rows } = await compute(db, view, sources, { asOf, file: snapshot })
    clock.lap('compute')
    await checkKeys(db, view, snapshot)
    const count = blocksFor(rows, await rowBytes(db, view, snapshot, rows), BLOCK_BYTES)
    let blocks = 0
    let blockBytes = 0
    const run = { run: '1-measured', file: snapshot, kind: 'base' as const, rows, blocks: count, filters: 0 }
    for await (const built of buildBlocks(db, view, run, join(folder, 'spill'))) {
      blocks += built.length
      for (const { text } of built) blockBytes += text.length
    }
    clock.lap('blocks')
    if (blocks !== count) throw new Error(`${blocks} blocks were built where ${count} were expected`)
    return { seconds: clock.laps(), blocks, blockBytes, snapshotBytes: (await stat(snapshot)).size }
  })
}

/** Its folder is empty: the lake's objects are downloaded every time. */
async function materializeWhole({ view, asOf, memory, url }: Job, folder: string): Promise<Result> {
  const lake = { r2: r2Access(url, {}), folder }
  const work = { control: controlOf({ url }), lake, bucket: 'r2://offline', folder, memory, progress: SILENT }
  const report = await materialize(work, view, { full: true, asOf })
  return { seconds: report.seconds, report }
}
