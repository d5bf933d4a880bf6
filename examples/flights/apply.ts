/** Applies definitions of the example as `shoreline apply` does: checked against the sources, with their code in the Worker. */
import { join } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { ApplyAnswer } from '../../registry/wire/registry.ts'
import { checkDefinitions } from '../../sync/check/check.ts'
import type { Control } from '../../sync/control.ts'
import { loadRepository } from '../../sync/definitions.ts'
import type { Workplace } from '../../sync/materialize/materialize.ts'
import { bringCode } from '../../sync/on-demand/bring.ts'
import { prepareDefinitions } from '../../sync/on-demand/prepare.ts'

export interface ApplyExample {
  /** The folder of the definitions. */
  readonly features: string
  /** The folder of the repository's package.json. */
  readonly root: string
  /** Takes the newest version of each training set, whichever the registered views took. */
  readonly newStatistics?: boolean
  /** Does what the plan calls destructive, too. */
  readonly yes?: boolean
}

/** @throws ShorelineError */
export async function applyExample(
  { control, lake, bucket, folder, memory }: Workplace,
  { features, root, newStatistics = false, yes = false }: ApplyExample,
): Promise<ApplyAnswer> {
  const { definitions, code } = await prepareDefinitions(await loadRepository(features), {
    ...{ root, folder, memory },
    statistics: {
      find: (set) => control.trainingSet(set),
      registry: newStatistics ? null : () => control.registry(),
    },
  })
  const place = { root, folder, lake: bucket }
  if ((await control.plan(definitions)).changes.length === 0) {
    // What the Worker of this machine has lost since comes back.
    await bringCode(control, place, code)
    return control.apply(definitions)
  }
  const asOf = parseTimestamp((await control.head()).now) ?? 0
  const checked = { lake, folder, memory, asOf, counted: new Map<string, string>() }
  const { problems, facts } = await checkDefinitions(definitions, checked)
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  await bringCode(control, place, code)
  return control.apply(definitions, { facts, ...(yes && { yes }) })
}

/**
 * The flights; with the model on top of them once it is applied, so that a start takes nothing away.
 * @param flights their folder
 */
export async function featuresOf(control: Control, flights: string): Promise<string> {
  const { on_demand: onDemand = [] } = await control.registry()
  const hasModel = onDemand.some(({ name, retired }) => name === 'late_model' && !retired)
  return hasModel ? join(import.meta.dirname, 'model/features') : flights
}
