/** The sums of all isolates, apart from the Durable Object that keeps them. */
import { type Cell, cellKey, definitionOf, type MetricName, OTHER } from './definitions.ts'
import type { Summing } from './reporter.ts'

/** They are stored as one value of at most 2 MB, and a scrape should stay readable. */
const MAX_CELLS = 10_000
/** Batches that are known to have been added: of a thousand isolates, those of the last hundred seconds. */
const BATCHES = 10_000

export class Sums {
  readonly #values: Map<string, number>
  readonly #batches = new Set<string>()

  constructor(cells: readonly Cell[] = []) {
    this.#values = new Map(cells)
  }

  /**
   * A batch that comes again is not added again: its sender did not hear that it had come.
   * @param batch its id, unique
   * @returns whether it was added
   */
  add(batch: string, cells: readonly Cell[]): boolean {
    if (this.#batches.has(batch)) return false
    this.#batches.add(batch)
    if (this.#batches.size > BATCHES)
      for (const oldest of this.#batches) {
        this.#batches.delete(oldest)
        break
      }
    for (const [key, value] of cells) {
      const kept = this.#values.has(key) || this.#values.size < MAX_CELLS ? key : folded(key)
      this.#values.set(kept, (this.#values.get(kept) ?? 0) + value)
    }
    return true
  }

  cells(): readonly Cell[] {
    return [...this.#values]
  }
}

/** The cell of the names that are too many: versions of views come and go, and a counter never goes. */
function folded(key: string): string {
  const [metric, ...labels] = JSON.parse(key) as [MetricName, ...(string | number)[]]
  const names = definitionOf(metric)?.labels ?? []
  return cellKey(metric, ...labels.map((label, at) => (['view', 'source'].includes(names[at] ?? '') ? OTHER : label)))
}

/** The sums of one isolate alone, in its memory. */
export function localSums(): Summing {
  const sums = new Sums()
  return {
    add: async (batch, cells) => void sums.add(batch, cells),
    cells: async () => sums.cells(),
  }
}
