/** Markdown tables and the texts of their cells. */

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, at) => Math.max(column.length, 3, ...rows.map((row) => row[at]?.length ?? 0)))
  const pad = (text: string, at: number): string =>
    at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)
  const write = (row: readonly string[]): string => `| ${row.map(pad).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [write(columns), rule, ...rows.map(write)].join('\n')
}

export function fixed(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits) : ''
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

export function megabytes(bytes: number): string {
  return count(bytes / 1e6)
}

export function money(dollars: number): string {
  return `$${dollars >= 100 ? count(dollars) : dollars.toFixed(dollars >= 1 ? 2 : 3)}`
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
