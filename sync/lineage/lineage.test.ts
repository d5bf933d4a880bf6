import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, it } from 'vitest'
import { columnLineage } from './lineage.ts'

const instance = await DuckDBInstance.create(':memory:')
const db = await instance.connect()
await db.run(`set TimeZone = 'UTC'`)
await db.run(
  `create temp table t (id bigint, g int, v int, w int, s varchar, ts timestamp, l int[], st struct(a int, b int))`,
)
await db.run(`create temp table u (id bigint, x int, y int, ts timestamp)`)
await db.run(`create temp table "Odd" ("Some Column" int, "a.b" int)`)
afterAll(() => {
  db.closeSync()
  instance.closeSync()
})

const SOURCES = ['t', 'u', 'Odd']

/** What each column comes from, and the rows, as words: `{ m: 't.v u.x' }`. */
async function lineage(sql: string): Promise<readonly [columns: Record<string, string>, rows: string]> {
  const { columns, rows } = await columnLineage(db, sql, SOURCES)
  const words = Object.entries(columns).map(([name, found]) => [name, found.join(' ')])
  return [Object.fromEntries(words), rows.join(' ')]
}

type Case = readonly [sql: string, columns: Record<string, string>, rows: string]

function exactly(what: string, cases: readonly Case[]): void {
  describe(what, () => {
    it.each(cases)('%s', async (sql, columns, rows) => {
      expect(await lineage(sql)).toEqual([columns, rows])
    })
  })
}

exactly('expressions', [
  ['select id, v from t', { id: 't.id', v: 't.v' }, ''],
  ['from u', { id: 'u.id', x: 'u.x', y: 'u.y', ts: 'u.ts' }, ''],
  ['select v + w as a, 1 as one, now() as at from t', { a: 't.v t.w', one: '', at: '' }, ''],
  ['select case when v > 1 then w else g end as c from t', { c: 't.g t.v t.w' }, ''],
  ['select coalesce(v, w) as c, v between w and g as b from t', { c: 't.v t.w', b: 't.g t.v t.w' }, ''],
  ["select s like 'a%' as k, upper(s)[1] as f, try_cast(s as int) as n from t", { k: 't.s', f: 't.s', n: 't.s' }, ''],
  ['select v in (1, 2) as a, v in (w, g) as b from t', { a: 't.v', b: 't.g t.v t.w' }, ''],
  ['select st.a as a, l[v] as e, {k: v, m: [w]} as n from t', { a: 't.st', e: 't.l t.v', n: 't.v t.w' }, ''],
  ['select list_transform(l, lambda x: x + v) as a from t', { a: 't.l t.v' }, ''],
  [
    'select list_transform(l, lambda x: list_sum(list_transform([1], lambda y: x + y + v + w))) as a from t',
    { a: 't.l t.v t.w' },
    '',
  ],
  ['select [x + v for x in l if x > w] as a from t', { a: 't.l t.v t.w' }, ''],
  ["select columns(c -> c in ('g', 'v')) + 1 from t", { g: 't.g', v: 't.v' }, ''],
  ['select * exclude (l, st, s, ts) replace (v + w as v) from t', { id: 't.id', g: 't.g', v: 't.v t.w', w: 't.w' }, ''],
  ['select t.id, unnest(st) from t', { id: 't.id', a: 't.st', b: 't.st' }, ''],
  ['select count(*) over () as n, rowid as r from t', { n: '', r: '' }, ''],
])

exactly('names', [
  ['select id as "Id", ID as id2, T.V from t', { Id: 't.id', id2: 't.id', v: 't.v' }, ''],
  ['select * from "Odd"', { 'Some Column': 'Odd.Some Column', 'a.b': 'Odd.a.b' }, ''],
  ['select "SOME COLUMN" as a from odd', { a: 'Odd.Some Column' }, ''],
  ['select max(v), count(*) from t', { 'max(v)': 't.v', 'count_star()': '' }, ''],
  ["select 'it''s' as a, v as \"x'y\" from t -- a comment", { a: '', "x'y": 't.v' }, ''],
  [
    'select v as constructor, w as __proto__ from t',
    Object.fromEntries([
      ['constructor', 't.v'],
      ['__proto__', 't.w'],
    ]),
    '',
  ],
])

exactly('filters, limits and order', [
  ['select id from t where v > 1 and w = g', { id: 't.id' }, 't.g t.v t.w'],
  ['select id from t where false', { id: 't.id' }, ''],
  ['select id from t order by v', { id: 't.id' }, ''],
  ['select id from t order by v limit 3', { id: 't.id' }, 't.v'],
  ['select id from t limit 3', { id: 't.id' }, ''],
  ['select id from t order by v limit 10%', { id: 't.id' }, 't.v'],
  ['select id from (select * from t order by v) limit 3 offset 1', { id: 't.id' }, 't.v'],
  ['select id from t limit (select max(x) from u)', { id: 't.id' }, 'u.x'],
  ['select id from (select * from t order by w) using sample 3 rows', { id: 't.id' }, 't.w'],
  ['select id from t tablesample 10%', { id: 't.id' }, ''],
])

