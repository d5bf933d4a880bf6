/** The packs of functions, each in a module of its own, so that a client loads what its plan names. */
import { ShorelineError } from '../errors.ts'
import type { Build, Pack } from './pack.ts'
import { ARITHMETIC } from './packs/arithmetic.ts'

/** Arithmetic is always there: a plan does not name it. */
export type PackName = 'arithmetic' | 'transcendental' | 'strings' | 'time' | 'lists'

/** Functions by name, of the packs that a plan needs. */
export interface Packs {
  readonly functions: ReadonlyMap<string, Build>
}

const LOADERS: Readonly<Record<Exclude<PackName, 'arithmetic'>, () => Promise<Pack>>> = {
  lists: async () => (await import('./packs/lists.ts')).LISTS,
  strings: async () => (await import('./packs/strings.ts')).STRINGS,
  time: async () => (await import('./packs/time.ts')).TIME,
  transcendental: async () => (await import('./packs/transcendental.ts')).TRANSCENDENTAL,
}

/** @throws ShorelineError INVALID for a pack that this version does not have */
export async function loadPacks(names: readonly string[]): Promise<Packs> {
  const loaders: Readonly<Record<string, () => Promise<Pack>>> = LOADERS
  const loaded = names.map((name) => {
    const load = loaders[name]
    if (!load)
      throw new ShorelineError(
        'INVALID',
        `An expression needs the pack of functions ${JSON.stringify(name)}, which this version does not have. Deploy the version that applied it.`,
      )
    return load()
  })
  return packsOf(await Promise.all(loaded))
}

export function packsOf(packs: readonly Pack[]): Packs {
  return { functions: new Map([ARITHMETIC, ...packs].flatMap((pack) => Object.entries(pack))) }
}
