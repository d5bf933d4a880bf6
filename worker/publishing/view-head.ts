/** What a run puts online: a base alone, or an overlay on the base that it was compared with. */
import { ShorelineError } from '../../core/errors.ts'
import type { RunPointer, ViewHead } from '../../core/head.ts'
import type { Run } from '../../registry/repository.ts'

/** How many blocks have to be in the store before the run may be online. */
export function blocksOf(run: Pick<Run, 'blocks' | 'filters'>): number | null {
  return run.blocks === null ? null : run.blocks + run.filters
}

export function viewHead(run: Run): ViewHead {
  const { id, snapshot, store, blocks, filters, base, watermark } = run
  if (blocks === null) throw new ShorelineError('INTERNAL', `run ${id} has no blocks.`)
  const own: RunPointer = { store, run: id, blocks }
  if (run.kind === 'base') return { snapshot, base: own, watermark }
  if (!base) throw new ShorelineError('INTERNAL', `run ${id} is an overlay without a base.`)
  // Without blocks it says that nothing differs from what was online.
  const overlay = blocks > 0 ? { ...own, filters } : base.overlay
  return { snapshot, base: base.pointer, ...(overlay ? { overlay } : {}), watermark }
}