exactly('groups', [
  ['select g, sum(v) as s, count(*) as n from t group by g', { g: 't.g', s: 't.v', n: '' }, 't.g'],
  ['select g + 1 as k, max(v) as m from t group by all', { k: 't.g', m: 't.v' }, 't.g'],
  ['select sum(v) as s, count(*) as n from t where w > 1', { s: 't.v', n: '' }, 't.w'],
  ['select g, max(v) as m from t group by g having count(*) > min(w)', { g: 't.g', m: 't.v' }, 't.g t.w'],
  ['select sum(v) filter (w > 1) as s, count(*) filter (w > 1) as n from t', { s: 't.v t.w', n: 't.w' }, ''],
  ['select list(v order by w) as l, first(v order by ts desc) as f from t', { l: 't.v t.w', f: 't.ts t.v' }, ''],
  ["select string_agg(s, ',' order by id) as s from t", { s: 't.id t.s' }, ''],
  ['select count(distinct g) as d, arg_max(v, ts) as m from t', { d: 't.g', m: 't.ts t.v' }, ''],
  ['select list(distinct v order by v desc) as l from t', { l: 't.v' }, ''],
  ['select first(v) as f, g from (select * from t order by w) group by g', { f: 't.v t.w', g: 't.g' }, 't.g'],
  [
    'select g, w, sum(v) as s, grouping(g, w) as k from t group by grouping sets ((g), (g, w), ())',
    { g: 't.g', w: 't.w', s: 't.v', k: '' },
    't.g t.w',
  ],
  ['select g, w, count(*) as n from t group by rollup (g, w)', { g: 't.g', w: 't.w', n: '' }, 't.g t.w'],
])

exactly('distinct', [
  ['select distinct g, v from t', { g: 't.g', v: 't.v' }, 't.g t.v'],
  ['select count(*) as n from (select distinct g from t)', { n: '' }, 't.g'],
  ['select distinct on (g) g, v from t order by g, ts desc', { g: 't.g', v: 't.v' }, 't.g t.ts'],
  ['select distinct on (g) v from (select * from t order by w)', { v: 't.v' }, 't.g t.w'],
])

exactly('windows', [
  ['select id, row_number() over (partition by g order by ts) as r from t', { id: 't.id', r: 't.g t.ts' }, ''],
  [
    "select sum(v) filter (s = 'a') over (order by id rows between w preceding and current row) as m from t",
    { m: 't.id t.s t.v t.w' },
    '',
  ],
  ['select lag(v, w, g) over (order by ts) as m from t', { m: 't.g t.ts t.v t.w' }, ''],
  ["select string_agg(s, ',' order by v) over (partition by g) as m from t", { m: 't.g t.s t.v' }, ''],
  ['select first_value(v) over w as a from t window w as (partition by g order by ts)', { a: 't.g t.ts t.v' }, ''],
  ['select last_value(v) over () as a from (select * from t order by w)', { a: 't.v t.w' }, ''],
  ['select id from t qualify row_number() over (partition by g order by ts desc) = 1', { id: 't.id' }, 't.g t.ts'],
])

