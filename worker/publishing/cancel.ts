/** Ends a run that is under way: its sync is told at its next request, and the view is free for another at once. */
import { ShorelineError } from '../../core/errors.ts'
import type { RunHistory } from '../../registry/history/run-history.ts'
import type { Repository } from '../../registry/repository.ts'

/** Asked again, it changes nothing. @throws ShorelineError CONFLICT when it is over in another way */
export async function cancelRun(
  repository: Pick<Repository, 'run'>,
  history: Pick<RunHistory, 'cancel'>,
  id: string,
  now: number,
): Promise<void> {
  const { view } = await repository.run(id)
  await history.cancel(id, view, now)
  const { state } = await repository.run(id)
  if (state === 'cancelled') return
  const fix =
    state === 'published'
      ? `To take it back, run "shoreline rollback ${view}".`
      : 'There is nothing left of it to cancel.'
  throw new ShorelineError('CONFLICT', `Run ${id} of ${view} is ${state}. ${fix}`, { run: id, state })
}
