import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import { type RegistrySnapshot, type ViewObject, viewId } from '../../registry/objects.ts'
import { findRuns, type KeptView, keptViews } from '../../registry/runs.ts'
import { openCache } from '../lake/cache-limit.ts'
import { openLake, READERS, type Reader } from '../lake/resolve.ts'
import {
  type MaterializeOptions,
  materialize,
  materializeTogether,
  type Workplace,
} from '../materialize/materialize.ts'
import type { ViewReport } from '../materialize/report.ts'
import { megabytes } from '../progress.ts'
import { type Compacted, compactPushed } from '../pushed/compact.ts'
import { failureText } from '../quality/gate.ts'
import { requireHttpfs } from '../sources/httpfs.ts'
import { type Context, contextOf, type GlobalOptions } from './context.ts'
import { reclaim } from './gc.ts'
import { addWatchOptions, refuseWith, type WatchFlags, watchViews } from './watch.ts'

interface SyncOptions extends GlobalOptions, WatchFlags {
  readonly full?: boolean
  readonly asOf?: number
  readonly from?: number
  readonly to?: number
  readonly together?: boolean
  readonly dryRun?: boolean
  readonly memory: string
  readonly reader: Reader
}

export function syncCommand(): Command {
  const command = new Command('sync')
    .description('materialize views')
    .argument('[view...]', 'views, or view@version; all that are kept materialized when none is given')
    .option('--full', 'write a new base run even when nothing changed')
    .option('--from <instant>', 'only events from then on; the others stay as they are online', readInstant)
    .option('--to <instant>', 'only events until then; the others stay as they are online', readInstant)
    .option('--as-of <instant>', 'leave out events and creations after it', readInstant)
    .option('--together', 'publish all views in one flip')
    .option('--dry-run', 'say what it would do and cost, and write nothing')
    .option('--memory <size>', 'what it may take of this machine', '2GB')
    .addOption(
      new Option('--reader <how>', 'copy objects of R2 to this machine, or let DuckDB read them there')
        .choices(READERS)
        .default('copy'),
    )
  return addWatchOptions(command).action(async (names: readonly string[], _options: unknown, command: Command) => {
    const options = command.optsWithGlobals<SyncOptions>()
    const context = contextOf(options)
    await (options.watch ? watch : once)(context, names, options)
  })
}

async function once(context: Context, names: readonly string[], options: SyncOptions): Promise<void> {
  const registry = await context.control.registry()
  const views = pickViews(registry, names)
  const work = await workplaceOf(context, options)
  const how = optionsOf(options)
  const cache = await openCache(join(work.folder, 'cache'))
  const reports: ViewReport[] = []
  try {
    if (options.together) reports.push(...(await materializeTogether(work, views, how)))
    else for (const view of views) reports.push(await materialize(work, view, how))
  } finally {
    await cache.end(context.config.cacheBytes)
  }
  const compacted = names.length > 0 || options.dryRun ? [] : await compact(work, registry)
  context.print({ views: reports, compacted }, () =>
    [...reports.map(reportText), ...compacted.map(compactedText)].join('\n'),
  )
}

const ONCE = ['full', 'asOf', 'from', 'to', 'together', 'dryRun'] as const

async function watch(context: Context, names: readonly string[], options: SyncOptions): Promise<void> {
  refuseWith({ ...options }, ONCE)
  const work = await workplaceOf(context, options)
  await watchViews(context, work, options, {
    kept: (registry) => (registry.views.length === 0 ? [] : pickViews(registry, names)),
    picked: pickViews,
    ...(names.length > 0 ? {} : { daily: (registry) => everyDay(work, registry) }),
  })
}

/** @throws ShorelineError INVALID when this machine cannot read so */
async function workplaceOf(context: Context, { memory, reader }: SyncOptions): Promise<Workplace> {
  const work = context.workplace(memory)
  if (reader === 'httpfs') await requireHttpfs(work.lake.r2, join(work.folder, 'spill'))
  return { ...work, lake: { ...work.lake, reader } }
}

