/**
 * `npm run example:model`, beside a running `npm start`: a training set of flights, a model that learns from it which of them
 * will be late, and the proof that the edge answers what training computes.
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { exp } from '../../core/expressions/ieee/exp.ts'
import { statisticOf } from '../../registry/statistics.ts'
import type { TrainingSetDescription } from '../../registry/training-description.ts'
import { table } from '../../sync/cli/table.ts'
import { r2Access, readConfig } from '../../sync/config.ts'
import { controlOf } from '../../sync/control.ts'
import { query, withDuckDB } from '../../sync/duckdb.ts'
import type { Workplace } from '../../sync/materialize/materialize.ts'
import { progressOn } from '../../sync/progress.ts'
import { literal } from '../../sync/sql/text.ts'
import { type TrainingSet, trainingSet } from '../../sync/training/training-set.ts'
import { applyExample } from './apply.ts'
import { fitLogistic } from './model/fit.ts'
import { calibration, judge } from './model/judge.ts'
import { checkFinite, readNumbers } from './model/rows.ts'
import { spineSql } from './model/spine.ts'
import { type Term, TRAINING_SET, termsIn, type Weights } from './model/terms.ts'
import { rounded, writeWeights } from './model/weights-file.ts'

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: `http://127.0.0.1:${process.env['PORT'] || 8787}` },
    /** The day of the first flight. */
    from: { type: 'string', default: '2001-04-01' },
    /** The folder with the weights and with the definitions that read them. */
    model: { type: 'string', default: join(import.meta.dirname, 'model') },
  },
})

const MEMORY = '2GB'
const L2 = 1
const BINS = 10
/** Flights that the edge is asked about. */
const ASKED = 500

const config = readConfig(import.meta.dirname)
const work: Workplace = {
  control: controlOf({ url: options.url }),
  lake: { r2: r2Access(options.url, {}), folder: config.root },
  bucket: config.lake,
  folder: config.folder,
  memory: MEMORY,
  progress: progressOn(process.stderr),
}
/** For the files of training sets. */
const out = join(config.folder, 'model')

/** The last fifth of the flights is kept from the fit. */
async function makeSet(): Promise<TrainingSet> {
  const made = await trainingSet(work, {
    subject: { service: 'flight_delay' },
    spine: { sql: spineSql(options.from) },
    split: { how: 'time:0.8' },
    name: TRAINING_SET,
    out: join(out, 'flights.parquet'),
  })
  const { name, version, files } = made.manifest
  const parts = files.map(({ part, rows }) => `${rows.toLocaleString('en')} flights to ${part}`)
  say(`${name}@${version}: ${parts.join(', ')}${made.existing ? '; it was registered before' : ''}`)
  return made
}

function fileOf({ manifest }: TrainingSet, part: string | null): string {
  const found = manifest.files.find((file) => file.part === part)
  if (found) return join(out, found.file)
  throw new ShorelineError('INTERNAL', `the training set ${manifest.name} has no part ${part}.`)
}

/** SQL of the terms over the set's files: the constants that `stat(…)` will stand for, written out. */
function termsOver(set: TrainingSetDescription): Record<Term, string> {
  return termsIn((column, statistic) => {
    const { value } = statisticOf({ set: TRAINING_SET, column, statistic }, set)
    return `'${Number(value)}'::double`
  })
}

interface Rows {
  readonly terms: Readonly<Record<Term, Float64Array>>
  readonly labels: Uint8Array
}

async function readRows(db: DuckDBConnection, file: string, terms: Record<Term, string>): Promise<Rows> {
  const { late, ...read } = await readNumbers(db, file, { ...terms, late: 'late::integer' })
  checkFinite({ ...read, late })
  return { terms: read, labels: Uint8Array.from(late) }
}

function learn({ terms, labels }: Rows): { readonly weights: Weights; readonly steps: number } {
  const { bias, weights, steps } = fitLogistic({ terms: Object.values(terms), labels }, { l2: L2 })
  const named = Object.keys(terms).map((term, at) => [term, rounded(weights[at] ?? 0)])
  return { weights: { bias: rounded(bias), terms: Object.fromEntries(named) }, steps }
}

/** As `late_model` adds and divides, step by step. */
function scoresOf({ bias, terms: weights }: Weights, { terms, labels }: Rows): Float64Array {
  const columns = Object.entries(weights).map(([term, weight]) => ({ weight, values: terms[term as Term] }))
  return Float64Array.from(labels, (_, row) => {
    const sum = columns.reduce((all, { weight, values }) => all + weight * (values[row] ?? 0), bias)
    return 1 / (1 + exp(-sum))
  })
}

/** Of `delay_risk`, which a person wrote; where it says nothing, the base rate. */
async function handWritten(db: DuckDBConnection, test: string, base: number): Promise<Float64Array> {
  const made = await trainingSet(work, {
    subject: { features: ['delay_risk:risk'] },
    spine: { files: test },
    name: 'delay_risk',
    local: true,
    out: join(out, 'risk.parquet'),
  })
  const { risk } = await readNumbers(db, fileOf(made, null), { risk: 'risk' })
  return risk.map((one) => (Number.isNaN(one) ? base : one))
}

function sayScores(scores: Float64Array, risk: Float64Array, base: number, labels: Uint8Array): void {
  const line = (name: string, given: Float64Array): string[] => {
    const { auc, logLoss } = judge(given, labels)
    return [name, auc.toFixed(4), logLoss.toFixed(4)]
  }
  const constant = new Float64Array(labels.length).fill(base)
  const lines = [
    line('the share of late flights to train on', constant),
    line('risk, written by hand', risk),
    line('late_model', scores),
  ]
  say('', table(['on the flights to test', 'AUC', 'log loss'], lines), '')
  const bins = calibration(scores, labels, BINS)
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  const told = bins.map(({ rows, said, came }) => [rows.toLocaleString('en'), percent(said), percent(came)])
  say(table(['flights, the safest first', 'late_model said', 'were late'], told), '')
}

