/** In the page: what is measured, each as a function that the benchmark calls. Times are milliseconds unless they say otherwise. */
import { compileExpression, loadPacks } from '../../core/expressions/compile.ts'
import type { ExpressionJson } from '../../core/expressions/tree.ts'
import type { RuntimeValue } from '../../core/expressions/values.ts'
import { COLUMNS, ROWS, row } from '../ondemand/cases.ts'
import { clientOf, rowOf } from './ranking.ts'

/** Nanoseconds a row of each expression, the best of some rounds: what the machine does beside is no part of it. */
async function perRow(trees: readonly ExpressionJson[], rounds: number, ms: number): Promise<readonly number[]> {
  const rows = Array.from({ length: ROWS }, (_, at) => [...row(at)] as readonly RuntimeValue[])
  if (rows[0]?.length !== COLUMNS.length) throw new Error('a row is not of its columns')
  const found: number[] = []
  for (const tree of trees) {
    const evaluate = compileExpression(tree, await loadPacks(tree.packs))
    const pass = (): void => {
      for (let at = 0; at < rows.length; at++)
        try {
          evaluate(rows[at] ?? [])
        } catch {}
    }
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      let passes = 0
      while (performance.now() - start < ms) for (let one = 0; one < 8; one++, passes++) pass()
      best = Math.min(best, ((performance.now() - start) * 1e6) / (passes * rows.length))
    }
    found.push(best)
  }
  return found
}

const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done))

/** The work of each frame: every place computed for another time of departure, and sorted. */
async function rerank(places: number, frames: number): Promise<readonly number[]> {
  const client = clientOf(true)
  const times: number[] = []
  let last = ''
  for (let at = 0; at < frames; at++) {
    await frame()
    const start = performance.now()
    const rows = Array.from({ length: places }, (_, place) => rowOf(place, at * 7))
    const { rows: found, meta } = await client.getMany('ranking', rows, { compute: 'local' })
    const order = found
      .map(({ score }, place) => ({ score: score ?? Number.NEGATIVE_INFINITY, place }))
      .sort((a, b) => b.score - a.score)
    times.push(performance.now() - start)
    if (meta.computed !== 'local' || (at > 0 && meta.source !== 'cache')) throw new Error(JSON.stringify(meta))
    last = order.map(({ place }) => place).join()
  }
  document.title = last
  return times
}

interface DuckDBTimes {
  readonly start: number
  readonly first: number
  readonly query: number
  readonly load: number
  readonly group: number
  readonly version: string
}

async function duckdb(): Promise<DuckDBTimes> {
  const begun = performance.now()
  const duck = await import('@duckdb/duckdb-wasm')
  const worker = new Worker('/duckdb-browser-eh.worker.js')
  const db = new duck.AsyncDuckDB(new duck.VoidLogger(), worker)
  await db.instantiate('/duckdb-eh.wasm')
  const connection = await db.connect()
  const started = performance.now()
  await connection.query('select 1')
  const asked = performance.now()
  const queries = 200
  const statement = await connection.prepare('select 1.5 * ?::double as x')
  for (let at = 0; at < queries; at++) await statement.query(at)
  const queried = performance.now()
  await connection.query('create table events as select i, i % 200 as place, random() as x from range(1000000) t(i)')
  const loaded = performance.now()
  await connection.query('select place, count(*), avg(x), max(i) from events group by place order by 3')
  const grouped = performance.now()
  const version = await db.getVersion()
  await connection.close()
  await db.terminate()
  return {
    start: started - begun,
    first: asked - started,
    query: (queried - asked) / queries,
    load: loaded - queried,
    group: grouped - loaded,
    version,
  }
}

Object.assign(globalThis, { perRow, rerank, duckdb })
document.title = 'ready'
