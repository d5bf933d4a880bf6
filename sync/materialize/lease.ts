/** Takes a view's lease with the start of a run, and renews it until the run is over. */
import { ShorelineError } from '../../core/errors.ts'
import type { StartRunAnswer, StartRunRequest } from '../../registry/wire/control.ts'
import type { Control } from '../control.ts'
import { HOLDER, isDead } from './holder.ts'

/** Three renewals may be lost before it runs out. */
export const LEASE_SECONDS = 60
const RENEW_MS = 15_000

export interface Lease {
  /** @throws ShorelineError CONFLICT when somebody else has it now: nothing more may be done for the run */
  check(): void
  /** Stops renewing; the deployment forgets the lease when the run ends, or when it runs out. */
  end(): void
}

/** @throws ShorelineError CONFLICT naming the holder when another sync materializes the view */
export async function startLeased(
  control: Control,
  request: Omit<StartRunRequest, 'holder' | 'lease_seconds'>,
): Promise<StartRunAnswer> {
  const asked = { ...request, holder: HOLDER, lease_seconds: LEASE_SECONDS }
  try {
    return await control.startRun(asked)
  } catch (thrown) {
    const holder = thrown instanceof ShorelineError ? thrown.details['holder'] : undefined
    if (typeof holder !== 'string' || !isDead(holder)) throw thrown
    return control.startRun({ ...asked, takeover: holder })
  }
}

export function keepLease(control: Control, run: string): Lease {
  let lost: unknown
  const timer = setInterval(() => {
    control.renewLease(run, { holder: HOLDER, lease_seconds: LEASE_SECONDS }).catch((thrown: unknown) => {
      // A deployment that cannot be reached may be reached again before the lease runs out.
      if (thrown instanceof ShorelineError && thrown.code === 'CONFLICT') lost = thrown
    })
  }, RENEW_MS)
  timer.unref()
  return {
    check() {
      if (lost !== undefined) throw lost
    },
    end: () => clearInterval(timer),
  }
}
