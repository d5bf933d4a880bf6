/** The tables, for the terminal and for bench/results/ondemand.md. */
import { CASES, COMPUTES, WASMS } from './cases.ts'
import type { OfflineFigures } from './offline.ts'
import { type Measurements, medianOf, type Pace, ratioOf } from './rounds.ts'

export interface Figures {
  readonly machine: string
  readonly pace: Pace
  /** Nanoseconds of what the handler was asked for. */
  readonly found: Measurements
  /** Nanoseconds a row, by case. */
  readonly duckdbWasm: { readonly version: string; readonly perRow: readonly number[] }
  /** By case. */
  readonly queries: readonly OfflineFigures[]
  readonly queryRows: number
  readonly forms: readonly OfflineFigures[]
  readonly formRows: number
}

/** Of the requests that are measured. */
export const REQUEST_ROWS = [1, 100]

/** Wherever a library of the machine would decide, DuckDB runs a function of ours. */
const OURS: ReadonlySet<string> = new Set(['logarithm', 'logistic', 'key of text', 'weekend'])

const NS_WANTED = 200
const TIMES_WANTED = 100
const OFFLINE_WANTED = 1.5

export function report(figures: Figures): string {
  const { machine, pace, found, duckdbWasm, queries, queryRows, forms, formRows } = figures
  return `\`npm run bench:ondemand\`, ${machine}.

## Targets

| | target | measured | met |
|---|---|---|---|
${targets(figures).join('\n')}

## A row in workerd

Nanoseconds, medians of ${pace.rounds} interleaved rounds of some ${pace.ms} ms; ratios round by round, then the median. By hand: a function of the same
row that is null and fails where the expression does, written for this expression alone; where it calls the engine's own \`Math.log\`
or \`Math.exp\`, it is not the same to the last bit on every machine. All were called from one place, which V8 does not inline into. As a
view: with reading its stored inputs and writing what it answers. duckdb-wasm (${duckdbWasm.version}) runs the text as it was written, as a
prepared statement of one row and the reading of its value, in the thread that calls it, in Node.

| | expression | ours | by hand | ratio | as a view | duckdb-wasm | times ours | times a view |
|---|---|---:|---:|---:|---:|---:|---:|---:|
${CASES.map((_, at) => expressionLine(at, figures)).join('\n')}

A sum of products is compiled to one loop over its terms, and operators whose operands are columns or literals read them without a
call: without both, the last expression took twelve times as long as by hand.

## Functions

What a view costs a row in workerd, with reading its inputs as the values of TypeScript and checking the types of what it answers. A
\`compute\` counts its steps: beside it the same view with the function as it is written, and that function alone, on rows that are
there as it reads them. For WebAssembly, alone is the same by hand in JavaScript.

| | form | as a view | steps not counted | alone | ratio to alone |
|---|---|---:|---:|---:|---:|
${[...COMPUTES.map(({ name }, at) => computeLine(name, at, found)), ...WASMS.map(({ name }, at) => wasmLine(name, at, found))].join('\n')}

## A request

All that serving computes for one request, from rows that are in memory: three expressions, a \`compute\` and a WebAssembly function.

| rows | microseconds | a row |
|---:|---:|---:|
${REQUEST_ROWS.map((rows) => requestLine(rows, medianOf(found, `request ${rows}`) / 1000)).join('\n')}

## Offline

Millions of rows a second, ${integer(queryRows)} rows, medians of interleaved rounds. The offline path runs the bound text inside \`TRY()\`, with the
optimizers off that take errors away; beside it the text as it was written, in a DuckDB of its own with all optimizers, where errors
would end the query. Both answer the maximum. Of integers whose bounds its statistics know, plain DuckDB leaves the checks for overflow out;
with \`statistics_propagation\` off, which takes such errors away, it takes as long as ours.

| | offline | plain DuckDB | ratio |
|---|---:|---:|---:|
${queries.map((one) => offlineLine(OURS.has(one.name) ? `${one.name} (a function of ours)` : one.name, one)).join('\n')}

From a table into a table, ${integer(formRows)} rows, the first expression in each form, beside plain DuckDB in SQL:

| | offline | plain DuckDB | ratio |
|---|---:|---:|---:|
${forms.map((one) => offlineLine(one.name, one)).join('\n')}
`
}