exactly('joins', [
  ['select t.v, u.x from t join u on t.id = u.id', { v: 't.v', x: 'u.x' }, 't.id u.id'],
  ['select t.v, u.x from t left join u using (id)', { v: 't.v', x: 'u.x' }, 't.id u.id'],
  ['select id from t full join u using (id)', { id: 't.id u.id' }, 't.id u.id'],
  ['select x from t right join u on t.id = u.id and t.v < u.y', { x: 'u.x' }, 't.id t.v u.id u.y'],
  ['select x from t left join u on t.v < u.y or u.x = t.w', { x: 'u.x' }, 't.v t.w u.x u.y'],
  [
    'select t.s from t left join u on t.v < u.y or u.x = 1 left join u as z on z.x > t.w',
    { s: 't.s' },
    't.v t.w u.x u.y',
  ],
  ['select t.id, x from t, u', { id: 't.id', x: 'u.x' }, ''],
  ['select t.id, x from t, (from u where y > 1)', { id: 't.id', x: 'u.x' }, 'u.y'],
  ['select t.id, n from t, (select x, count(*) as n from u where y > 1 group by x)', { id: 't.id', n: '' }, 'u.x u.y'],
  // One row, whatever is in u; then one or none; then two.
  ['select t.id, m from t, (select max(x) as m from u where y > 1)', { id: 't.id', m: 'u.x u.y' }, ''],
  ['select t.id from t, (select max(x) as m from u having max(y) > 1)', { id: 't.id' }, 'u.y'],
  [
    'select t.id, m from t, (select max(x) as m from u where y > 1 group by grouping sets ((), ()))',
    { id: 't.id', m: 'u.x' },
    'u.y',
  ],
  ['select t.v from t semi join u using (id)', { v: 't.v' }, 't.id u.id'],
  ['select t.id from t anti join u on t.v > u.x', { id: 't.id' }, 't.v u.x'],
  ['select v, x from t asof join u on t.id = u.id and t.ts >= u.ts', { v: 't.v', x: 'u.x' }, 't.id t.ts u.id u.ts'],
  ['select v, x from t asof left join u on t.id = u.id and t.ts > u.ts', { v: 't.v', x: 'u.x' }, 't.id t.ts u.id u.ts'],
  ['select v, x from t positional join u', { v: 't.v', x: 'u.x' }, ''],
  [
    'select v, x from (select * from t where w > 1) positional join (select * from u order by y)',
    { v: 't.v', x: 'u.x' },
    't.w u.y',
  ],
  ['select a.v, b.w from t a join t b on a.id = b.g', { v: 't.v', w: 't.w' }, 't.g t.id'],
])

exactly('subqueries', [
  ['select id, (select max(x) from u where y > 1) as m from t', { id: 't.id', m: 'u.x u.y' }, ''],
  ['select id, (select x from u order by y limit 1) as m from t', { id: 't.id', m: 'u.x u.y' }, ''],
  ['select t.g, (select max(x) from u where u.id = t.id) as m from t', { g: 't.g', m: 't.id u.id u.x' }, ''],
  ['select t.g, (select count(*) from u where u.id = t.id) as n from t', { g: 't.g', n: 't.id u.id' }, ''],
  [
    'select g, (select x from u where u.id = t.id order by y limit 1) as z from t',
    { g: 't.g', z: 't.id u.id u.x u.y' },
    '',
  ],
  ['select id from t where v > (select avg(x) from u where y = 1)', { id: 't.id' }, 't.v u.x u.y'],
  ['select v in (select x from u where y > 1) as a from t', { a: 't.v u.x u.y' }, ''],
  ['select exists (from u where y = 3) as a from t', { a: 'u.y' }, ''],
  ['select exists (from u where y = t.v) as a from t', { a: 't.v u.y' }, ''],
  ['select v > all (select x from u) as a from t', { a: 't.v u.x' }, ''],
  ['select id from t where v in (select x from u where u.y = t.g)', { id: 't.id' }, 't.g t.v u.x u.y'],
  ['select v from t where (id, g) not in (select id, x from u)', { v: 't.v' }, 't.g t.id u.id u.x'],
  [
    'select v, (select sum(x) from u where u.id = t.id and u.y in (select w from t b where b.g = t.g)) as q from t',
    { v: 't.v', q: 't.g t.id t.w u.id u.x u.y' },
    '',
  ],
  [
    'select a.s from t a where exists (from u where u.id = a.id and exists (from t b where b.v = u.x and b.w = a.w))',
    { s: 't.s' },
    't.id t.v t.w u.id u.x',
  ],
  [
    'select t.g, r.m from t, lateral (select max(x) as m from u where u.id = t.id) as r',
    { g: 't.g', m: 'u.x' },
    't.id u.id',
  ],
  [
    'select t.g, r.x from t left join lateral (select x from u where u.y < t.v) as r on true',
    { g: 't.g', x: 'u.x' },
    't.v u.y',
  ],
  [
    'select g, array(select x from u where u.id = t.id order by y) as a from t',
    { g: 't.g', a: 't.id u.id u.x u.y' },
    '',
  ],
])