function optionsOf({ full, asOf, from, to, dryRun }: SyncOptions): MaterializeOptions {
  if (from !== undefined && to !== undefined && from > to)
    throw new ShorelineError('INVALID', '--from is later than --to: nothing lies between them.')
  if (full && (from !== undefined || to !== undefined))
    throw new ShorelineError(
      'INVALID',
      '--full computes every row, and --from and --to only some. Give one or the other.',
    )
  return {
    ...(full ? { full } : {}),
    ...(asOf === undefined ? {} : { asOf }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(dryRun ? { dryRun } : {}),
  }
}

/** What was pushed, of whoever syncs everything: nothing of it is due, so that a failure is only told. */
function compact(work: Workplace, registry: RegistrySnapshot): Promise<readonly Compacted[]> {
  const sources = registry.sources.filter((source) => source.format === 'push').map((source) => source.name)
  if (sources.length === 0) return Promise.resolve([])
  const place = { lake: openLake(work.bucket, work.lake), folder: work.folder, memory: work.memory }
  return compactPushed(place, sources, (day, message) => {
    process.stderr.write(`What was pushed to ${day} was not compacted: ${message}\n`)
  })
}

/** @returns what became of it, null when nothing was to do */
async function everyDay(work: Workplace, registry: RegistrySnapshot): Promise<string | null> {
  const done = [await reclaim(work.control), await compactDaily(work, registry)].filter((one) => one !== null)
  return done.length === 0 ? null : done.join('; ')
}

async function compactDaily(work: Workplace, registry: RegistrySnapshot): Promise<string | null> {
  const compacted = await compact(work, registry)
  return compacted.length === 0 ? null : compacted.map(compactedText).join('; ')
}

function compactedText({ source, day, files, rows }: Compacted): string {
  return `pushed to ${source}, ${day}: ${files} files became one of ${rows} rows`
}

/**
 * The view versions to materialize: of the named views (`name`, or `name@version` for one version), or of all.
 * @throws ShorelineError UNKNOWN_NAME
 */
export function pickViews(registry: RegistrySnapshot, names: readonly string[]): readonly ViewObject[] {
  const kept = keptViews(registry).map(asRead)
  if (registry.views.length === 0)
    throw new ShorelineError('UNKNOWN_NAME', 'No view is registered yet. Run "shoreline apply".')
  if (names.length === 0) return kept
  const picked = names.flatMap((name) => {
    const runs = findRuns(registry, name)
    return name.includes('@')
      ? [kept.find((view) => viewId(view) === viewId(runs)) ?? runs]
      : kept.filter((view) => view.name === name)
  })
  return [...new Set(picked)]
}

/** A version stores what an earlier one did, and its schedule, checks and tags are the ones that count. */
function asRead({ view, read }: KeptView): ViewObject {
  const { runs: _, ...newest } = read
  return { ...newest, version: view.version }
}

export function reportText(report: ViewReport): string {
  if (report.mode === 'unchanged')
    return `${report.view}: nothing to do, ${report.reason} (snapshot ${report.snapshot}, revision ${report.revision})`
  const seconds = Object.entries(report.seconds).map(([phase, time]) => `${phase} ${time.toFixed(2)} s`)
  const published = report.dry_run
    ? 'nothing was written'
    : report.held
      ? 'held: not published'
      : `revision ${report.revision}`
  const kind = report.mode === 'full' ? 'a new base' : 'an overlay'
  return [
    `${report.view}: ${report.dry_run ? 'would be ' : ''}${kind}, because ${report.reason}`,
    `  ${report.objects} objects of ${megabytes(report.bytes)} (${report.reading}), ${report.rows_read} rows read, ${report.entities} entities, ${report.changed} changed, snapshot ${report.snapshot}, ${published}`,
    `  ${report.blocks} blocks${report.block_bytes === null ? '' : ` of ${report.block_bytes / 1024} KB`}, ${megabytes(report.stored_bytes)} stored`,
    `  ${report.kv_writes} KV writes, ${report.kv_deletes} KV deletes later, ${report.d1_rows} D1 rows${report.d1_deletes === 0 ? '' : ` and ${report.d1_deletes} deletions later`}, ${report.r2_ops} R2 operations: $${report.dollars.toFixed(6)}`,
    ...report.warnings.map((warning) => `  warning: ${failureText(warning)}`),
    `  ${seconds.join(', ')}`,
  ].join('\n')
}

function readInstant(text: string): number {
  const micros = parseTimestamp(text)
  if (micros === null) throw new InvalidArgumentError('Write an RFC 3339 instant such as 2001-07-01T00:00:00Z.')
  return micros
}