/** What was asked for, and what came of it. */
function targets({ found, duckdbWasm, queries }: Figures): readonly string[] {
  const slowest = (whats: readonly string[]): number => Math.max(...whats.map((what) => medianOf(found, what)))
  const nanoseconds = (what: string, slow: number): string =>
    line(`${what}, the slowest`, `below ${NS_WANTED} ns a row`, `${integer(slow)} ns`, slow < NS_WANTED)
  const times = Math.min(...duckdbWasm.perRow.map((theirs, at) => theirs / medianOf(found, `tree ${at}`)))
  const offline = Math.max(...queries.filter(({ name }) => !OURS.has(name)).map(({ ratio }) => ratio))
  return [
    nanoseconds('expressions', slowest(CASES.map((_, at) => `tree ${at}`))),
    nanoseconds('expressions as views', slowest(CASES.map((_, at) => `entry sql${at}`))),
    nanoseconds('views in TypeScript', slowest(COMPUTES.map((_, at) => `entry counted${at}`))),
    nanoseconds('views in WebAssembly', slowest(WASMS.map((_, at) => `entry wasm${at}`))),
    line('a row at a time, the least', `${TIMES_WANTED} times duckdb-wasm`, integer(times), times >= TIMES_WANTED),
    line(
      'offline without a function of ours, the most',
      `${OFFLINE_WANTED} times plain DuckDB`,
      offline.toFixed(2),
      offline <= OFFLINE_WANTED,
    ),
  ]
}

function line(what: string, target: string, measured: string, isMet: boolean): string {
  return `| ${[what, target, measured, isMet ? 'yes' : '**no**'].join(' | ')} |`
}

function expressionLine(at: number, { found, duckdbWasm }: Figures): string {
  const { name = '', sql = '' } = CASES[at] ?? {}
  const text = (sql.length > 60 ? `${sql.slice(0, 57)}…` : sql).replaceAll('|', '\\|')
  const [tree, hand, view] = [`tree ${at}`, `hand ${at}`, `entry sql${at}`]
  const theirs = duckdbWasm.perRow[at] ?? Number.NaN
  const ours = [medianOf(found, tree), medianOf(found, view)] as const
  const cells = [
    ...[name, `\`${text}\``, tenths(ours[0]), tenths(medianOf(found, hand)), ratioOf(found, tree, hand).toFixed(2)],
    ...[tenths(ours[1]), integer(theirs), integer(theirs / ours[0]), integer(theirs / ours[1])],
  ]
  return `| ${cells.join(' | ')} |`
}

function computeLine(name: string, at: number, found: Measurements): string {
  const [counted, plain, alone] = [`entry counted${at}`, `entry plain${at}`, `function plain${at}`]
  const figures = [counted, plain, alone].map((what) => tenths(medianOf(found, what)))
  return `| ${[name, 'TypeScript', ...figures, ratioOf(found, counted, alone).toFixed(2)].join(' | ')} |`
}

function wasmLine(name: string, at: number, found: Measurements): string {
  const [view, hand] = [`entry wasm${at}`, `wasm-hand ${at}`]
  const figures = [tenths(medianOf(found, view)), '', tenths(medianOf(found, hand))]
  return `| ${[name, 'WebAssembly', ...figures, ratioOf(found, view, hand).toFixed(2)].join(' | ')} |`
}

function requestLine(rows: number, microseconds: number): string {
  return `| ${rows} | ${microseconds.toFixed(1)} | ${(microseconds / rows).toFixed(2)} |`
}

function offlineLine(name: string, { ours, plain, ratio }: OfflineFigures): string {
  return `| ${name} | ${ours.toFixed(1)} | ${plain.toFixed(1)} | ${ratio.toFixed(2)} |`
}

function tenths(value: number): string {
  return value < 100 ? value.toFixed(1) : integer(value)
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en')
}
