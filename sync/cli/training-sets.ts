/** `shoreline training-sets`: which training sets are registered, and what one of them is. */
import { Command } from 'commander'
import type { TrainingSetSummary } from '../../registry/training-description.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { readCount } from './count.ts'
import { table } from './table.ts'
import { trainingSetText } from './training-set-text.ts'

interface TrainingSetsOptions extends GlobalOptions {
  readonly limit?: number
}

export function trainingSetsCommand(): Command {
  return new Command('training-sets')
    .description('registered training sets, newest first; of one version its views, spine, files and statistics')
    .argument('[set]', 'a name for all its versions, or name@version for all that is known of one')
    .option('--limit <n>', '50 when left out, at most 500', readCount)
    .action(async (set: string | undefined, _options: unknown, command: Command) => {
      const { limit, ...options } = command.optsWithGlobals<TrainingSetsOptions>()
      const context = contextOf(options)
      if (set?.includes('@')) {
        const described = await context.control.trainingSet(set)
        context.print(described, () => trainingSetText(described))
        return
      }
      const answer = await context.control.trainingSets(set, limit)
      // Nothing of that name: the same error as for one version, with the name that was probably meant.
      if (set !== undefined && answer.training_sets.length === 0) await context.control.trainingSet(set)
      context.print(answer, () => listText(answer.training_sets))
    })
}

function listText(sets: readonly TrainingSetSummary[]): string {
  if (sets.length === 0) return 'No training set is registered. "shoreline train" makes one.'
  return table(
    ['training set', 'service', 'rows', 'features', 'made', 'content'],
    sets.map(({ name, version, service, rows, features, created_at, hash }) => [
      `${name}@${version}`,
      service ?? '-',
      rows,
      features,
      `${created_at.slice(0, 19)}Z`,
      hash.slice(0, 12),
    ]),
  )
}
