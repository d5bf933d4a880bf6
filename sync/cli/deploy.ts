import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import type { ApplyAnswer, CodeAnswer } from '../../registry/wire/registry.ts'
import { r2Access } from '../config.ts'
import type { Control } from '../control.ts'
import { type Build, buildName, findConfig, findMain, writeBuild } from '../deploy/build.ts'
import { readOutput, type WranglerDeploy } from '../deploy/wrangler-output.ts'
import { finishWrangler } from '../dev/wrangler.ts'
import type { Lake } from '../lake/lake.ts'
import { openLake } from '../lake/resolve.ts'
import type { CodeFile } from '../on-demand/code.ts'
import { loadCode } from '../on-demand/store.ts'
import { applyPlanned, checkConfirmed, type SignedOptions } from './apply.ts'
import { type Context, contextOf, failedCheck } from './context.ts'
import { evaluate, NEW_STATISTICS, type Planned, type PlanOptions, planAgainst } from './plan.ts'
import { planText } from './plan-text.ts'

interface DeployOptions extends PlanOptions, SignedOptions {
  readonly dryRun?: boolean
  readonly env?: string
}

/** `shoreline deploy --json`. */
interface DeployReport {
  /** Null after a dry run of a deployment whose address is not known. */
  readonly url: string | null
  readonly build: string
  /** Content hashes of the on-demand code in the Worker. */
  readonly holds: readonly string[]
  /** Of the bundle, compressed. */
  readonly bytes: number | null
  /** Null where nothing was deployed yet that could be planned against. */
  readonly plan: Planned['report'] | null
  readonly applied: ApplyAnswer | null
}

/** How long a new Worker may take to answer everywhere we ask. */
const SEEN_WITHIN_MS = 120_000
const ASK_EVERY_MS = 1000

export function deployCommand(): Command {
  return new Command('deploy')
    .description('build the Worker with its on-demand code, deploy it, then make the registry what the definitions say')
    .option('--yes', 'do what the plan calls destructive, too')
    .option('--dry-run', 'check, plan and build, and change nothing')
    .option('--env <name>', "an environment of wrangler's configuration")
    .option('--no-lock', 'do not write the service versions to shoreline.lock.json')
    .option('--memory <size>', "DuckDB's memory", '2GB')
    .option(...NEW_STATISTICS)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<DeployOptions>()
      const named = command.parent?.getOptionValueSource('url') !== 'default'
      const report = await deploy(options, named)
      contextOf(options).print(report, () => deployText(report, options.dryRun ?? false))
    })
}

/** @param named whether the caller said where the deployment is: of a first one nobody knows the address before wrangler */
async function deploy(options: DeployOptions, named: boolean): Promise<DeployReport> {
  const context = contextOf(options)
  const { config, progress } = context
  const main = findMain(config.root, options.env)
  const running = named ? await askCode(context.control) : null
  const planned = running ? await planAgainst(context, options) : null
  if (planned && !options.dryRun) checkConfirmed(planned.report, options)
  const own = planned?.code ?? (await evaluate(context, options)).code // what is wrong in the definitions stops here
  const build = await progress.phase(
    'collect the on-demand code',
    async () => {
      const needed = running?.needs.map(({ hash }) => hash).filter((hash) => !own.has(hash)) ?? []
      const retained = needed.length === 0 ? [] : await loadCode(lakeOf(context), needed)
      const modules = new Map<string, CodeFile>([...retained, ...own])
      const build = await buildName(main, modules.keys(), new Date().toISOString())
      return writeBuild({ main, root: config.root, place: join(config.folder, 'deploy'), modules, build })
    },
    ({ holds }) => `${holds.length} modules`,
  )
  const known = { build: build.build, holds: build.holds, plan: planned?.report ?? null }
  if (options.dryRun) {
    const { gzipped } = await wranglerDeploy(context, build, options, true)
    return { ...known, url: named ? context.control.url : null, bytes: gzipped, applied: null }
  }
  await progress.phase(
    'migrate the database',
    () =>
      finishWrangler('The database could not be migrated, and nothing was deployed', config.root, [
        ...['d1', 'migrations', 'apply', 'DB', '--remote'],
        ...environmentOf(options),
      ]),
    () => 'done',
  )
  const { gzipped, targets } = await wranglerDeploy(context, build, options, false)
  const target = deployedContext(context, options, named, targets)
  await progress.phase(
    'wait until it answers',
    () => untilSeen(target.control, build),
    () => target.control.url,
  )
  const last = planned ?? (await planAgainst(target, options))
  if (!planned) checkConfirmed(last.report, options)
  const applied = await applyPlanned(target, last, options)
  return { ...known, url: target.control.url, bytes: gzipped, plan: last.report, applied }
}

