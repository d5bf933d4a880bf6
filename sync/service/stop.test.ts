/** A run that is to stop ends between two phases, never within one. */
import { expect, it } from 'vitest'
import { SILENT } from '../progress.ts'
import { stoppedError, untilStopped } from './stop.ts'

it('ends a run before its next phase, with what it was stopped with', async () => {
  const stop = new AbortController()
  const reason = stoppedError()
  const progress = untilStopped(SILENT, stop.signal)
  const done = await progress.phase(
    'compute',
    async () => {
      stop.abort(reason)
      return 'computed'
    },
    String,
  )
  expect(done).toBe('computed')
  let began = false
  const next = progress.phase(
    'publish',
    async () => {
      began = true
    },
    String,
  )
  await expect(next).rejects.toBe(reason)
  expect(began).toBe(false)
})
