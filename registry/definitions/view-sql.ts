/**
 * What view SQL must not say. A view is computed again for training, for a rebuilt base and for `--as-of`, and must
 * yield the same rows each time, so nothing in it may depend on the moment or on chance.
 */
import { refuse, shown } from './definition.ts'
import { type SqlToken, scanSql } from './sql-tokens.ts'

/** The time of the query, and what to write instead. */
const TIME = 'Use $as_of, the instant that the features are as of.'
const CHANCE = 'Derive it from a column, for example with hash().'

const ONLY_AS_OF = 'The only one is $as_of, the instant that the features are as of.'

/** Functions of DuckDB that it calls volatile or consistent only within a query. */
const REFUSED_CALLS: Readonly<Record<string, string>> = {
  now: TIME,
  today: TIME,
  transaction_timestamp: TIME,
  get_current_timestamp: TIME,
  get_current_time: TIME,
  txid_current: TIME,
  random: CHANCE,
  setseed: CHANCE,
  uuid: CHANCE,
  uuidv4: CHANCE,
  uuidv7: CHANCE,
  gen_random_uuid: CHANCE,
  nextval: CHANCE,
  currval: CHANCE,
}

/** Words that are a call without parentheses. Other words with `current_` may be columns. */
const REFUSED_WORDS: ReadonlySet<string> = new Set([
  ...['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp'],
  ...['current_catalog', 'current_schema', 'current_user', 'current_role', 'session_user'],
])

/** Functions that read files past the sources: a sync would not see that such a file has changed. */
const READERS =
  /^(?:read_(?:parquet|csv|csv_auto|json|json_auto|json_objects|ndjson|ndjson_auto|ndjson_objects|text|blob|xlsx)|parquet_scan|sniff_csv|glob)$/

/** `from 'data/events.parquet'`, which DuckDB takes for a table. */
const FILE =
  /^\s*(?:'[^']*\.(?:parquet|csv|tsv|json|ndjson|jsonl)(?:\.\w+)?'|"[^"]*\.(?:parquet|csv|tsv|json|ndjson|jsonl)(?:\.\w+)?")/i

const READ_A_SOURCE =
  'Define a parquetSource, csvSource or ndjsonSource, list it in source, and read the table of its name.'

/** What a statement that is no query begins with. */
const STATEMENTS: ReadonlySet<string> = new Set([
  ...['insert', 'update', 'delete', 'merge', 'truncate', 'create', 'drop', 'alter', 'copy', 'import', 'export'],
  ...['attach', 'detach', 'install', 'load', 'set', 'reset', 'pragma', 'call', 'use', 'begin', 'commit', 'vacuum'],
  ...['prepare', 'execute', 'explain', 'describe', 'show', 'summarize'],
])

/**
 * The statement without a closing semicolon, ready to stand in parentheses.
 * @param readInstead what to do in the place of reading files
 * @throws ShorelineError INVALID naming the view and what is refused
 */
export function checkViewSql(subject: string, sql: unknown, readInstead = READ_A_SOURCE): string {
  if (typeof sql !== 'string') return refuse(subject, `sql is ${shown(sql)}. Write one select statement.`)
  const { tokens, unclosed } = scanSql(sql)
  if (unclosed) refuse(subject, `sql ends inside a ${unclosed}. Close it.`)
  const statement = oneStatement(subject, sql, tokens)
  const [first] = tokens
  if (first?.kind === 'word' && STATEMENTS.has(first.text))
    refuse(subject, `sql begins with ${first.text}. Write one select statement, which may begin with a with clause.`)
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'parameter' && token.text !== 'as_of')
      refuse(subject, `sql has the parameter $${token.text}. ${ONLY_AS_OF}`)
    if (isMark(token, '?')) refuse(subject, `sql has the parameter ?. ${ONLY_AS_OF}`)
    if (token.kind === 'word') checkWord(subject, tokens, at, token.text, readInstead)
    if (token.kind === 'word' && (token.text === 'from' || token.text === 'join'))
      checkTable(subject, sql.slice(token.at + token.text.length), readInstead)
  }
  return statement
}

function oneStatement(subject: string, sql: string, tokens: readonly SqlToken[]): string {
  const end = tokens.findIndex((token) => isMark(token, ';'))
  if (tokens.length === 0 || end === 0) refuse(subject, 'sql is empty. Write one select statement, or leave sql out.')
  if (end < 0) return sql.trim()
  if (tokens.slice(end).some((token) => !isMark(token, ';')))
    refuse(subject, 'sql has a second statement after ";". Write one; what it needs first can stand in a with clause.')
  return sql.slice(0, tokens[end]?.at).trim()
}

function checkWord(subject: string, tokens: readonly SqlToken[], at: number, word: string, readInstead: string): void {
  const before = tokens[at - 1]
  // `flights.current_date` and `… as current_date` name columns.
  if (isMark(before, '.') || (before?.kind === 'word' && before.text === 'as')) return
  const isCall = isMark(tokens[at + 1], '(')
  if (REFUSED_WORDS.has(word) || (isCall && word.startsWith('current_')))
    refuse(subject, `sql uses ${word}, so it would yield other rows each time it runs. ${TIME}`)
  if (!isCall) return
  if (Object.hasOwn(REFUSED_CALLS, word))
    refuse(subject, `sql uses ${word}(), so it would yield other rows each time it runs. ${REFUSED_CALLS[word]}`)
  if (READERS.test(word)) refuse(subject, `sql reads files itself, with ${word}(). ${readInstead}`)
  if (word === 'age' && !hasComma(tokens, at + 1))
    refuse(subject, 'sql uses age() of one argument, which counts from today. Write age($as_of, …).')
}

/** @param after the text after `from` or `join` */
function checkTable(subject: string, after: string, readInstead: string): void {
  const file = FILE.exec(after)?.[0].trim()
  if (file !== undefined) refuse(subject, `sql reads the file ${file} itself. ${readInstead}`)
}

/** Whether the call whose parenthesis opens at `open` has more than one argument. */
function hasComma(tokens: readonly SqlToken[], open: number): boolean {
  let depth = 0
  for (const token of tokens.slice(open)) {
    if (isMark(token, '(')) depth++
    else if (isMark(token, ')')) depth--
    else if (depth === 1 && isMark(token, ',')) return true
    if (depth === 0) break
  }
  return false
}

function isMark(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text
}
