/** `shoreline gc`: reclaims snapshots that are past their retention. */
import { Command } from 'commander'
import type { GcAnswer, GcRequest } from '../../registry/wire/history.ts'
import type { Control } from '../control.ts'
import { megabytes } from '../progress.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { readCount } from './count.ts'

interface GcOptions extends GlobalOptions {
  readonly dryRun?: boolean
  readonly keep?: number
  readonly olderThan?: string
}

export function gcCommand(): Command {
  return new Command('gc')
    .description('mark snapshots that are past their retention, and delete those that were marked an hour ago')
    .option('--dry-run', 'only say what would be freed')
    .option('--keep <n>', 'newest snapshots of each view that stay, whatever their age; 3 when left out', readCount)
    .option('--older-than <duration>', 'reclaim what was last online before; 7d, or the retention of the view')
    .action(async (_options: unknown, command: Command) => {
      const { dryRun, keep, olderThan, ...options } = command.optsWithGlobals<GcOptions>()
      const context = contextOf(options)
      const request: GcRequest = {
        ...(dryRun ? { dry_run: true } : {}),
        ...(keep === undefined ? {} : { keep }),
        ...(olderThan === undefined ? {} : { older_than: olderThan }),
      }
      const answer = await context.progress.phase(
        'reclaim',
        () => collectAll(context.control, request),
        ({ freed }) => `${freed.runs} runs`,
      )
      context.print(answer, () => gcText(answer))
    })
}

/** With the retention of each view, as the sync service does it once a day. @returns what was freed, null when nothing was */
export async function reclaim(control: Control): Promise<string | null> {
  const { marked, freed } = await collectAll(control, {})
  if (marked.runs === 0 && freed.runs === 0) return null
  return `gc: ${marked.runs} runs marked, ${freed.runs} freed, ${freed.blocks} blocks`
}

/** One call does what an invocation of the Worker may: as often as there is more, and all of it as one answer. */
async function collectAll(control: Control, request: GcRequest): Promise<GcAnswer> {
  let all = await control.gc(request)
  while (all.more && !all.dry_run) {
    const next = await control.gc(request)
    all = {
      ...next,
      marked: {
        runs: all.marked.runs + next.marked.runs,
        snapshots: [...all.marked.snapshots, ...next.marked.snapshots],
      },
      freed: sum(all.freed, next.freed),
    }
  }
  return all
}

function sum(a: GcAnswer['freed'], b: GcAnswer['freed']): GcAnswer['freed'] {
  const names = Object.keys(a) as (keyof GcAnswer['freed'])[]
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as GcAnswer['freed']
}

function gcText(answer: GcAnswer): string {
  const { dry_run: dry, marked, waiting, freed, more } = answer
  const bytes = megabytes(freed.kv_bytes + freed.d1_bytes + freed.r2_bytes)
  return [
    `${dry ? 'would mark' : 'marked'} ${marked.runs} runs and ${marked.snapshots.length} snapshots${dry ? '' : '; a call in an hour deletes them'}`,
    ...marked.snapshots.map(({ view, snapshot }) => `  ${view} snapshot ${snapshot}`),
    ...(waiting.until === null
      ? []
      : [`${waiting.runs} runs are marked; from ${waiting.until} on they may be deleted`]),
    `${dry ? 'would free' : 'freed'} ${freed.runs} runs: ${freed.blocks} blocks (${freed.kv_deletes} deletions from KV, ${freed.d1_rows} rows of D1), ${freed.r2_objects} Parquet objects, ${freed.revisions} revisions, ${bytes}`,
    `$${freed.dollars.toFixed(6)} to delete, $${freed.dollars_a_month.toFixed(6)} a month saved`,
    `revision ${answer.revision}; ${answer.oldest} is the oldest that may be asked for${dry ? ' then' : ''}`,
    ...(more ? ['There is more than this looked into.'] : []),
  ].join('\n')
}
