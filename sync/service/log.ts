/** What the service writes on standard output: one JSON document a line, one for every run, and one for what else happens. */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { viewId } from '../../registry/objects.ts'
import type { ViewReport } from '../materialize/report.ts'
import type { Job } from './agenda.ts'

/** `busy`: somebody else materializes the view. `interrupted`: the service was stopped, and the next sync finishes the run. */
export type Outcome = 'published' | 'held' | 'unchanged' | 'failed' | 'busy' | 'interrupted'

interface Line {
  /** RFC 3339. */
  readonly time: string
  readonly level: 'info' | 'warn' | 'error'
}

/** Every run has all of these fields, so that a table can be made of them. */
export interface RunLine extends Line {
  readonly event: 'run'
  readonly view: string
  readonly outcome: Outcome
  readonly why: Job['why']
  readonly request: number | null
  readonly mode: ViewReport['mode'] | null
  readonly reason: string | null
  readonly rows_read: number | null
  readonly entities: number | null
  readonly changed: number | null
  readonly dollars: number | null
  readonly seconds: number
  readonly snapshot: number | null
  readonly revision: number | null
  /** Checks that did not hold and only warn. */
  readonly warnings: number | null
  readonly code: string | null
  readonly error: string | null
}

export interface EventLine extends Line {
  readonly event: 'started' | 'stopping' | 'stopped' | 'trouble' | 'daily'
  readonly message: string
}

export type LogLine = RunLine | EventLine
export type Log = (line: LogLine) => void

/** One write a line: nothing of two lines is ever mixed. */
export function logTo(stream: NodeJS.WritableStream): Log {
  return (line) => void stream.write(`${JSON.stringify(line)}\n`)
}

export function eventLine(now: number, level: Line['level'], event: EventLine['event'], message: string): EventLine {
  return { time: timeOf(now), level, event, message }
}

export function doneLine(job: Job, report: ViewReport, now: number): RunLine {
  const { mode, reason, rows_read, entities, changed, dollars, snapshot, revision, held, warnings } = report
  const outcome = mode === 'unchanged' ? 'unchanged' : held ? 'held' : 'published'
  const found = { mode, reason, rows_read, entities, changed, dollars, snapshot, revision, warnings: warnings.length }
  return { ...lineOf(job, now, outcome, warnings.length > 0 ? 'warn' : 'info'), ...found, code: null, error: null }
}

export function undoneLine(
  job: Job,
  outcome: 'failed' | 'busy' | 'interrupted',
  thrown: unknown,
  now: number,
): RunLine {
  return {
    ...lineOf(job, now, outcome, outcome === 'failed' ? 'error' : 'info'),
    ...NOTHING,
    code: thrown instanceof ShorelineError ? thrown.code : 'INTERNAL',
    error: messageOf(thrown),
  }
}

const NOTHING = {
  mode: null,
  reason: null,
  rows_read: null,
  entities: null,
  changed: null,
  dollars: null,
  snapshot: null,
  revision: null,
  warnings: null,
} as const

function lineOf({ view, why, request, startedAt }: Job, now: number, outcome: Outcome, level: Line['level']) {
  const seconds = (now - startedAt) / 1000
  return { time: timeOf(now), level, event: 'run' as const, view: viewId(view), outcome, why, request, seconds }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
