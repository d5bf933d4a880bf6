/** What was pushed to a view, as the lake has it. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ViewObject } from '../../registry/objects.ts'
import type { LakeObject } from '../lake/lake.ts'
import type { Workplace } from '../materialize/materialize.ts'

export interface PushedRows {
  readonly objects: readonly LakeObject[]
  /** On this machine. */
  readonly files: readonly string[]
}

/** Null where nobody pushes to the view. */
export async function openPushed(_work: Workplace, _view: ViewObject): Promise<PushedRows | null> {
  return null
}

/** Batch steps and pushed rows, merged feature by feature. */
export async function pushedSteps(
  _db: DuckDBConnection,
  _view: ViewObject,
  batch: string | null,
  _pushed: PushedRows,
  _options: { readonly asKnown: boolean; readonly at: number },
): Promise<string | null> {
  return batch
}
