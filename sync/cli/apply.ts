import { userInfo } from 'node:os'
import { Command } from 'commander'
import type { Change } from '../../registry/apply.ts'
import { loadDefinitions } from '../definitions.ts'
import { contextOf, type GlobalOptions } from './context.ts'

export function applyCommand(): Command {
  return new Command('apply')
    .description('register the definitions')
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const definitions = await loadDefinitions(context.config.features)
      const applied = await context.control.apply(definitions, userInfo().username)
      context.print(
        applied,
        () => `${changesText(applied.changes)}\nregistry ${applied.registry}, revision ${applied.revision}`,
      )
    })
}

export function changesText(changes: readonly Change[]): string {
  if (changes.length === 0) return 'Nothing changed.'
  return changes
    .map(
      ({ kind, name, version, change }) =>
        `${change.padEnd(11)} ${kind} ${name}${version === undefined ? '' : `@${version}`}`,
    )
    .join('\n')
}
