import { Command, InvalidArgumentError } from 'commander'
import { contextOf, type GlobalOptions } from './context.ts'
import { table } from './table.ts'

export function snapshotsCommand(): Command {
  return new Command('snapshots')
    .description('the snapshots of a view, newest first')
    .argument('<view>')
    .action(async (view: string, _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.snapshots(view)
      context.print(answer, () =>
        table(
          ['snapshot', 'rows', 'watermark', 'published', 'state'],
          answer.snapshots.map((one) => [
            one.snapshot,
            one.rows,
            one.watermark ?? '-',
            one.created_at,
            one.online ? 'online' : '',
          ]),
        ),
      )
    })
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('put views back to an earlier snapshot and hold them there until "resume"')
    .argument('<view...>')
    .option('--to <snapshot>', 'its number; the one before when left out', readSnapshot)
    .action(async (views: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly to?: number }>()
      const context = contextOf(options)
      const answer = await context.control.rollback(views, options.to)
      context.print(answer, () =>
        [
          ...answer.views.map(
            ({ view, from, to }) => `${view}: snapshot ${from} -> ${to}, held until "shoreline resume"`,
          ),
          `revision ${answer.revision}; every location answers from it within ${answer.seen_everywhere_within_seconds} s`,
        ].join('\n'),
      )
    })
}

export function resumeCommand(): Command {
  return new Command('resume')
    .description('let syncs publish held views again')
    .argument('<view...>')
    .action(async (views: readonly string[], _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.resume(views)
      context.print(answer, () => `revision ${answer.revision}; the next sync publishes again`)
    })
}

function readSnapshot(text: string): number {
  if (!/^[1-9][0-9]*$/.test(text)) throw new InvalidArgumentError('Write the number of a snapshot.')
  return Number(text)
}
