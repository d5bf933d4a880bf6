/** The report of the benchmark. */

import type { Case } from './cases.ts'
import type { WasmFigures } from './duckdb-wasm.ts'
import { INSTALL } from './duckdb-wasm.ts'
import type { OfflineFigures } from './offline.ts'

/** Nanoseconds a row. */
export interface Pair {
  readonly ours: number
  readonly hand: number
  readonly ratio: number
}

export interface Figures {
  readonly machine: string
  readonly rounds: number
  readonly times: number
  readonly cases: readonly Case[]
  /** By case. */
  readonly expressions: readonly Pair[]
  readonly duckdbWasm: WasmFigures | null
  /** A `compute` with its steps counted (ours), and as it is written (by hand). */
  readonly computes: readonly (Pair & { readonly name: string })[]
  readonly wasm: number
  readonly requests: readonly { readonly rows: number; readonly microseconds: number }[]
  readonly offline: readonly OfflineFigures[]
  readonly offlineRows: number
}

/** Wherever a library of the machine would decide, DuckDB runs a function of ours. */
const OURS: ReadonlySet<string> = new Set(['logarithm', 'key of text', 'weekend'])

export function report(figures: Figures): string {
  return `# On-demand features

\`npm run bench:ondemand\`, ${figures.machine}.

## A row in workerd

Nanoseconds, medians of ${figures.rounds} interleaved rounds of ${figures.times.toLocaleString('en')} rows. By hand: a function of the same row that keeps the same nulls, written for this
expression alone; where it calls the engine's own \`Math.log\`, it is not the same to the last bit on every machine.
${duckdbText(figures)}

| | expression | ours | by hand | ratio | duckdb-wasm | times ours |
|---|---|---:|---:|---:|---:|---:|
${figures.cases.map((one, at) => expressionLine(one, figures, at)).join('\n')}

${targets(figures)}

A sum of products is compiled to one loop over its terms, and operators whose operands are columns or literals read them without a
call: without both, the last expression took twelve times as long as by hand.

## Functions

What a view costs a row in workerd, with reading its inputs as the values of TypeScript and checking the types of what it answers. A
\`compute\` counts its steps: beside it the same function as it is written.

| | counted | as written | ratio |
|---|---:|---:|---:|
${figures.computes.map((one) => `| ${one.name} | ${whole(one.ours)} | ${whole(one.hand)} | ${one.ratio.toFixed(2)} |`).join('\n')}
| WebAssembly, \`missed\` of examples/flights | ${whole(figures.wasm)} | | |

## A request

All that serving computes for one request, from rows that are in memory: three expressions, a \`compute\` and a WebAssembly function.

| rows | microseconds | a row |
|---:|---:|---:|
${figures.requests.map(({ rows, microseconds }) => `| ${rows} | ${microseconds.toFixed(1)} | ${(microseconds / rows).toFixed(2)} |`).join('\n')}

## Offline

Millions of rows a second, ${figures.offlineRows.toLocaleString('en')} rows, medians of interleaved rounds. The offline path runs the bound text inside \`TRY()\`, with the optimizers off
that take errors away; beside it the text as it was written, in a DuckDB of its own with all optimizers, where errors would end the query.

| | offline | plain DuckDB | ratio |
|---|---:|---:|---:|
${figures.offline.map(offlineLine).join('\n')}
`
}

function duckdbText({ duckdbWasm }: Figures): string {
  return duckdbWasm === null
    ? `duckdb-wasm is measured where it is installed: \`${INSTALL}\`.`
    : `duckdb-wasm (${duckdbWasm.version}) runs the text as it was written, as a prepared statement of one row in the thread that calls it, in Node.`
}

function expressionLine({ name, sql }: Case, { expressions, duckdbWasm }: Figures, at: number): string {
  const { ours = 0, hand = 0, ratio = 0 } = expressions[at] ?? {}
  const text = (sql.length > 60 ? `${sql.slice(0, 57)}…` : sql).replaceAll('|', '\\|')
  const theirs = duckdbWasm?.perRow[at]
  const beside = theirs === undefined ? ['', ''] : [whole(theirs), whole(theirs / ours)]
  return `| ${[name, `\`${text}\``, whole(ours), whole(hand), ratio.toFixed(2), ...beside].join(' | ')} |`
}

/** What was asked for, and what came of it. */
function targets({ cases, expressions, duckdbWasm, offline }: Figures): string {
  const slow = cases.filter((_, at) => (expressions[at]?.ours ?? 0) >= 200).map(({ name }) => name)
  const factors = expressions.map(({ ours }, at) => (duckdbWasm?.perRow[at] ?? 0) / ours)
  const free = offline.filter(({ name }) => !OURS.has(name)).map(({ ratio }) => ratio)
  return [
    `Below 200 ns a row: ${slow.length === 0 ? 'all' : `all but ${slow.join(', ')}`}.`,
    ...(duckdbWasm ? [`Faster than duckdb-wasm, a row at a time: ${whole(Math.min(...factors))} times or more.`] : []),
    `Offline, where no function of ours is used: at most ${Math.max(...free).toFixed(2)} times plain DuckDB.`,
  ].join(' ')
}

function offlineLine({ name, ours, plain, ratio }: OfflineFigures): string {
  const note = OURS.has(name) ? ' (a function of ours)' : ''
  return `| ${name}${note} | ${ours.toFixed(1)} | ${plain.toFixed(1)} | ${ratio.toFixed(2)} |`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
