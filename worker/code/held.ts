/**
 * The on-demand code that this Worker was built with. Workers compile nothing at run time, so code has to be in the bundle
 * before a plan may need it: `shoreline deploy` builds an entry that provides every module under its content hash.
 */
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import type { Code } from '../../core/on-demand/entry.ts'
import type { CodeModule } from '../../core/on-demand/modules.ts'

export type { CodeModule }

export interface Deployed {
  /** Names the build, so that whoever deployed it sees when it is the one that answers. */
  readonly build: string
  /** Content hash -> module. */
  readonly modules: Readonly<Record<string, CodeModule>>
}

let deployed: Deployed = { build: '', modules: {} }

/** Called once by the entry that `shoreline deploy` builds, before the first request. */
export function provideCode(given: Deployed): void {
  deployed = given
}

/** What was provided; an empty build and no modules in a Worker that was built without `shoreline deploy`. */
export function heldCode(): Deployed {
  return deployed
}

/** All that on-demand views of this Worker can run. */
export function codeHere(): Code {
  return { packs: ALL_PACKS, modules: deployed.modules }
}
