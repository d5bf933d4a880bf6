/** `shoreline preview`: what a sync would materialize. */
import { Command } from 'commander'
import { findRuns } from '../../registry/runs.ts'
import { type Preview, preview } from '../materialize/preview.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { readCount } from './count.ts'
import { table } from './table.ts'

interface PreviewOptions extends GlobalOptions {
  readonly limit: number
  readonly memory: string
}

export function previewCommand(): Command {
  return new Command('preview')
    .description('what a sync would materialize, the first rows of it; writes nothing')
    .argument('<view>', 'a view, or view@version')
    .option('--limit <n>', 'how many rows', readCount, 20)
    .option('--memory <size>', 'how much memory it may take', '2GB')
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PreviewOptions>()
      const context = contextOf(options)
      const view = findRuns(await context.control.registry(), name)
      const answer = await preview(context.workplace(options.memory), view, options.limit)
      context.print(answer, () => previewText(answer))
    })
}

/** A cell is a glance: the rest of a long value is in `--json`. */
const CELL = 40

function previewText({ view, rows_read, entities, watermark, left_out, rows }: Preview): string {
  const columns = Object.keys(rows[0] ?? {})
  return [
    `${view}: ${rows_read} rows read, ${entities} entities, newest event ${watermark ?? '-'}; nothing was written`,
    ...left_out.map((uri) => `${uri} is in quarantine and left out`),
    ...(rows.length === 0
      ? []
      : [
          '',
          table(
            columns,
            rows.map((row) => columns.map((column) => cell(row[column]))),
          ),
        ]),
    ...(rows.length < entities ? [`… ${entities - rows.length} more`] : []),
  ].join('\n')
}

function cell(value: unknown): string | number {
  if (typeof value === 'number') return value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > CELL ? `${text.slice(0, CELL - 1)}…` : text
}
