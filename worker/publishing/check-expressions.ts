/** Whether this Worker can evaluate what plans compute, before one goes online: the command line may be of a later version. */

import { messageOf, ShorelineError } from '../../core/errors.ts'
import { compileExpression } from '../../core/expressions/compile.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { readExpression } from '../../core/expressions/tree.ts'
import type { Plan } from '../../core/plan.ts'

/** @throws ShorelineError CONFLICT naming the feature */
export function checkExpressions(plans: ReadonlyMap<string, Plan>): void {
  for (const plan of plans.values())
    for (const entry of plan.format === 1 ? [] : plan.onDemand)
      for (const { feature, expression } of entry.form === 'sql' ? entry.features : []) {
        try {
          compileExpression(readExpression(expression), ALL_PACKS)
        } catch (thrown) {
          // Whatever it is that a tree of somebody else's making does to the compiler.
          throw new ShorelineError(
            'CONFLICT',
            `${entry.view}.${feature} cannot be evaluated by the deployed Worker: ${messageOf(thrown)} Nothing was applied: run "shoreline deploy" with the version of Shoreline that made the plan.`,
            { view: entry.view, feature },
          )
        }
      }
}