/** Flights of the test, as they were known before they left and as they are known now: a row for each, in that order. */
async function askedRows(db: DuckDBConnection, test: string, now: string): Promise<string> {
  const spine = join(out, 'asked.parquet')
  const rows = `read_parquet(${literal(test)}, file_row_number = true)`
  await db.run(`
    copy (
      with every as (select greatest(1, count(*) // ${ASKED}) as step from ${rows}),
      picked as (
        select origin, destination, scheduled_at, event_timestamp as known_at, file_row_number as place
        from ${rows}, every
        where file_row_number % step = 0 order by file_row_number limit ${ASKED}
      )
      select * exclude (known_at), event_timestamp: known_at, is_now: false from picked
      union all
      select * exclude (known_at), timestamp '${now.replace('T', ' ').replace('Z', '')}', true from picked
      order by place, is_now
    ) to ${literal(spine)} (format parquet)`)
  return spine
}

/** @returns whether every score is the same, bit for bit */
async function prove(db: DuckDBConnection, test: string, scores: Float64Array, revision: number): Promise<boolean> {
  const { now } = await work.control.head()
  const made = await trainingSet(work, {
    subject: { service: 'flight_late' },
    spine: { files: await askedRows(db, test, now) },
    local: true,
    out: join(out, 'late.parquet'),
  })
  const rows = await query(
    db,
    `select origin, destination, strftime(scheduled_at, '%Y-%m-%dT%H:%M:%SZ') as scheduled_at, place::integer as place, is_now, late_probability
    from read_parquet(${literal(fileOf(made, null))}, file_row_number = true) order by file_row_number`,
  )
  const then = rows.filter(({ is_now }) => is_now === false)
  const asked = rows.filter(({ is_now }) => is_now === true)
  const edge = await askEdge(asked, revision)
  const same = then.filter((row) => Object.is(row['late_probability'], scores[Number(row['place'])])).length
  const isSame = (row: (typeof rows)[number], at: number): boolean =>
    typeof edge[at] === 'number' && Object.is(row['late_probability'], edge[at])
  const equal = asked.filter(isSame).length
  say(
    `${same} of ${then.length} flights, as they were known before they left, score in training what was judged above, to the bit`,
    `${equal} of ${asked.length} flights, as they are known on ${now}, score at the edge what they score in training, to the bit`,
  )
  const differs = asked.findIndex((row, at) => !isSame(row, at))
  if (differs >= 0)
    say(
      `The first that differs: ${JSON.stringify(asked[differs])}, at the edge ${JSON.stringify(edge[differs])}.`,
      'Is what is online as new as the lake? "npx shoreline sync" sees to it.',
    )
  return same === then.length && equal === asked.length && asked.length > 0
}

async function askEdge(rows: readonly Readonly<Record<string, unknown>>[], revision: number): Promise<unknown[]> {
  const asked = rows.map(({ origin, destination, scheduled_at }) => ({ origin, destination, scheduled_at }))
  const response = await fetch(`${options.url}/v1/features`, {
    method: 'POST',
    headers: { 'x-shoreline-min-revision': String(revision) },
    body: JSON.stringify({ service: 'flight_late', rows: asked }),
  })
  const answer = (await response.json()) as { readonly rows?: readonly { readonly late_probability: number }[] }
  if (!response.ok || !answer.rows)
    throw new ShorelineError('UNAVAILABLE', `flight_late was refused: ${JSON.stringify(answer)}`)
  const [first] = asked
  say('', `curl -s ${options.url}/v1/features -d '${JSON.stringify({ service: 'flight_late', rows: [first] })}'`)
  say(JSON.stringify(answer.rows[0]), '')
  return answer.rows.map(({ late_probability }) => late_probability)
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function run(db: DuckDBConnection): Promise<boolean> {
  await mkdir(out, { recursive: true })
  const made = await makeSet()
  const set = await work.control.trainingSet(`${TRAINING_SET}@${made.manifest.version}`)
  const test = fileOf(made, 'test')
  const terms = termsOver(set)
  const { phase } = work.progress
  const { weights, base } = await phase(
    'fit',
    async () => {
      const rows = await readRows(db, fileOf(made, 'train'), terms)
      return { ...learn(rows), base: rows.labels.reduce((sum, label) => sum + label, 0) / rows.labels.length }
    },
    ({ steps }) => `${Object.keys(terms).length + 1} weights in ${steps} steps`,
  )
  const unseen = await readRows(db, test, terms)
  const scores = scoresOf(weights, unseen)
  sayScores(scores, await handWritten(db, test, base), base, unseen.labels)
  const file = join(resolve(options.model), 'weights.ts')
  if (await writeWeights(file, weights)) say(`The weights differ from those in ${file}: it is written anew.`)
  const features = join(resolve(options.model), 'features')
  const { revision } = await phase(
    'apply late_model and flight_late',
    () => applyExample(work, { features, root: config.root, newStatistics: true }),
    ({ changes, registry }) => (changes.length === 0 ? 'nothing to do' : `registry ${registry}`),
  )
  return prove(db, test, scores, revision)
}

try {
  const equal = await withDuckDB({ spill: join(config.folder, 'spill'), memory: MEMORY }, run)
  process.exitCode = equal ? 0 : 1
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`)
  process.exitCode = 1
}
