/** Sets of source columns, written `source.column`: what a value is computed from, or what decides which rows there are. */
export type Columns = ReadonlySet<string>

export const NONE: Columns = new Set()

/** Most sets of a plan are empty or the same: those are not copied. */
export function union(sets: Iterable<Columns>): Columns {
  let first = NONE
  let all: Set<string> | undefined
  for (const one of sets) {
    if (one.size === 0 || one === first || one === all) continue
    if (first.size === 0) {
      first = one
      continue
    }
    all ??= new Set(first)
    for (const column of one) all.add(column)
  }
  return all ?? first
}

export function sorted(columns: Columns): readonly string[] {
  return [...columns].sort()
}
