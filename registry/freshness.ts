/** Whether what is online of a view is as new as its definition promises. */
import { parseDuration } from '../core/duration.ts'
import type { ViewObject } from './objects.ts'

/**
 * @param view whose `freshness` counts: the newest version that reads the runs
 * @param watermark the newest event timestamp that is online, null without rows; microseconds since the epoch, as `now`
 */
export function isFresh(view: Pick<ViewObject, 'name' | 'freshness'>, watermark: number | null, now: number): boolean {
  if (view.freshness === undefined) return true
  return watermark !== null && now - watermark <= parseDuration(`view ${view.name}: freshness`, view.freshness)
}
