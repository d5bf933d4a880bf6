/**
 * Runs `work` on every item, at most `limit` at a time, and returns the results in the items' order. After a failure no
 * further item is begun, those under way are awaited (they may hold files), and the first failure is thrown.
 */
export async function parallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length)
  const failures: unknown[] = []
  const queue = items.entries()
  async function lane(): Promise<void> {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      try {
        results[index] = await work(item)
      } catch (thrown) {
        failures.push(thrown)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane))
  if (failures.length > 0) throw failures[0]
  return results
}
