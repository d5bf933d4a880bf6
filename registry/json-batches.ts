/** Many rows as one bound text: D1 binds at most 100 parameters, and a text of up to 2 MB. */

/** UTF-16 units of a text that stay below a row's 2 MB whatever they are in UTF-8. */
export const TEXT_UNITS = 600_000

/** JSON arrays of rows, each short enough to be bound. */
export function jsonBatches(rows: readonly (readonly unknown[])[]): readonly string[] {
  const texts: string[] = []
  let batch: string[] = []
  let length = 0
  for (const row of rows) {
    const text = JSON.stringify(row)
    if (length + text.length > TEXT_UNITS && batch.length > 0) {
      texts.push(`[${batch.join(',')}]`)
      batch = []
      length = 0
    }
    batch.push(text)
    length += text.length
  }
  if (batch.length > 0) texts.push(`[${batch.join(',')}]`)
  return texts
}