function lakeOf({ config, control }: Context): Lake {
  return openLake(config.lake, { r2: r2Access(control.url), folder: config.root })
}

/** Null when there is no Shoreline at the address yet. */
async function askCode(control: Control): Promise<CodeAnswer | null> {
  try {
    return await control.code()
  } catch (thrown) {
    // A route of an earlier version of this package, or what answers for a Worker that does not exist.
    if (thrown instanceof ShorelineError && thrown.code === 'UNKNOWN_NAME') return null
    throw thrown
  }
}

function environmentOf({ env }: DeployOptions): readonly string[] {
  return env === undefined ? [] : ['--env', env]
}

function wranglerDeploy(
  { config, progress }: Context,
  { entry }: Build,
  options: DeployOptions,
  dry: boolean,
): Promise<WranglerDeploy> {
  return progress.phase(
    dry ? 'build the Worker' : 'deploy the Worker',
    async () => {
      await mkdir(config.folder, { recursive: true })
      const output = join(config.folder, 'deploy', 'wrangler.ndjson')
      await rm(output, { force: true })
      const args = [
        'deploy',
        entry,
        // Else wrangler looks for one beside the entry.
        '--config',
        findConfig(config.root),
        ...environmentOf(options),
        ...(dry ? ['--dry-run', '--outdir', join(config.folder, 'deploy', 'bundle')] : []),
      ]
      const what = dry ? 'The Worker could not be built' : 'The Worker could not be deployed, and nothing was applied'
      await finishWrangler(what, config.root, args, { WRANGLER_OUTPUT_FILE_PATH: output })
      return readOutput(output)
    },
    ({ gzipped }) => (gzipped === null ? 'done' : `${Math.ceil(gzipped / 1024)} KiB compressed`),
  )
}

function deployedContext(context: Context, options: DeployOptions, named: boolean, [url]: readonly string[]): Context {
  if (named) return context
  if (url !== undefined) return contextOf({ ...options, url })
  throw new ShorelineError(
    'UNAVAILABLE',
    'The Worker is deployed, and wrangler did not say at which address. Run "shoreline deploy --url https://…" to apply the definitions.',
  )
}

/** @throws ShorelineError CONFLICT (exit code 3) when another build answers for too long */
async function untilSeen(control: Control, { build }: Build): Promise<void> {
  let last = ''
  for (const started = Date.now(); Date.now() - started < SEEN_WITHIN_MS; await sleep(ASK_EVERY_MS)) {
    try {
      const code = await control.code()
      if (code.build === build) return
      last = `it is still ${code.build === null ? 'a Worker that "shoreline deploy" did not build' : `the build ${code.build}`}`
    } catch (thrown) {
      // A first deployment is a 404 until it has spread; a key that is wrong stays wrong.
      if (!(thrown instanceof ShorelineError) || !['UNKNOWN_NAME', 'UNAVAILABLE'].includes(thrown.code)) throw thrown
      last = messageOf(thrown)
    }
  }
  throw failedCheck(
    new ShorelineError(
      'CONFLICT',
      `The build ${build} was deployed, and ${control.url} does not answer with it: ${last}. Nothing was applied. Run "shoreline deploy" again, or "shoreline apply" once it answers.`,
      { build },
    ),
  )
}

function deployText({ url, build, bytes, holds, plan, applied }: DeployReport, dry: boolean): string {
  const size = bytes === null ? '' : `, ${Math.ceil(bytes / 1024)} KiB compressed`
  const what = `build ${build}${size}, ${holds.length} on-demand modules`
  const planned = plan === null ? 'The address is not known yet: nothing could be planned against it.' : planText(plan)
  if (dry) return `${planned}\n\nBuilt, not deployed: ${what}`
  const registry = applied === null ? '' : `\nApplied: registry ${applied.registry}, revision ${applied.revision}`
  return `${planned}\n\nDeployed to ${url ?? ''}: ${what}${registry}`
}
