/**
 * Random SQL over small tables of integers, written from a tape of choices: a shorter tape, or smaller numbers on it, is a
 * simpler query. The answer of every query is a function of the rows of the tables: where rows are taken in turn, the
 * order is a total one.
 */
export const TABLES: Readonly<Record<string, readonly string[]>> = {
  t: ['a', 'b', 'c'],
  u: ['d', 'e', 'f'],
  p: ['x', 'y'],
}

/** A query whose columns are c0, c1 and so on. */
export interface RandomQuery {
  readonly sql: string
  readonly width: number
}

/** How deep queries are in queries. */
const LEVELS = 3

export function randomQuery(tape: readonly number[]): RandomQuery {
  const writer = new Writer(tape)
  return writer.query(1 + writer.number(LEVELS))
}

class Writer {
  readonly #tape: readonly number[]
  #at = 0

  constructor(tape: readonly number[]) {
    this.#tape = tape
  }

  query(level: number): RandomQuery {
    if (level === 0) return this.#table()
    return this.#pick([
      () => this.#table(),
      () => this.#filtered(level),
      () => this.#grouped(level),
      () => this.#joined(level),
      () => this.#windowed(level),
      () => this.#combined(level),
      () => this.#scalarSubquery(level),
      () => this.#tested(level),
      () => this.#limited(level),
      () => this.#distinct(level),
      () => this.#cte(level),
      () => this.#recursive(level),
      () => this.#lateral(level),
      () => this.#unnested(level),
      () => this.#inOrder(level),
      () => this.#asof(level),
      () => this.#qualified(level),
    ])()
  }

  #table(): RandomQuery {
    const name = this.#pick(Object.keys(TABLES))
    const columns = this.#shuffled(TABLES[name] ?? [])
    return select(columns, `from ${name}`)
  }

  #filtered(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const values = this.#some(1, 3, () => this.#value(columns))
    return select(values, `${from} where ${this.#condition(columns)}`)
  }

  #grouped(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const aggregates = this.#some(1, 2, () => this.#aggregate(columns))
    const [key, other] = [this.#value(columns), this.#column(columns)]
    const having = this.#pick(['', ` having ${this.#aggregate(columns)} > ${this.#small()}`])
    return this.#pick([
      () => select([key, ...aggregates], `${from} group by ${key}${having}`),
      () => select(aggregates, `${from} group by ${key}, ${other}${having}`),
      () => select(aggregates, `${from} where ${this.#condition(columns)}`),
      () => select([key, ...aggregates, `grouping(${other})`], `${from} group by rollup (${key}, ${other})${having}`),
    ])()
  }

  #joined(level: number): RandomQuery {
    const left = this.#source(level - 1, 'l')
    const right = this.#source(Math.min(level - 1, 1), 'r')
    const type = this.#pick(['inner', 'left', 'right', 'full', 'semi', 'anti', 'cross'])
    const both = [...left.columns, ...right.columns]
    const shown = type === 'semi' || type === 'anti' ? left.columns : both
    const values = this.#some(1, 3, () => this.#column(shown))
    const on = type === 'cross' ? '' : ` on ${this.#matching(left.columns, right.columns)}`
    return select(values, `${left.from} ${type} join ${right.from.slice('from '.length)}${on}`)
  }

  #windowed(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const windows = this.#some(1, 2, () => this.#window(columns))
    return select([this.#column(columns), ...windows], from)
  }

  #combined(level: number): RandomQuery {
    const [first, second] = [this.query(level - 1), this.query(Math.min(level - 1, 1))]
    const width = Math.min(first.width, second.width)
    const columns = columnsOf('s', width)
    const operator = this.#pick(['union all', 'union', 'intersect', 'except', 'intersect all', 'except all'])
    const side = (one: RandomQuery): string => select(columns, `from (${one.sql}) as s`).sql
    return select(columns, `from (${side(first)} ${operator} ${side(second)}) as s`)
  }

  #scalarSubquery(level: number): RandomQuery {
    const outer = this.#source(level - 1, 'l')
    const inner = this.#source(Math.min(level - 1, 1), 'r')
    const value = this.#pick([this.#aggregate(inner.columns), this.#column(inner.columns)])
    const found = this.#pick(['', ` where ${this.#matching(outer.columns, inner.columns)}`])
    const subquery = `select ${value} ${inner.from}${found}`
    const taken = value.includes('(') ? subquery : `${subquery} order by ${inner.columns.join(', ')} limit 1`
    const where = this.#pick(['', ` where (${taken}) >= ${this.#column(outer.columns)}`])
    return select([this.#column(outer.columns), where === '' ? `(${taken})` : '1'], outer.from + where)
  }

  /** `in` and `exists`, as a filter and as a value. */
  #tested(level: number): RandomQuery {
    const outer = this.#source(level - 1, 'l')
    const inner = this.#source(Math.min(level - 1, 1), 'r')
    const found = this.#pick(['', ` where ${this.#matching(outer.columns, inner.columns)}`])
    const test = this.#pick([
      () => `exists (select 1 ${inner.from}${found})`,
      () => `not exists (select 1 ${inner.from} where ${this.#condition(inner.columns)})`,
      () => `${this.#column(outer.columns)} in (select ${this.#column(inner.columns)} ${inner.from}${found})`,
      () => `${this.#column(outer.columns)} not in (select ${this.#column(inner.columns)} ${inner.from}${found})`,
      () => `${this.#column(outer.columns)} > any (select ${this.#column(inner.columns)} ${inner.from})`,
    ])()
    const shown = this.#column(outer.columns)
    return this.#pick([
      () => select([shown], `${outer.from} where ${test}`),
      () => select([shown, `(${test})::int`], outer.from),
    ])()
  }

  #limited(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const order = this.#totalOrder(columns)
    const offset = this.#pick(['', ' offset 1'])
    return select([this.#column(columns)], `${from} order by ${order} limit ${this.#small() + 1}${offset}`)
  }

  #distinct(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const [key, shown] = [this.#column(columns), this.#column(columns)]
    return this.#pick([
      () => counted(select([key, shown], from, 'distinct'), this.#column(['c0', 'c1', 'count(*)::int'])),
      () => select([shown], `${from} order by ${key}, ${this.#totalOrder(columns)}`, `distinct on (${key})`),
    ])()
  }

  #cte(level: number): RandomQuery {
    const inner = this.query(level - 1)
    const [left, right] = [columnsOf('l', inner.width), columnsOf('r', inner.width)]
    const values = this.#some(1, 3, () => this.#column([...left, ...right]))
    const kind = this.#pick(['', 'materialized ', 'not materialized '])
    const { sql, width } = select(values, `from m as l join m as r on ${this.#matching(left, right)}`)
    return { sql: `with m as ${kind}(${inner.sql}) ${sql}`, width }
  }

  #recursive(level: number): RandomQuery {
    const base = this.query(level - 1)
    const columns = columnsOf('r', base.width)
    const all = this.#pick([' all', ''])
    const names = ['n', ...columnsOf('', base.width)]
    const step = ['n + 1', ...columns.map(() => this.#column(columns))]
    const { sql, width } = select(
      this.#some(1, 2, () => this.#column(columns)),
      'from m as r',
    )
    const recursion = `select 0, s.* from (${base.sql}) as s union${all} select ${step.join(', ')} from m as r where n < 2 and ${this.#condition(columns)}`
    return { sql: `with recursive m(${names.join(', ')}) as (${recursion}) ${sql}`, width }
  }

  #lateral(level: number): RandomQuery {
    const outer = this.#source(level - 1, 'l')
    const inner = this.#source(Math.min(level - 1, 1), 'r')
    const { sql, width } = this.#pick([
      () =>
        select([this.#aggregate(inner.columns)], `${inner.from} where ${this.#matching(outer.columns, inner.columns)}`),
      () =>
        select([this.#column(inner.columns)], `${inner.from} where ${this.#matching(outer.columns, inner.columns)}`),
      () => select(['v'], `from (values (${this.#column(outer.columns)}), (${this.#column(outer.columns)})) as i(v)`),
    ])()
    const join = this.#pick(['cross join', 'left join'])
    const on = join === 'left join' ? ' on true' : ''
    const values = [this.#column(outer.columns), this.#column(columnsOf('i', width))]
    return select(values, `${outer.from} ${join} lateral (${sql}) as i${on}`)
  }

  #unnested(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const count = `range((abs(${this.#column(columns)}) % 3)::bigint)`
    const [shown, first, second] = [this.#column(columns), this.#column(columns), this.#column(columns)]
    return this.#pick([
      () => select([shown, `unnest([${first}, ${second}])`], from),
      () => select([shown, `unnest(${count})`], from),
      () => select([shown, 'i.v'], `${from}, unnest(${count}) as i(v)`),
      () => select([`list_sum(list_transform([1, ${first}], lambda e: e + ${second}))::int`, shown], from),
    ])()
  }

  /** Aggregates that take rows in the order in which they come. */
  #inOrder(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const ordered = `from (select * ${from} order by ${this.#totalOrder(columns)}) as s`
    const [key, taken] = [this.#column(columns), this.#column(columns)]
    return this.#pick([
      () => select([`first(${taken})`, `list(${taken})[2]`], `${ordered} group by ${key}`),
      () => select([`first_value(${taken}) over (partition by ${key})`], ordered),
      () => select([taken, 'i.c0'], `${ordered} positional join (select 7 as c0, 1) as i`),
      () => select([`first(${taken} order by ${this.#totalOrder(columns)})`], `${from} group by ${key}`),
      () => select([`list(${taken} order by ${this.#column(columns)}, ${taken})[1]`], from),
    ])()
  }

  #asof(level: number): RandomQuery {
    const left = this.#source(level - 1, 'l')
    const inner = this.#source(Math.min(level - 1, 1), 's')
    const unique = `(select ${inner.columns[0]} as c0, ${inner.columns.at(-1)} as c1, ${this.#aggregate(inner.columns)} as c2 ${inner.from} group by all) as r`
    const join = this.#pick(['asof join', 'asof left join'])
    const on = `${this.#column(left.columns)} = r.c0 and ${this.#column(left.columns)} >= r.c1`
    return select([this.#column(left.columns), 'r.c2'], `${left.from} ${join} ${unique} on ${on}`)
  }

  #qualified(level: number): RandomQuery {
    const { from, columns } = this.#source(level - 1, 's')
    const over = `partition by ${this.#column(columns)} order by ${this.#totalOrder(columns)}`
    return select([this.#column(columns)], `${from} qualify row_number() over (${over}) <= ${1 + this.number(2)}`)
  }

  #source(level: number, alias: string): { readonly from: string; readonly columns: readonly string[] } {
    const { sql, width } = this.query(level)
    return { from: `from (${sql}) as ${alias}`, columns: columnsOf(alias, width) }
  }

  #value(columns: readonly string[]): string {
    const [one, other] = [this.#column(columns), this.#column(columns)]
    return this.#pick([
      () => one,
      () => one,
      () => `${one} + ${other}`,
      () => `case when ${this.#condition(columns)} then ${one} else ${other} end`,
      () => `coalesce(${one}, ${this.#small()})`,
      () => `greatest(${one}, ${other})`,
      () => `${one} % 2`,
    ])()
  }

  #condition(columns: readonly string[]): string {
    const [one, other] = [this.#column(columns), this.#column(columns)]
    return this.#pick([
      () => `${one} > ${this.#small()}`,
      () => `${one} <= ${other}`,
      () => `${one} is not null`,
      () => `${one} between ${this.#small()} and ${other}`,
      () => `not (${one} = ${this.#small()})`,
      () => `(${one} in (0, 1) or ${other} = ${this.#small()})`,
      () => `(${one} = ${other} and ${this.#column(columns)} < 3)`,
    ])()
  }

  #matching(left: readonly string[], right: readonly string[]): string {
    const [one, other] = [this.#column(left), this.#column(right)]
    return this.#pick([
      () => `${one} = ${other}`,
      () => `${one} < ${other}`,
      () => `${one} = ${other} and ${this.#column(left)} >= ${this.#column(right)}`,
      () => `${one} = ${other} and ${this.#condition(right)}`,
      () => `(${one} = ${other} or ${this.#condition([...left, ...right])})`,
      () => `${one} is not distinct from ${other}`,
    ])()
  }

  #aggregate(columns: readonly string[]): string {
    const [one, other] = [this.#value(columns), this.#column(columns)]
    const filter = this.#pick([() => '', () => ` filter (where ${this.#condition(columns)})`])()
    return this.#pick([
      `max(${one})${filter}`,
      `sum(${one})${filter}::int`,
      `count(*)${filter}::int`,
      `count(distinct ${one})${filter}::int`,
      `min(${one} + ${other})${filter}`,
      `arg_max(${one}, [${other}, ${one}])${filter}`,
    ])
  }

  #window(columns: readonly string[]): string {
    const [one, key, by] = [this.#column(columns), this.#column(columns), this.#column(columns)]
    return this.#pick([
      `sum(${one}) over (partition by ${key})::int`,
      `rank() over (partition by ${key} order by ${by})::int`,
      `max(${one}) over (order by ${by})`,
      `count(*) filter (where ${one} > 1) over (partition by ${key} order by ${by})::int`,
      `lag(${one}) over (partition by ${key} order by ${this.#totalOrder(columns)})`,
      `sum(${one}) over (order by ${by} range between abs(${key}) preceding and current row)::int`,
    ])
  }

  /** Rows that it leaves alike are the same in every column. */
  #totalOrder(columns: readonly string[]): string {
    return this.#shuffled(columns)
      .map((column) => this.#pick([column, `${column} desc`, `${column} nulls first`]))
      .join(', ')
  }

  #column(columns: readonly string[]): string {
    return this.#pick(columns)
  }

  #small(): number {
    return this.number(4)
  }

  #some<T>(least: number, most: number, make: () => T): readonly T[] {
    return Array.from({ length: least + this.number(most - least + 1) }, make)
  }

  #shuffled<T>(list: readonly T[]): readonly T[] {
    const from = list.length === 0 ? 0 : this.number(list.length)
    return [...list.slice(from), ...list.slice(0, from)]
  }

  #pick<T>(options: readonly T[]): T {
    const picked = options[this.number(options.length)]
    if (picked === undefined) throw new RangeError('nothing to pick from')
    return picked
  }

  /** 0 once the tape has come to its end. */
  number(below: number): number {
    const next = this.#tape[this.#at] ?? 0
    this.#at += 1
    return next % below
  }
}

function select(values: readonly string[], rest: string, kind = ''): RandomQuery {
  const columns = values.map((value, index) => `${value} as c${index}`)
  return { sql: `select ${kind} ${columns.join(', ')} ${rest}`, width: values.length }
}

function counted({ sql }: RandomQuery, value: string): RandomQuery {
  return select([value], `from (${sql}) as s${value.startsWith('count') ? '' : ` where ${value} is not null`}`)
}

function columnsOf(alias: string, width: number): readonly string[] {
  return Array.from({ length: width }, (_, index) => (alias === '' ? `c${index}` : `${alias}.c${index}`))
}
