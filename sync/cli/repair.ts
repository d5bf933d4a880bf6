/** `shoreline repair`: what a store has lost is put back. */
import { Command } from 'commander'
import { viewId } from '../../registry/objects.ts'
import { type RepairedRun, repairRun } from '../repair/repair.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { pickViews } from './sync.ts'
import { table } from './table.ts'

interface RepairedView {
  /** `view@version` */
  readonly view: string
  readonly runs: readonly RepairedRun[]
}

export function repairCommand(): Command {
  return new Command('repair')
    .description('put back blocks that KV or D1 has lost, from the Parquet of their snapshots')
    .argument('[view...]', 'views, or view@version; all when none is given')
    .option('--memory <size>', "DuckDB's memory", '2GB')
    .action(async (names: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly memory: string }>()
      const context = contextOf(options)
      const work = context.workplace(options.memory)
      const views: RepairedView[] = []
      for (const view of pickViews(await context.control.registry(), names)) {
        const { snapshots } = await context.control.snapshots(viewId(view))
        // What is being served first.
        const served = snapshots.filter((one) => !one.marked).toSorted((a, b) => Number(b.online) - Number(a.online))
        const runs: RepairedRun[] = []
        for (const run of new Set(served.flatMap((one) => one.runs)))
          runs.push(
            await context.progress.phase(
              `${viewId(view)}: look at run ${run}`,
              () => repairRun(work, view, run),
              ({ missing, repaired }) => (missing === 0 ? 'whole' : `${missing} blocks missing, ${repaired} put back`),
            ),
          )
        views.push({ view: viewId(view), runs })
      }
      context.print({ views }, () => repairedText(views))
    })
}

function repairedText(views: readonly RepairedView[]): string {
  const rows = views.flatMap(({ view, runs }) =>
    runs.map((one) => [view, one.run, one.kind, one.blocks, one.missing, one.repaired]),
  )
  return rows.length === 0
    ? 'Nothing is online yet, so nothing can be missing. Run "shoreline sync".'
    : table(['view', 'run', 'kind', 'blocks', 'missing', 'put back'], rows)
}
