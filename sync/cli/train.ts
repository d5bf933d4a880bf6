/** `shoreline train`: a training set, point-in-time correct, from the service that serves. */
import { extname, join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { FeatureStatistics } from '../../registry/quality.ts'
import type { TrainingOptions } from '../../registry/training.ts'
import { openCache } from '../lake/cache-limit.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { megabytes } from '../progress.ts'
import type { TrainingSubject } from '../training/plan.ts'
import { reproduce, reproducedText } from '../training/reproduce.ts'
import type { SpineRequest } from '../training/spine/request.ts'
import { type TrainingSet, trainingSet } from '../training/training-set.ts'
import { type Context, contextOf, type GlobalOptions } from './context.ts'
import { table } from './table.ts'

interface TrainFlags extends GlobalOptions {
  readonly features?: readonly string[]
  readonly spine?: string
  readonly spineSql?: string
  readonly between?: readonly string[]
  readonly every?: string
  readonly timestamp?: string
  readonly out?: string
  readonly name?: string
  readonly local?: boolean
  readonly format?: TrainingOptions['format']
  readonly asKnown?: boolean
  readonly fullNames?: boolean
  readonly statuses?: boolean
  readonly split?: string
  readonly splitBy?: readonly string[]
  readonly seed: number
  readonly types?: TrainingOptions['types']
  readonly asOf?: number
  readonly reproduce?: string
  readonly memory: string
}

const FORMATS = ['parquet', 'csv', 'arrow'] as const

export function trainCommand(): Command {
  return new Command('train')
    .description('join a spine to the features of a service as they were known at each row’s instant')
    .argument('[service]', 'the service, or service@version')
    .option('--features <list>', 'instead of a service: view:feature,view:feature', readList)
    .option('--spine <file>', 'rows to join to: Parquet, CSV or NDJSON, here or as r2://bucket/path')
    .option('--spine-sql <query>', 'rows to join to: one query over registered sources')
    .option('--between <instants...>', 'instead of a spine: every active entity from the first instant to the second')
    .option('--every <span>', 'with --between: how far apart the instants are, as in 1d')
    .option('--timestamp <column>', 'the spine’s column with the instants (default: event_timestamp)')
    .option('--out <file>', 'what is written; the manifest lies beside it')
    .addOption(new Option('--format <format>', 'default: what the name of --out ends in').choices(FORMATS))
    .option('--name <name>', 'what it is registered as (default: the name of the service)')
    .option('--local', 'neither register it nor keep it in the lake')
    .option('--as-known', 'leave out rows that were created after the instant, as backfills are')
    .option('--full-names', 'name columns view__feature')
    .option('--statuses', 'with the status of every value and the event timestamp of every view')
    .option('--split <how>', 'time:0.8, or random:0.8/0.1/0.1: a file for train, validation and test')
    .option(
      '--split-by <columns>',
      'with random: columns whose values stay together (default: the join keys; "row" for none)',
      readList,
    )
    .option('--seed <n>', 'of a random split', readSeed, 0)
    .option('--types <list>', 'of other columns of a text spine: column:type,column:type', readTypes)
    .option('--reproduce <manifest>', 'make a training set again from its manifest, or name@version, and compare')
    .option('--as-of <instant>', 'take this for now: no row of the spine is later', readInstant)
    .option('--memory <size>', 'what it may take of this machine', '4GB')
    .option('--progress', 'with --json: what it is doing, on standard error')
    .action(async (service: string | undefined, _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<TrainFlags>()
      const context = contextOf(flags)
      const work = context.workplace(flags.memory)
      const cache = await openCache(join(work.folder, 'cache'))
      try {
        if (flags.reproduce !== undefined) await again(context, work, service, flags, flags.reproduce)
        else await once(context, work, service, flags)
      } finally {
        await cache.end(context.config.cacheBytes)
      }
    })
}

async function once(context: Context, work: Workplace, service: string | undefined, flags: TrainFlags): Promise<void> {
  const { name, local, timestamp, asKnown, fullNames, statuses, types, asOf, split, splitBy, seed } = flags
  const by = splitBy?.join() === 'row' ? [] : splitBy
  if (split === undefined && by !== undefined) throw new ShorelineError('INVALID', '--split-by goes with --split.')
  const made = await trainingSet(work, {
    subject: subjectOf(service, flags),
    spine: spineOf(flags),
    ...outOf(flags),
    ...defined({ name, local, timestamp, asKnown, fullNames, statuses, types, asOf }),
    ...(split === undefined ? {} : { split: { how: split, seed, ...defined({ by }) } }),
  })
  context.print({ ...made.manifest, manifest: made.path, existing: made.existing, seconds: made.seconds }, () =>
    madeText(made),
  )
}

const DIFFERENT = 3

async function again(
  context: Context,
  work: Workplace,
  service: string | undefined,
  flags: TrainFlags,
  manifest: string,
): Promise<void> {
  const given = (['features', 'spine', 'spineSql', 'between', 'timestamp', 'split', 'name'] as const).find(
    (flag) => flags[flag] !== undefined,
  )
  if (service !== undefined || given)
    throw new ShorelineError('INVALID', '--reproduce takes everything from the manifest: leave the other options out.')
  const found = await reproduce(work, manifest, flags.out === undefined ? undefined : resolve(flags.out))
  context.print(found, () => reproducedText(found))
  if (!found.same) process.exitCode = DIFFERENT
}

/** Without what is undefined. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } | Record<string, never> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

function subjectOf(service: string | undefined, { features }: TrainFlags): TrainingSubject {
  if (service !== undefined && features !== undefined)
    throw new ShorelineError('INVALID', 'Name a service, or features with --features: one of the two.')
  if (service !== undefined) return { service }
  if (features !== undefined) return { features }
  throw new ShorelineError('INVALID', 'Name a service, or features with --features view:feature.')
}

function spineOf({ spine, spineSql, between, every }: TrainFlags): SpineRequest {
  if ([spine, spineSql, between].filter((one) => one !== undefined).length !== 1)
    throw new ShorelineError(
      'INVALID',
      'Give the rows to join to: --spine <file>, --spine-sql <query>, or --between <first> <last> --every <span>: one of them.',
    )
  if ((between === undefined) !== (every === undefined))
    throw new ShorelineError(
      'INVALID',
      '--between and --every go together, as in --between 2001-06-01 2001-07-01 --every 1d.',
    )
  if (spine !== undefined) return { files: spine }
  if (spineSql !== undefined) return { sql: spineSql }
  const [from, to, ...rest] = (between ?? []).map(instantOf)
  if (from === undefined || to === undefined || rest.length > 0)
    throw new ShorelineError('INVALID', '--between takes two instants, the first and the last.')
  return { from, to, every: every ?? '' }
}

function outOf({ out, format }: TrainFlags): { readonly out: string; readonly format: TrainingOptions['format'] } {
  if (out === undefined) throw new ShorelineError('INVALID', 'Say where it goes: --out flights.parquet.')
  const ending = extname(out).slice(1)
  const found = format ?? FORMATS.find((one) => one === ending)
  if (found) return { out: resolve(out), format: found }
  throw new ShorelineError(
    'INVALID',
    `--out ${out} does not tell the format. Let it end in .parquet, .csv or .arrow, or give --format.`,
  )
}

function madeText({ manifest, path, existing, seconds }: TrainingSet): string {
  const { name, version, rows, files, views, hash, statistics } = manifest
  const features = Object.entries(statistics.features)
  const took = Object.entries(seconds).map(([phase, time]) => `${phase} ${time.toFixed(2)} s`)
  const registered =
    version === null
      ? `${name}, not registered`
      : `${name}@${version}${existing ? ', registered before with this content' : ''}`
  return [
    `${registered}: ${rows.toLocaleString('en')} rows, ${features.length} features of ${views.map(({ view }) => view).join(', ')}`,
    ...files.map(
      (file) =>
        `  ${file.part ?? 'all'}: ${file.file}, ${file.rows.toLocaleString('en')} rows, ${megabytes(file.bytes)}`,
    ),
    `  ${path}, content ${hash.slice(0, HASH_DIGITS)}`,
    ...passedText(manifest),
    `  ${took.join(', ')}`,
    '',
    table(
      ['feature', 'type', 'null', 'mean', 'stddev', 'min', 'max'],
      features
        .slice(0, LISTED)
        .map(([feature, one]) => [
          feature,
          one.type,
          `${((one.nulls / Math.max(1, rows)) * 100).toFixed(1)} %`,
          ...numbersOf(one),
        ]),
    ),
    ...(features.length > LISTED ? [`and ${features.length - LISTED} more, in the manifest`] : []),
  ].join('\n')
}

const HASH_DIGITS = 12
const LISTED = 30

function numbersOf({ mean, stddev, min, max }: FeatureStatistics): readonly string[] {
  return [mean, stddev, min, max].map((one) =>
    one === undefined ? '' : typeof one === 'number' ? String(Number(one.toPrecision(DIGITS))) : one,
  )
}

const DIGITS = 6

/** So that a request-time value that was misspelt is seen. */
function passedText({ columns }: TrainingSet['manifest']): readonly string[] {
  const passed = columns.filter(({ is }) => is === 'passed').map(({ name }) => name)
  return passed.length === 0
    ? []
    : [`  columns of the spine that no feature reads, kept as they are: ${passed.join(', ')}`]
}

function readList(text: string): readonly string[] {
  const list = text.split(',').map((one) => one.trim())
  if (list.some((one) => one === '')) throw new InvalidArgumentError('Write names with commas between them.')
  return list
}

function readTypes(text: string): TrainingOptions['types'] {
  return readList(text).map((one) => {
    const [, name, type] = /^([^:]+):(.+)$/.exec(one) ?? []
    if (name === undefined || type === undefined)
      throw new InvalidArgumentError('Write column:type, as in late:bool,delay:int32.')
    return { name, type }
  })
}

function readSeed(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 0 on.')
  return Number(text)
}

function readInstant(text: string): number {
  const micros = parseInstant(text)
  if (micros === null) throw new InvalidArgumentError('Write an RFC 3339 instant such as 2001-07-01T00:00:00Z.')
  return micros
}

function instantOf(text: string): number {
  const micros = parseInstant(text)
  if (micros !== null) return micros
  throw new ShorelineError('INVALID', `--between ${text} is no instant. Write 2001-07-01, or 2001-07-01T12:00:00Z.`)
}

/** A day is its first instant. */
function parseInstant(text: string): number | null {
  return parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
}
