/** `shoreline runs` and `shoreline cancel`: what materializations did, and ending one. */
import { Command } from 'commander'
import type { RunSummary } from '../../registry/wire/history.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { readCount } from './count.ts'
import { table } from './table.ts'

interface RunsOptions extends GlobalOptions {
  readonly object?: string
  readonly limit?: number
}

export function runsCommand(): Command {
  return new Command('runs')
    .description('materializations with their outcome, newest first; failed ones with the reason')
    .argument('[view]', 'a view, or view@version; all when left out')
    .option('--object <uri>', 'only those that read this source object, and which ETag of it')
    .option('--limit <n>', '50 when left out, at most 500', readCount)
    .action(async (view: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunsOptions>()
      const context = contextOf(options)
      const answer = await context.control.runs({ view, object: options.object, limit: options.limit })
      context.print(answer, () => runsText(answer.runs))
    })
}

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('end a run that is under way')
    .argument('<run>', 'as "runs" shows it')
    .action(async (run: string, _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.cancelRun(run)
      context.print(answer, () => `${answer.run} is cancelled; its view is free for another sync`)
    })
}

function runsText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'No run is known of that. "shoreline sync" makes one.'
  const asked = runs.some((run) => run.read !== null)
  return table(
    ['run', 'view', 'state', 'kind', 'rows', 'changed', 'started', 'seconds', ...(asked ? ['etag'] : []), 'why'],
    runs.map((run) => [
      run.run,
      run.view,
      run.state,
      run.kind,
      run.rows ?? '-',
      run.changed ?? '-',
      `${run.started_at.slice(0, 19)}Z`,
      secondsOf(run),
      ...(asked ? [run.read?.etag ?? '-'] : []),
      run.error ?? run.reason ?? '',
    ]),
  )
}

function secondsOf({ started_at, finished_at }: RunSummary): string {
  return finished_at === null ? '-' : ((Date.parse(finished_at) - Date.parse(started_at)) / 1000).toFixed(1)
}
