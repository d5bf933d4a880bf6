/** A run that is to stop ends between two phases: what it has done so far is kept, and the next sync finishes it. */
import { ShorelineError } from '../../core/errors.ts'
import type { Progress } from '../progress.ts'

export function stoppedError(): ShorelineError {
  return new ShorelineError('UNAVAILABLE', 'The service was stopped. The next sync finishes the run.')
}

/** The same, and once the signal is aborted no further phase begins. */
export function untilStopped(progress: Progress, stop: AbortSignal): Progress {
  return {
    async phase(name, work, text) {
      stop.throwIfAborted()
      return progress.phase(name, work, text)
    },
  }
}
