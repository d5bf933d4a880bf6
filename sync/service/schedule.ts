/** When a view is to be run next: the instants that its cron expression names, in UTC, each a little later for each view. */
import { Cron } from 'croner'
import { md5Prefix } from '../../core/md5.ts'
import { cronValues } from '../../registry/definitions/cron.ts'

/**
 * The first instant after another that a schedule names.
 * @param schedule five fields, as the definitions accept them
 * @param after milliseconds since the epoch, like the result; null when there is none, as of a 31st of February
 */
export function nextScheduled(schedule: string, after: number): number | null {
  return compiled(schedule).nextRun(new Date(after))?.getTime() ?? null
}

/**
 * How much later than its schedule a view runs: the same for each of its runs, less than the bound, never early. Without it
 * all hourly views would begin in the same second.
 */
export function jitterOf(view: string, boundMs: number): number {
  return Math.floor((md5Prefix(view) / 2 ** 32) * boundMs)
}

/** When a view that ran last at `ranAt` is to be run again. A schedule that was missed many times is due once. */
export function nextRun(schedule: string, ranAt: number, jitterMs: number): number | null {
  const next = nextScheduled(schedule, ranAt - jitterMs)
  return next === null ? null : next + jitterMs
}

const known = new Map<string, Cron>()

/** The values are written out: what a step or a range may be differs from one reader of cron to the next. */
function compiled(schedule: string): Cron {
  const cron =
    known.get(schedule) ??
    new Cron(
      cronValues(schedule)
        .map((values) => values?.join(',') ?? '*')
        .join(' '),
      { timezone: 'UTC', mode: '5-part' },
    )
  known.set(schedule, cron)
  return cron
}
