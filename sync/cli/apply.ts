import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import type { Change } from '../../registry/apply.ts'
import { unusedVersions } from '../../registry/retire.ts'
import type { ApplyAnswer } from '../../registry/wire/registry.ts'
import { bringCode } from '../on-demand/bring.ts'
import { type Context, contextOf, failedCheck, type GlobalOptions } from './context.ts'
import { writeLock } from './lock.ts'
import { NEW_STATISTICS, type Planned, type PlanOptions, type PlanReport, planAgainst } from './plan.ts'
import { planText } from './plan-text.ts'

/** Of every command that applies. */
export interface SignedOptions {
  readonly yes?: boolean
  readonly lock: boolean
}

type ApplyOptions = PlanOptions & SignedOptions

export function applyCommand(): Command {
  return new Command('apply')
    .description('make the registry what the definitions say')
    .option('--yes', 'do what the plan calls destructive, too')
    .option('--no-lock', 'do not write the service versions to shoreline.lock.json')
    .option('--memory <size>', 'how much memory it may take', '2GB')
    .option(...NEW_STATISTICS)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ApplyOptions>()
      const context = contextOf(options)
      const planned = await planAgainst(context, options)
      const { report } = planned
      checkConfirmed(report, options)
      const applied = await applyPlanned(context, planned, options)
      context.print({ ...applied, plan: report }, () =>
        applied.changes.length === 0
          ? `Nothing changed: registry ${applied.registry}, revision ${applied.revision}`
          : `${planText(report)}\n\nApplied: registry ${applied.registry}, revision ${applied.revision}`,
      )
    })
}

/** Whoever asks for something destructive has read the plan. @throws ShorelineError CONFLICT, for exit code 3 */
export function checkConfirmed(report: PlanReport, { yes }: SignedOptions): void {
  if (report.destructive.length === 0 || yes) return
  process.stderr.write(`${planText(report)}\n\n`)
  throw failedCheck(
    new ShorelineError('CONFLICT', 'Nothing was applied. Read the plan, then run the same command with --yes.'),
  )
}

/** Applies what was planned, if nothing came between, and locks the versions. @throws ShorelineError CONFLICT, for exit code 3 */
export async function applyPlanned(
  { control, config }: Context,
  { definitions, code, report, checked }: Planned,
  { yes, lock }: SignedOptions,
): Promise<ApplyAnswer> {
  await bringCode(control, config, code)
  const applied = await control
    .apply(definitions, {
      registry: report.registry,
      facts: checked.facts,
      ...(yes ? { yes: true } : {}),
      ...signature(config.root),
    })
    .catch((thrown: unknown) => {
      throw thrown instanceof ShorelineError && thrown.code === 'CONFLICT' ? failedCheck(thrown) : thrown
    })
  if (lock) await writeLock(config.root, control.url, applied)
  return applied
}

export function retireCommand(): Command {
  return new Command('retire')
    .description('remove retained versions that nothing uses; without names, list them')
    .argument('[name@version...]')
    .action(async (objects: readonly string[], _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      if (objects.length === 0) {
        const unused = unusedVersions(await context.control.registry())
        context.print({ unused }, () => (unused.length === 0 ? 'Every retained version is used.' : unused.join('\n')))
        return
      }
      const applied = await context.control.retire(objects, signature(context.config.root))
      context.print(
        applied,
        () => `${changesText(applied.changes)}\nregistry ${applied.registry}, revision ${applied.revision}`,
      )
    })
}

/** Who applies what: the person, and the commit of the definitions. */
export function signature(root: string): { readonly by: string; readonly commit?: string } {
  const env = process.env
  const by = env['SHORELINE_BY'] ?? env['GITHUB_ACTOR'] ?? userInfo().username
  const commit = env['GITHUB_SHA'] ?? head(root)
  return commit === undefined ? { by } : { by, commit }
}

function head(root: string): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  } catch {
    return undefined // no git, no repository, or no commit yet
  }
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
