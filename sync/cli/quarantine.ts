/** `shoreline quarantine`: source objects that syncs and training leave out. */
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import type { QuarantineAnswer } from '../../registry/wire/history.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { table } from './table.ts'

interface ViewOptions extends GlobalOptions {
  readonly view?: string
}

export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('source objects that syncs and training leave out; "rollback --quarantine" puts them there')
    .addCommand(list())
    .addCommand(release())
}

function list(): Command {
  return new Command('list')
    .description('what is left out, and which snapshot read it first')
    .option('--view <view>', 'only what rollbacks of this view put there')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ViewOptions>()
      const context = contextOf(options)
      const answer = await context.control.quarantine(options.view)
      context.print(answer, () => listText(answer))
    })
}

function release(): Command {
  return new Command('release')
    .description('let objects in again; the next sync reads them')
    .argument('[uri...]', 'as "quarantine list" shows them')
    .option('--view <view>', 'instead: all that rollbacks of this view put there')
    .action(async (uris: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ViewOptions>()
      const { view } = options
      if ((view === undefined) === (uris.length === 0))
        throw new ShorelineError('INVALID', 'Name the objects to release, or the view with --view: one of the two.')
      const context = contextOf(options)
      const answer = await context.control.release(
        view === undefined ? { objects: uris.map((uri) => ({ uri })) } : { view },
      )
      context.print(answer, () => answer.released.map(({ uri }) => `${uri} is read again`).join('\n'))
    })
}

function listText({ objects }: QuarantineAnswer): string {
  if (objects.length === 0) return 'Nothing is in quarantine.'
  return table(
    ['object', 'etag', 'view', 'snapshot', 'since'],
    objects.map(({ uri, etag, view, snapshot, since }) => [uri, etag, view, snapshot, `${since.slice(0, 19)}Z`]),
  )
}
