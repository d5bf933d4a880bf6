/**
 * The on-demand code that this Worker was built with. Workers compile nothing at run time, so code has to be in the bundle
 * before a plan may need it: `shoreline deploy` builds an entry that provides every module under its content hash.
 */

/**
 * The exports of a module. One of an on-demand view in TypeScript exports `compute`, a function of one row: an object of plain
 * values by their names (`int64` is a bigint, `timestamp` an RFC 3339 text, as in TypeScript's column of `docs/semantics.md`),
 * which returns an object of such values by the names of the features. One in WebAssembly exports as `default` the
 * `WebAssembly.Module` that Cloudflare compiled when it was deployed.
 */
export type CodeModule = Readonly<Record<string, unknown>>

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
