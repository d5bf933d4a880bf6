/** Held views keep what they serve: syncs compute and do not publish, until they are resumed. Either may be asked again. */
import { ShorelineError } from '../../core/errors.ts'
import type { Head, ViewHead } from '../../core/head.ts'
import { viewId } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import { findRuns } from '../../registry/runs.ts'
import type { PublishAnswer } from '../../registry/wire/control.ts'
import { type Publishing, publishAnswer, retrying, settled, truth } from './publish.ts'

/** @throws ShorelineError CONFLICT when a view is not online */
export function hold(publishing: Publishing, names: readonly string[]): Promise<PublishAnswer> {
  return change(publishing, names, 'hold', (head, id) => {
    const view = head.views[id]
    if (!view)
      throw new ShorelineError(
        'CONFLICT',
        `View ${id} is not online, so there is nothing to hold. Run "shoreline sync ${id}".`,
        { view: id },
      )
    return view.held ? null : { ...view, held: true }
  })
}

/** Lets syncs publish these views again. */
export function resume(publishing: Publishing, names: readonly string[]): Promise<PublishAnswer> {
  return change(publishing, names, 'resume', (head, id) => {
    const view = head.views[id]
    if (!view?.held) return null
    const { held: _, ...free } = view
    return free
  })
}

/** @param next what becomes of a view; null when it is so already */
function change(
  publishing: Publishing,
  names: readonly string[],
  verb: 'hold' | 'resume',
  next: (head: Head, id: string) => ViewHead | null,
): Promise<PublishAnswer> {
  const { repository } = publishing
  return retrying(async () => {
    const head = await truth(repository)
    const registry = await repository.registry(head.registry)
    const ids = [...new Set(names.map((name) => viewId(findRuns(registry, name))))]
    const changed = ids.flatMap((id): [string, ViewHead][] => {
      const view = next(head, id)
      return view === null ? [] : [[id, view]]
    })
    if (changed.length === 0) return publishAnswer(await settled(publishing, head.revision), [])
    const revised = nextHead(head, registry, Object.fromEntries(changed))
    await publishing.publisher.arm()
    await repository.commitRevision(revised, `${verb} ${changed.map(([id]) => id).join(', ')}`, publishing.now())
    return publishAnswer(await settled(publishing, revised.revision), [])
  })
}
