import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import { definitionWarnings } from '../../registry/catalog/warnings.ts'
import type { Definitions } from '../../registry/objects.ts'
import type { RegistryPlan } from '../../registry/plan.ts'
import { type Checked, checkDefinitions } from '../check/check.ts'
import { type Estimate, fromOnline } from '../check/estimate.ts'
import { r2Access } from '../config.ts'
import { loadRepository } from '../definitions.ts'
import type { CodeFile } from '../on-demand/code.ts'
import { type Prepared, prepareDefinitions } from '../on-demand/prepare.ts'
import { type Context, contextOf, type GlobalOptions } from './context.ts'
import { planText } from './plan-text.ts'

/** `shoreline plan --json`. */
export interface PlanReport extends RegistryPlan {
  /** Of the view versions in `materialize`, and of those in `kept`: what one full materialization of each costs. */
  readonly estimates: readonly Estimate[]
  /** What a reviewer should know of definitions that are right, a sentence each. */
  readonly warnings: readonly string[]
}

export interface Planned {
  readonly definitions: Definitions
  /** Content hash -> on-demand module. */
  readonly code: ReadonlyMap<string, CodeFile>
  readonly report: PlanReport
  readonly checked: Checked
}

export interface PlanOptions extends GlobalOptions {
  readonly memory: string
  readonly newStatistics?: boolean
}

/** Of every command that plans. */
export const NEW_STATISTICS = [
  '--new-statistics',
  'take the newest version of every training set whose statistics on-demand views compute with',
] as const

export function planCommand(): Command {
  return new Command('plan')
    .description('the difference between the definitions and the registry, what it forces and what it costs')
    .option('--memory <size>', 'how much memory it may take', '2GB')
    .option(...NEW_STATISTICS)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PlanOptions>()
      const context = contextOf(options)
      const { report } = await planAgainst(context, options)
      context.print(report, () => planText(report))
    })
}

/**
 * Evaluates the definitions and checks them, first alone, then against the registry, then against the real sources.
 * @throws ShorelineError INVALID with everything that is wrong, a paragraph each
 */
export async function planAgainst(context: Context, options: PlanOptions): Promise<Planned> {
  const { definitions, code, warnings: statistics } = await evaluate(context, options)
  const { control, config, progress } = context
  const plan = await control.plan(definitions)
  const head = await control.head()
  const place = {
    lake: { r2: r2Access(control.url), folder: config.root },
    folder: config.folder,
    memory: options.memory,
    asOf: parseTimestamp(head.now) ?? Date.now() * 1000,
  }
  const checked = await progress.phase(
    'check the sources',
    (update) =>
      checkDefinitions(definitions, {
        ...place,
        counted: new Map(plan.materialize.map((id) => [nameOf(id), id])),
        progress: (done, total) => update(done, total, 'views'),
      }),
    ({ problems }) => (problems.length === 0 ? `${definitions.views.length} views` : `${problems.length} problems`),
  )
  if (checked.problems.length > 0)
    throw new ShorelineError('INVALID', checked.problems.join('\n'), { problems: checked.problems })
  const kept = plan.kept.flatMap(({ view }) => {
    const online = head.views[view]
    if (!online) return []
    const schedule = definitions.views.find(({ name }) => name === nameOf(view))?.schedule
    const read = { online: online.store, ...(schedule === undefined ? {} : { schedule }) }
    return [fromOnline(view, read, online.rows, online.blocks)]
  })
  const warnings = [...statistics, ...(await definitionWarnings(definitions, checked.facts))]
  return { definitions, code, checked, report: { ...plan, estimates: [...checked.estimates, ...kept], warnings } }
}

/** The definitions, with their SQL bound and their code bundled. @throws ShorelineError INVALID */
export async function evaluate(
  { config, control }: Context,
  { memory, newStatistics }: Pick<PlanOptions, 'memory' | 'newStatistics'>,
): Promise<Prepared> {
  return prepareDefinitions(await loadRepository(config.features), {
    root: config.root,
    folder: config.folder,
    memory,
    statistics: {
      find: (set) => control.trainingSet(set),
      registry: newStatistics ? null : () => control.registry(),
    },
  })
}

/** `airport_delays@2` -> `airport_delays` */
function nameOf(id: string): string {
  return id.replace(/@.*$/, '')
}
