/**
 * Just enough of DuckDB's lexer to tell words from what merely contains them: strings ('…', E'…', $tag$…$tag$), quoted
 * identifiers and comments (which nest) are skipped, everything else becomes a token.
 */
export interface SqlToken {
  readonly kind: 'word' | 'parameter' | 'mark'
  /** Words in lower case, parameters without `$`, marks as they are. */
  readonly text: string
  readonly at: number
}

export interface SqlScan {
  readonly tokens: readonly SqlToken[]
  /** What the text ends inside of, if it does. */
  readonly unclosed?: 'string' | 'quoted identifier' | 'comment'
}

const SPACE = /\s+|--[^\n]*/y
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const NUMBER = /[0-9][\w.]*/y
const DOLLAR_TAG = /\$(?:[A-Za-z_]\w*)?\$/y
const PARAMETER = /\$(\w+)/y
const ESCAPED_STRING = /[eE]'(?:[^'\\]|\\.|'')*'/sy
const STRING = /'(?:[^']|'')*'/y
const QUOTED = /"(?:[^"]|"")*"/y

export function scanSql(sql: string): SqlScan {
  const tokens: SqlToken[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(sql)?.[0]
  }
  while (at < sql.length) {
    const skipped = match(SPACE) ?? match(ESCAPED_STRING) ?? match(STRING) ?? match(QUOTED) ?? match(NUMBER)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    const char = sql.charAt(at)
    if (char === "'" || (/[eE]/.test(char) && sql.charAt(at + 1) === "'")) return { tokens, unclosed: 'string' }
    if (char === '"') return { tokens, unclosed: 'quoted identifier' }
    if (sql.startsWith('/*', at)) {
      const end = commentEnd(sql, at)
      if (end < 0) return { tokens, unclosed: 'comment' }
      at = end
      continue
    }
    const tag = match(DOLLAR_TAG)
    if (tag !== undefined) {
      const end = sql.indexOf(tag, at + tag.length)
      if (end < 0) return { tokens, unclosed: 'string' }
      at = end + tag.length
      continue
    }
    const word = match(WORD)
    const parameter = word === undefined ? match(PARAMETER) : undefined
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase(), at })
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter.slice(1), at })
    else tokens.push({ kind: 'mark', text: char, at })
    at += (word ?? parameter ?? char).length
  }
  return { tokens }
}

/** The position after the comment that starts at `from`, or -1. */
function commentEnd(sql: string, from: number): number {
  let depth = 0
  for (let at = from; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) depth++
    else if (sql.startsWith('*/', at)) depth--
    else continue
    at++
    if (depth === 0) return at + 1
  }
  return -1
}
