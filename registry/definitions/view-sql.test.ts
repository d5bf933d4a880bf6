import { describe, expect, it } from 'vitest'
import { checkViewSql } from './view-sql.ts'

const check = (sql: string) => checkViewSql('featureView v', sql)

describe('view SQL', () => {
  it.each([
    "select 'now() random() ; current_date' as a",
    "select 'it''s now()' as a",
    "select E'it\\'s now()' as a",
    'select $$now()$$ as a, $tag$ random() $$ $tag$ as b',
    'select "now" , "current_date", "a""now()" from t',
    'select 1 -- now()',
    'select /* now() /* nested random() */ ; */ 1',
    'select now, random, uuid from t',
    'select current_price, known() from t',
    'select t.current_date, 1 as current_date from t',
    'select x::uuid from t where ts <= $as_of',
    'select age($as_of, max(ts)) from t',
    "select date'2001-01-01' from t",
    "select extract(year from ts), trim(both 'x' from a) from t",
    'select read_parquet, "glob", "create" from t',
    'from t select a',
    'select 1e5, 1.5, .5, 12_000 from t',
  ])('allows %s', (sql) => {
    expect(check(sql)).toBe(sql)
  })

  it('is kept without blanks at its ends and without a closing semicolon', () => {
    expect(check('\n select 1 ;; -- done\n')).toBe('select 1')
  })

  it.each([
    ['select now()', 'featureView v: sql uses now(), so it would yield other rows each time it runs. Use $as_of'],
    ['select NOW ( )', 'sql uses now()'],
    ['select now/* */()', 'sql uses now()'],
    [
      "select 'a' || random()",
      'sql uses random(), so it would yield other rows each time it runs. Derive it from a column',
    ],
    ['select pg_catalog.x, get_current_timestamp()', 'sql uses get_current_timestamp()'],
    ['select today()', 'sql uses today()'],
    ['select uuid()', 'sql uses uuid()'],
    ['select Current_Date', 'sql uses current_date, so it would'],
    ['select current_timestamp - ts from t', 'sql uses current_timestamp'],
    ['select current_localtime()', 'sql uses current_localtime'],
    ['select localtimestamp', 'sql uses localtimestamp'],
    [
      'select age(max(greatest(a, b)))',
      'sql uses age() of one argument, which counts from today. Write age($as_of, …).',
    ],
    ['select 1; select 2', 'sql has a second statement after ";". Write one'],
    ['select 1; drop table t', 'sql has a second statement after ";".'],
    ['', 'sql is empty. Write one select statement, or leave sql out.'],
    [' -- nothing\n;', 'sql is empty.'],
    ["select 'a", 'sql ends inside a string. Close it.'],
    ["select E'a\\'", 'sql ends inside a string. Close it.'],
    ['select $$a', 'sql ends inside a string. Close it.'],
    ['select "a', 'sql ends inside a quoted identifier. Close it.'],
    ['select /* /* */ 1', 'sql ends inside a comment. Close it.'],
    ['select $asof', 'sql has the parameter $asof. The only one is $as_of'],
    ['select $1', 'sql has the parameter $1. The only one is $as_of'],
    ['select a from t where b = ?', 'sql has the parameter ?. The only one is $as_of'],
    [
      "select a from t join read_csv('x.csv') using (a)",
      'sql reads files itself, with read_csv(). Define a parquetSource, csvSource or ndjsonSource',
    ],
    ["select a from t join 'r2://b/x.PARQUET' using (a)", "sql reads the file 'r2://b/x.PARQUET' itself."],
    ['select a from "x.json.gz"', 'sql reads the file "x.json.gz" itself.'],
    ['-- first\nDELETE from t', 'sql begins with delete. Write one select statement'],
  ])('refuses %j', (sql, message) => {
    expect(() => check(sql)).toThrow(message)
  })
})