exactly('CTEs', [
  ['with c as (select id, v from t where w > 1) select id, v from c', { id: 't.id', v: 't.v' }, 't.w'],
  [
    'with c as materialized (select id, g, v from t where w > 1) select a.g, b.v from c a join c b using (id)',
    { g: 't.g', v: 't.v' },
    't.id t.w',
  ],
  ['with a as (from t), b as (select id, v + w as z from a) select z from b where id > 1', { z: 't.v t.w' }, 't.id'],
  ['with c as (select count(*) as n from t where v > 1) select id, n from u, c', { id: 'u.id', n: 't.v' }, ''],
  [
    'with c as (select id, v from t) select v from c a where exists (with d as (select x from u where u.id = a.id) from d m join d n using (x) where m.x > a.v)',
    { v: 't.v' },
    't.id t.v u.id u.x',
  ],
  [
    'with recursive r(n, v) as (select g, v from t where w = 1 union all select n + 1, x from r join u on u.id = n where n < 5) select * from r',
    { n: 't.g', v: 't.v u.x' },
    't.g t.w u.id',
  ],
  // What the step gives to one column goes on to the next, as often as there are columns.
  [
    'with recursive r(n, a, b, c) as (select 0, g, v, w from t union all select n + 1, b, c, n from r where n < 5) select a, b, c from r',
    { a: 't.g t.v t.w', b: 't.v t.w', c: 't.w' },
    '',
  ],
  [
    'with recursive r(n) as (select v from t union select n + 1 from r where n < 5) select n from r',
    { n: 't.v' },
    't.v',
  ],
  [
    'with recursive r(n, v) as (select 0, v from t union select n + 1, v from r where n < 5) select n from r',
    { n: '' },
    't.v',
  ],
  [
    'with recursive r(n, v) using key (n) as (select id, v from t union all select n, v + 1 from r where v < 5) select * from r',
    { n: 't.id t.v', v: 't.id t.v' },
    't.id t.v',
  ],
])

exactly('sets', [
  ['select g, v from t union all select x, y from u', { g: 't.g u.x', v: 't.v u.y' }, ''],
  ['select g, v from t union select x, y from u', { g: 't.g u.x', v: 't.v u.y' }, 't.g t.v u.x u.y'],
  ['select g from t intersect select x from u', { g: 't.g' }, 't.g u.x'],
  ['select g, v from t except all select x, y from u where id > 1', { g: 't.g', v: 't.v' }, 't.g t.v u.id u.x u.y'],
  ['select id, v from t union all by name select y, id from u', { id: 't.id u.id', v: 't.v', y: 'u.y' }, ''],
])

exactly('lists and rows made of values', [
  ['select g, unnest(l) as e from t', { g: 't.g', e: 't.l' }, 't.l'],
  ['select g, e from t, unnest(t.l) as x(e)', { g: 't.g', e: 't.l' }, 't.l'],
  ['select g, n from t, range(t.v) as x(n)', { g: 't.g', n: 't.v' }, 't.v'],
  ['select g, (select sum(n) from range(t.v) as x(n)) as n from t', { g: 't.g', n: 't.v' }, ''],
  ['select n from range((select max(x) from u where y > 1)) as x(n)', { n: 'u.x u.y' }, 'u.x u.y'],
  ['select n, id from range(5) as x(n), u', { n: '', id: 'u.id' }, ''],
  ['values (1, 2), (3, 4)', { col0: '', col1: '' }, ''],
  ['select g, z.a from t, lateral (values (t.v, 1), (t.w, 2)) as z(a, b)', { g: 't.g', a: 't.v t.w' }, 't.v t.w'],
  ['select k, z from (unpivot u on x, y into name k value z)', { k: '', z: 'u.x u.y' }, 'u.x u.y'],
  [
    "from (pivot t on s in ('a', 'b') using sum(v) as q group by g)",
    { g: 't.g', a_q: 't.s t.v', b_q: 't.s t.v' },
    't.g',
  ],
])

describe('a pivot of many values', () => {
  it('comes from what is pivoted, whichever of them', async () => {
    const values = Array.from({ length: 30 }, (_, index) => `'k${index}'`)
    const [columns, rows] = await lineage(
      `from (pivot t on s in (${values.join()}) using sum(v) as q, max(w) as m group by g)`,
    )
    expect(columns['g']).toBe('t.g')
    expect(columns['k7_q']).toBe('t.s t.v t.w')
    expect(Object.keys(columns)).toHaveLength(61)
    expect(rows).toBe('t.g t.s')
  })
})

describe('what is not understood', () => {
  const EVERYTHING = ['Odd.Some Column', 'Odd.a.b', 't.g', 't.id', 't.l', 't.s', 't.st', 't.ts', 't.v', 't.w'].concat([
    'u.id',
    'u.ts',
    'u.x',
    'u.y',
  ])

  it.each<[what: string, sql: string, columns: readonly string[]]>([
    ['a table function', 'select t.id, function_name as f from t, duckdb_functions()', ['id', 'f']],
    ['a statement that cannot be in a subquery', 'select id, v from t;', ['id', 'v']],
  ])('%s: every column of every source counts', async (_, sql, columns) => {
    const found = await columnLineage(db, sql, SOURCES)
    expect(found).toEqual({ columns: Object.fromEntries(columns.map((name) => [name, EVERYTHING])), rows: EVERYTHING })
  })

  it('a statement that DuckDB cannot bind is its error', async () => {
    await expect(columnLineage(db, 'select nothing from t', SOURCES)).rejects.toThrow(/"nothing" not found/)
    await expect(columnLineage(db, 'selec 1', SOURCES)).rejects.toThrow(/syntax error/)
  })
})
