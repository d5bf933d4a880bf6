/** `shoreline keys`: who may call a deployment. */
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { checkScope, scopeNames } from '../../registry/scopes.ts'
import type { CreateKeyAnswer, KeyAnswer } from '../../registry/wire/keys.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { table } from './table.ts'

interface CreateOptions extends GlobalOptions {
  readonly name: string
  readonly description?: string
  readonly scope: readonly string[]
  readonly expires?: string
}

export function keysCommand(): Command {
  return new Command('keys')
    .description('API keys and their scopes')
    .addCommand(create())
    .addCommand(list())
    .addCommand(revoke())
}

function create(): Command {
  return new Command('create')
    .description('make a key; it is shown once')
    .requiredOption('--name <name>', 'what uses it')
    .requiredOption('--scope <scope...>', scopeNames())
    .option('--description <text>')
    .option('--expires <when>', 'a duration such as 90d, or an RFC 3339 instant; never unless given')
    .action(async (_options: unknown, command: Command) => {
      const { name, description, scope, expires, ...options } = command.optsWithGlobals<CreateOptions>()
      for (const one of scope) checkScope(one)
      const context = contextOf(options)
      const made = await context.control.createKey({
        name,
        scopes: [...scope],
        ...(description === undefined ? {} : { description }),
        ...(expires === undefined ? {} : { expires }),
      })
      // The key alone goes to standard output, so that it can be piped to where secrets are kept.
      if (!context.json) process.stderr.write(`${madeText(made)}\n`)
      context.print(made, () => made.key)
    })
}

function list(): Command {
  return new Command('list')
    .description('all keys, with their last use; never their secrets')
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.keys()
      context.print(answer, () => listText(answer.keys))
    })
}

function revoke(): Command {
  return new Command('revoke')
    .description('end a key')
    .argument('<id>', 'as "keys list" shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.revokeKey(checkId(id))
      context.print(
        answer,
        () => `${answer.id} is revoked; no location accepts it after ${answer.stops_within_seconds} s`,
      )
    })
}

/** A whole key is a secret, and does not belong into an address. */
function checkId(text: string): string {
  const [, id] = /^sl_([0-9A-Za-z]+)_/.exec(text) ?? []
  if (id === undefined) return text
  throw new ShorelineError('INVALID', `That is a whole key. Name its id: shoreline keys revoke ${id}.`)
}

function madeText({ id, scopes, expires_at }: CreateKeyAnswer): string {
  const end = expires_at === null ? 'until it is revoked' : `until ${expires_at}`
  return `Key ${id} may ${scopes.join(', ')}, ${end}. It is shown this once:`
}

function listText(keys: readonly KeyAnswer[]): string {
  if (keys.length === 0) return 'There is no key yet. "shoreline keys create" makes one.'
  return table(
    ['id', 'name', 'scopes', 'state', 'created', 'expires', 'last use'],
    keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(' '),
      key.state,
      day(key.created_at),
      key.expires_at === null ? 'never' : day(key.expires_at),
      key.last_used_at === null ? 'never' : `${key.last_used_at.slice(0, 16)}Z`,
    ]),
  )
}

function day(instant: string): string {
  return instant.slice(0, 10)
}
