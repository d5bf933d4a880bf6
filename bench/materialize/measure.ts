/** One measurement in a process of its own, so that the peak of its memory is its own: `node measure.ts <job.json>`. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OnlineRuns } from '../../registry/wire/control.ts'
import { r2Access } from '../../sync/config.ts'
import { type Control, controlOf } from '../../sync/control.ts'
import { withDuckDB } from '../../sync/duckdb.ts'
import { materialize, type Workplace } from '../../sync/materialize/materialize.ts'
import { stopwatch } from '../../sync/materialize/stopwatch.ts'
import { SILENT } from '../../sync/progress.ts'
import { literal } from '../../sync/sql/text.ts'
import { COPIES, type CopyName } from './copies.ts'
import { type Job, type Measurement, readJob } from './job.ts'
import { measureParsing, rowBytesOf } from './parsing.ts'
import { type Recorded, recorder } from './recorder.ts'

type Result = Pick<Measurement, 'seconds' | 'report' | 'snapshotBytes'> & { readonly recorded?: Recorded }

const [file = ''] = process.argv.slice(2)
const before = process.cpuUsage()
const { recorded, ...result } = await measure(readJob(file))
const { user, system } = process.cpuUsage(before)
const peakBytes = process.resourceUsage().maxRSS * 1024
const measured: Measurement = { ...result, cpuSeconds: (user + system) / 1e6, peakBytes }
// After the memory and the time were taken.
console.log(JSON.stringify(recorded ? { ...measured, sent: sentBy(recorded) } : measured))

function measure(job: Job): Promise<Result> {
  if (job.what === 'run') return runAlone(job)
  return job.what === 'worker' ? throughWorker(job) : copy(job, job.what)
}

/** Settings are those of the product: the same memory, the same compression, any order of rows. */
function copy({ view, files, memory, folder }: Job, name: CopyName | 'sql'): Promise<Result> {
  return withDuckDB({ spill: join(folder, 'spill'), memory }, async (db) => {
    const snapshot = join(folder, 'snapshot.parquet')
    const rows = `read_parquet([${files.map(literal).join(', ')}])`
    for (const { name: source } of view.reads) await db.run(`create temp view ${source} as select * from ${rows}`)
    const query = name === 'sql' ? (view.sql ?? '') : COPIES[name](rows)
    const clock = stopwatch()
    await db.run(`copy (${query}) to ${literal(snapshot)} (format parquet, compression zstd)`)
    clock.lap('compute')
    return { seconds: clock.laps(), snapshotBytes: (await stat(snapshot)).size }
  })
}

/** Everything that a sync does on its machine. Every block arrives as the text that would be sent, and is dropped. */
async function runAlone(job: Job): Promise<Result> {
  const remembered = join(job.bucket, 'online.json')
  const online = job.online === 'remembered' ? (JSON.parse(await readFile(remembered, 'utf8')) as OnlineRuns) : null // written below
  const { control, found } = recorder(online, job.asOf)
  const report = await materialize(workplace(job, control, `file://${job.bucket}`), job.view)
  const recorded = found()
  if (job.online === 'remember') await writeFile(remembered, JSON.stringify(recorded.online))
  return { seconds: report.seconds, report, recorded }
}

/** Its folder is empty: the lake's objects are downloaded every time. */
async function throughWorker(job: Job): Promise<Result> {
  const work = workplace(job, controlOf({ url: job.url }), 'r2://offline')
  const report = await materialize(work, job.view, { full: true, asOf: job.asOf })
  return { seconds: report.seconds, report }
}

function workplace({ url, folder, memory }: Job, control: Control, bucket: string): Workplace {
  const lake = url === '' ? { folder } : { r2: r2Access(url, {}), folder }
  return { control, lake, bucket, folder, memory, progress: SILENT }
}

function sentBy({ blocks, bytes, computed, sample, filterSample }: Recorded): NonNullable<Measurement['sent']> {
  const rows = computed.stored ?? computed.rows
  const filterParsing = measureParsing(filterSample)
  const filters = computed.filters ?? 0
  const parsing = measureParsing(sample) ?? { bytes: 0, micros: 0 }
  return { blocks, bytes, rows, filters, rowBytes: rowBytesOf(sample), parsing, filterParsing }
}
