import { resolve } from 'node:path'
import { Command } from 'commander'
import { r2Access } from '../config.ts'
import { openLake } from '../lake/resolve.ts'
import { publicCode, writeClientCode } from '../on-demand/client-code.ts'
import { loadCode } from '../on-demand/store.ts'
import { contextOf, type GlobalOptions } from './context.ts'

interface CodeOptions extends GlobalOptions {
  readonly out: string
}

/** `shoreline code --json`. */
interface CodeReport {
  readonly out: string
  /** Content hash -> view@version. */
  readonly modules: Readonly<Record<string, string>>
  /** Services that a page cannot compute, with their public features that are computed from what is not public. */
  readonly edge_only: Readonly<Record<string, readonly string[]>>
}

export function codeCommand(): Command {
  return new Command('code')
    .description('the code of on-demand views for pages that compute on the device')
    .argument('<service...>', 'services, or service@version')
    .requiredOption('--out <folder>', 'where to write it, for the bundler of the page')
    .action(async (services: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CodeOptions>()
      const context = contextOf(options)
      const report = await code(context, services, options.out)
      context.print(report, () => textOf(report))
    })
}

async function code(
  { control, config }: ReturnType<typeof contextOf>,
  services: readonly string[],
  out: string,
): Promise<CodeReport> {
  const plans = await Promise.all(services.map((service) => control.servicePlan(service)))
  const views = new Map(plans.flatMap((plan) => [...publicCode(plan)]))
  const lake = openLake(config.lake, { r2: r2Access(control.url), folder: config.root })
  await writeClientCode(resolve(out), views, await loadCode(lake, views.keys()))
  const edgeOnly = plans.flatMap(({ service, version, features, edge_only: names }) => {
    const open = features.filter(({ name, visibility }) => visibility === 'public' && names.includes(name))
    return open.length === 0 ? [] : [[`${service}@${version}`, open.map(({ name }) => name)] as const]
  })
  return { out, modules: Object.fromEntries(views), edge_only: Object.fromEntries(edgeOnly) }
}

function textOf({ out, modules, edge_only: edgeOnly }: CodeReport): string {
  const written = Object.entries(modules).map(([hash, view]) => `${view}  ${hash.slice(0, 12)}`)
  const left = Object.entries(edgeOnly).map(
    ([service, features]) =>
      `${service} cannot be computed in a page: ${features.join(', ')} is computed from what is not public.`,
  )
  const title =
    written.length === 0
      ? `${out}/index.js: no code, the expressions of SQL are in the plan.`
      : `${out}/index.js, for createClient({ code }):`
  return [title, ...written, ...left].join('\n')
}
