/** `shoreline snapshots`, `rollback`, `hold` and `resume`: what was online, and putting it back. */
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import type { RollbackAnswer, SnapshotsAnswer } from '../../registry/wire/control.ts'
import type { Control } from '../control.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { readCount } from './count.ts'
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
          ['snapshot', 'kind', 'rows', 'changed', 'watermark', 'published', 'state'],
          answer.snapshots.map((one) => [
            one.snapshot,
            one.kind,
            one.rows,
            one.changed ?? '-',
            one.watermark ?? '-',
            one.created_at,
            one.online ? 'online' : one.marked ? 'reclaimed' : '',
          ]),
        ),
      )
    })
}

interface RollbackOptions extends GlobalOptions {
  readonly to?: number
  readonly quarantine?: boolean
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('put views back to an earlier snapshot and hold them there until "resume"')
    .argument('<view...>')
    .option('--to <snapshot>', 'its number; the one before when left out', readCount)
    .option('--quarantine', 'leave the source objects out that the undone snapshots read first')
    .action(async (views: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RollbackOptions>()
      if (options.to !== undefined && views.length > 1)
        throw new ShorelineError('INVALID', '--to is the snapshot of one view: roll the views back one by one.')
      const context = contextOf(options)
      const moves = await Promise.all(views.map((view) => findMove(context.control, view, options.to)))
      const targets = Object.fromEntries(moves.map(({ view, to }) => [view, to]))
      const answer = await context.control.rollback(targets, options.quarantine ?? false)
      // An answer that was lost and asked for again begins where the first one has ended.
      const from = new Map(moves.map((move) => [move.view, move.from]))
      const told = { ...answer, views: answer.views.map((one) => ({ ...one, from: from.get(one.view) ?? one.from })) }
      context.print(told, () => rollbackText(told, options.quarantine ?? false))
    })
}

interface Move {
  readonly view: string
  readonly from: number
  readonly to: number
}

/** Decided before it is asked for, so that asking twice does not go back twice. @throws ShorelineError CONFLICT */
async function findMove(control: Control, name: string, to: number | undefined): Promise<Move> {
  const { view, snapshots }: SnapshotsAnswer = await control.snapshots(name)
  const from = snapshots.find((one) => one.online)?.snapshot
  if (from === undefined)
    throw new ShorelineError('CONFLICT', `View ${view} is not online, so there is nothing to roll back.`, { view })
  const kept = snapshots.filter((one) => !one.marked)
  const target = to ?? kept.find((one) => one.snapshot < from)?.snapshot
  if (target !== undefined) return { view, from, to: target }
  throw new ShorelineError(
    'CONFLICT',
    `View ${view} has no snapshot before ${from}; it has ${kept.map((one) => one.snapshot).join(', ')}.`,
    { view },
  )
}

function rollbackText(answer: RollbackAnswer, quarantine: boolean): string {
  return [
    ...answer.views.map(({ view, from, to }) => `${view}: snapshot ${from} -> ${to}, held until "shoreline resume"`),
    ...answer.quarantined.map(
      ({ uri, snapshot }) => `${uri} is left out from now on; snapshot ${snapshot} read it first`,
    ),
    ...(quarantine && answer.quarantined.length === 0
      ? ['Nothing is left out: what was undone read no object that the snapshots before had not read.']
      : []),
    `revision ${answer.revision}; every location answers from it within ${answer.seen_everywhere_within_seconds} s`,
  ].join('\n')
}

export function holdCommand(): Command {
  return new Command('hold')
    .description('keep views at what they serve: syncs compute and do not publish until "resume"')
    .argument('<view...>')
    .action(async (views: readonly string[], _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.hold(views)
      context.print(answer, () => `revision ${answer.revision}; held until "shoreline resume"`)
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
