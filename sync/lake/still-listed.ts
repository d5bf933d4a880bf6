/**
 * Whether objects that are read where they are (files of this machine, or R2 by `httpfs`) are still what was listed: DuckDB pins
 * no ETag. Asked once they are read, what was read since the listing is what was listed.
 */
import { changedSinceListed, type Lake, type LakeObject } from './lake.ts'
import { parallel } from './parallel.ts'

/** Requests side by side; each is a HEAD. */
const PARALLEL_HEADS = 32

/** @throws ShorelineError CONFLICT naming an object that was changed or removed */
export async function checkStillListed(lake: Lake, objects: readonly LakeObject[]): Promise<void> {
  await parallel(objects, PARALLEL_HEADS, async (object) => {
    const now = await lake.head(object.key)
    if (!now) throw changedSinceListed(object, 'removed')
    if (now.etag !== object.etag || now.size !== object.size) throw changedSinceListed(object, 'changed')
  })
}
