/** Mistakes in on-demand views. */
import { EVENTS, type Files, index, STATS, table, USER } from './mistake.fixture.ts'

/** An on-demand view of the options `given`, over a stored view and a value of the request. */
function onDemand(given: string, ...before: readonly string[]): Files {
  return index(USER, EVENTS, STATS, ...before, `export const score = onDemandView('score', { ${given} })`)
}

/** An on-demand view with one feature, right but for its form. */
function computed(given: string, ...before: readonly string[]): Files {
  return onDemand(
    `inputs: [stats, request({ distance: t.float64() })], features: { score: t.float64() }, ${given}`,
    ...before,
  )
}

export const ON_DEMAND = table('On-demand views', [
  [
    'an on-demand view without inputs',
    onDemand("features: { score: t.float64() }, sql: { score: '1' }"),
    'onDemandView score: it has no inputs. Write inputs: [view, request({ name: type })] with at least one.',
  ],
  [
    'an entity among the inputs',
    onDemand("inputs: [user], features: { score: t.float64() }, sql: { score: '1' }"),
    'onDemandView score: inputs[0] is entity user. Pass a view, in a role if it needs one, request({ … }) or statistics({ … }).',
  ],
  [
    'two inputs with a feature of one name',
    onDemand(
      "inputs: [stats, stats.as('other', { user_id: 'other_id' })], features: { score: t.float64() }, sql: { score: '1' }",
    ),
    'onDemandView score: two inputs bring "clicks". Leave one of them out with .pick(), or use .rename().',
  ],
  [
    'a join key in the request, too',
    onDemand(
      "inputs: [stats, request({ user_id: t.string() })], features: { score: t.float64() }, sql: { score: '1' }",
    ),
    'onDemandView score: two inputs bring "user_id". Leave one of them out with .pick(), or use .rename().',
  ],
  [
    'a value of the request in two types',
    onDemand(
      "inputs: [inner, request({ distance: t.int64() })], features: { score: t.float64() }, sql: { score: '1' }",
      "const inner = onDemandView('inner', { inputs: [request({ distance: t.float64() })], features: { far: t.bool() }, sql: { far: 'distance > 1' } })",
    ),
    'onDemandView score: the request field "distance" is float64 for inner and int64 for request. Give one of them another name: a join key with .as().',
  ],
  [
    'a value of the request with the name of a feature',
    onDemand("inputs: [request({ score: t.float64() })], features: { score: t.float64() }, sql: { score: 'score' }"),
    'onDemandView score: feature "score" has the name of a value of the request. Give it another name.',
  ],
  [
    '`request()` of nothing',
    onDemand("inputs: [request({})], features: { score: t.float64() }, sql: { score: '1' }"),
    'request: it has no values. Write request({ name: type }).',
  ],
  [
    'an on-demand view in no form',
    computed(''),
    'onDemandView score: it has neither sql nor compute nor wasm. Write exactly one of them.',
  ],
  [
    'an on-demand view in two',
    computed("sql: { score: '1' }, compute: () => ({ score: 1 })"),
    'onDemandView score: it has sql and compute. Write exactly one of them.',
  ],
  [
    'a feature without an expression',
    computed('sql: {}'),
    'onDemandView score: sql has nothing for the feature score. Write its expression.',
  ],
  [
    'an expression for no feature',
    computed("sql: { score: '1', scores: '2' }"),
    'onDemandView score: sql has "scores", which is no feature. Use score, or add it to features.',
  ],
  [
    'a misspelled column in an expression',
    computed("sql: { score: 'click + 1' }"),
    'view score: feature score: sql names the column click, which is not there. Did you mean clicks?',
  ],
  [
    'a misspelled function in an expression',
    computed("sql: { score: 'sqr(distance)' }"),
    'view score: feature score: sql has the function sqr, which is not taken. Did you mean sqrt?',
  ],
  [
    'an expression that ends too early',
    computed("sql: { score: 'distance +' }"),
    'view score: feature score: sql ends too early: something is missing at its end, or a parenthesis is not closed.',
  ],
  [
    'an expression that reads the clock',
    computed("sql: { score: 'epoch(now())' }"),
    'view score: feature score: sql has the function now, which is not taken. The same row must give the same value whenever it is computed: take the time as an input, request({ now: t.timestamp() }).',
  ],
  [
    'an aggregate in an expression',
    computed("sql: { score: 'sum(clicks)' }"),
    'view score: feature score: sql has the function sum, which is not taken. An expression sees one row: aggregate in the SQL of a feature view.',
  ],
  [
    'an expression in decimals',
    computed("sql: { score: 'clicks::decimal(9, 2)' }"),
    'view score: feature score: sql casts to DECIMAL, which is not taken. Cast to DOUBLE, and round(x, 2) to what is shown.',
  ],
  [
    'a product of text',
    computed("sql: { score: 'user_id * 2' }"),
    'view score: feature score: sql has *(VARCHAR, INTEGER), and * does not take these types. Cast what it is given, as in column::double.',
  ],
  [
    'an expression of another type',
    computed("sql: { score: 'user_id' }"),
    'view score: feature score: it is declared float64, and its sql is VARCHAR. Cast it, as in (…)::double, or declare another type.',
  ],
  [
    'two kinds of views with one name',
    index(
      USER,
      EVENTS,
      STATS,
      "export const s = onDemandView('stats', { inputs: [request({ x: t.float64() })], features: { y: t.float64() }, sql: { y: 'x' } })",
    ),
    'featureView stats: two different definitions have this name. Rename one of them, or define it once and import it.',
  ],
  [
    'a service with a feature that has the name of a value of the request',
    index(
      USER,
      EVENTS,
      STATS,
      "const score = onDemandView('score', { inputs: [request({ clicks: t.float64() })], features: { score: t.float64() }, sql: { score: 'clicks' } })",
      "export const profile = featureService('profile', { features: [stats, score] })",
    ),
    'featureService profile: the feature "clicks" of stats has the name of a value of the request; use .pick() to leave it out, or .rename({ clicks: \'stats_clicks\' }).',
  ],
  [
    'a `compute` that is no function',
    computed("compute: 'clicks'"),
    'onDemandView score: compute is "clicks". Write a function: compute: (row) => ({ … }).',
  ],
  [
    'a `compute` that reads the clock',
    computed('compute: () => ({ score: Date.now() })'),
    "onDemandView score: compute uses Date.now(), and ask for the time in request({ … }): a caller's own clock is an input.",
  ],
  [
    'a `compute` that draws lots',
    computed('compute: () => ({ score: Math.random() })'),
    'onDemandView score: compute uses Math.random(), and chance is no input: derive the value from the row.',
  ],
  [
    'a `compute` that fetches',
    computed("compute: () => { void fetch('https://example.com'); return { score: 1 } }"),
    'onDemandView score: compute uses fetch, and it may use its row and nothing else.',
  ],
  [
    'a `compute` in local time',
    computed('compute: (row) => ({ score: new Date(row.distance).getHours() })'),
    'onDemandView score: compute uses getHours(), and the time zone differs between machines: use the method with UTC in its name.',
  ],
  [
    'a `compute` that counts its calls',
    computed('compute: () => ({ score: ++calls })', 'let calls = 0'),
    'onDemandView score: compute changes calls, which outlives the row: rows are computed in any order, in many places.',
  ],
  [
    'a `compute` that is async',
    computed('compute: async () => ({ score: 1 })'),
    'onDemandView score: compute is async or a generator, and a value must be there at once. Write a plain function.',
  ],
  [
    'a `compute` that refers to a definition',
    computed('compute: () => ({ score: stats.name.length })'),
    'onDemandView score: compute refers to stats, a definition, and on-demand code gets its row only. Put what they share into a constant beside them.',
  ],
  [
    'a `compute` that reads files',
    computed("compute: () => ({ score: readFileSync('a').length })", "import { readFileSync } from 'node:fs'"),
    'onDemandView score: compute imports readFileSync from node:fs, which is not pure. It may use its row and packages that need nothing else.',
  ],
  [
    'a `compute` within a function',
    index(
      USER,
      EVENTS,
      STATS,
      "const make = (factor: number) => onDemandView('score', { inputs: [stats], features: { score: t.float64() }, compute: () => ({ score: factor }) })",
      'export const score = make(2)',
    ),
    'onDemandView score: compute refers to factor, a variable of a function around it, which a bundle cannot hold. Write the view at the top of its file, and what it refers to as well.',
  ],
  [
    'a table that takes too long to make',
    computed(
      'compute: () => ({ score: table.size })',
      'const table = new Map<number, number>()\nfor (let i = 0; i < 2e8; i++) if (i % 1e7 === 0) table.set(i, i)',
    ),
    'onDemandView score: compute cannot be loaded: it takes too many steps. What it refers to is made when a Worker starts, and the Worker would not start: make less there, or write out what is made.',
  ],
  [
    'options that are not written out',
    onDemand(
      '...options',
      'const options = { inputs: [stats], features: { score: t.float64() }, compute: () => ({ score: 1 }) } as const',
    ),
    "onDemandView score: compute cannot be found in the definitions. Write the call in full, as in onDemandView('score', { …, compute: (row) => ({ … }) }).",
  ],
  [
    'a WebAssembly module that is not there',
    computed("wasm: { module: 'score.wasm', export: 'score', args: ['distance'], returns: ['score'] }"),
    "onDemandView score: wasm: there is no module score.wasm. Name the file from the folder of package.json, or as new URL('risk.wasm', import.meta.url).",
  ],
  [
    'an argument that is not in the row',
    computed("wasm: { module: 'score.wasm', export: 'score', args: ['distant'], returns: ['score'] }"),
    'onDemandView score: wasm: the argument distant is not in the row. Did you mean distance?',
  ],
  [
    'an argument that is no number',
    computed("wasm: { module: 'score.wasm', export: 'score', args: ['user_id'], returns: ['score'] }"),
    'onDemandView score: wasm: the argument user_id is string, which WebAssembly has no number for. Use bool, int32, int64, float32, float64, timestamp or vector(n).',
  ],
  [
    'a file that is no WebAssembly',
    computed("wasm: { module: 'features/index.ts', export: 'score', args: ['distance'], returns: ['score'] }"),
    'onDemandView score: wasm: the file is no WebAssembly module: WebAssembly.compile(): expected magic word 00 61 73 6d, found 69 6d 70 6f @+0.',
  ],
])
