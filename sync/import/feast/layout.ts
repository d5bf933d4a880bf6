/** Lays out expressions of TypeScript as the formatter of this repository does: on one line where they fit, else open. */

/** A text stands as it is. */
export type Expression = string | ArrayOf | ObjectOf | Call | Chain

export interface ArrayOf {
  readonly items: readonly Expression[]
}
export interface ObjectOf {
  readonly entries: readonly (readonly [key: string, value: Expression])[]
  /** Comments after the last entry. */
  readonly notes?: readonly string[]
}
export interface Call {
  readonly callee: string
  readonly args: readonly Expression[]
}
/** `view.as(…).pick(…)` */
export interface Chain {
  readonly head: string
  readonly calls: readonly Call[]
}

const WIDTH = 120
/** A longer key is worth a line of its own above a text that does not fit beside it. */
const SHORT_KEY = 4

/**
 * @param indent columns before the line
 * @param before columns taken on the line after the indent
 * @param after columns that follow on the same line: a comma
 */
export function layout(expression: Expression, indent: number, before: number, after: number): string {
  if (typeof expression === 'string') return expression
  const line = flat(expression)
  if (line !== undefined && fits(line, indent + before + after)) return line
  if ('items' in expression)
    return opened(
      '[',
      expression.items.map((item) => layout(item, indent + 2, 0, 1)),
      ']',
      indent,
    )
  if ('entries' in expression) return openedObject(expression, indent)
  if ('callee' in expression) return openedCall(expression, indent, before)
  return openedChain(expression, indent, before, after)
}

function openedObject({ entries, notes = [] }: ObjectOf, indent: number): string {
  const lines = entries.map(([key, value]) => {
    const name = `${keyText(key)}:`
    const isTooLong = typeof value === 'string' && !fits(value, indent + 2 + name.length + 2)
    if (isTooLong && value.startsWith("'") && keyText(key).length > SHORT_KEY)
      return `${name}\n${' '.repeat(indent + 4)}${value}`
    return `${name} ${layout(value, indent + 2, name.length + 1, 1)}`
  })
  return opened('{', lines, '}', indent, notes)
}

/** The last argument opens where it can; else each argument has a line. */
function openedCall({ callee, args }: Call, indent: number, before: number): string {
  const last = args.at(-1)
  const first = args.slice(0, -1).map((arg) => `${flat(arg) ?? ''}, `)
  const head = `${callee}(${first.join('')}`
  if (typeof last === 'object' && 'entries' in last && fits(`${head}{`, indent + before))
    return `${head}${openedObject(last, indent)})`
  return opened(
    `${callee}(`,
    args.map((arg) => layout(arg, indent + 2, 0, 1)),
    ')',
    indent,
  )
}

/**
 * A line for each call; but all stay on one, and the object of the last opens there, where it has to open anyway.
 */
function openedChain({ head, calls }: Chain, indent: number, before: number, after: number): string {
  const last = calls.at(-1)
  const lines = calls.map((call) => `.${layout(call, indent + 2, 1, call === last ? after : 0)}`)
  const earlier = flat({ head, calls: calls.slice(0, -1) }) ?? ''
  if (last && (calls.length === 1 || (typeof last.args.at(-1) === 'object' && lines.at(-1)?.includes('\n')))) {
    const start = `${earlier}.${last.callee}(`
    if (fits(`${start}{`, indent + before))
      return `${earlier}.${layout(last, indent, before + columnsOf(earlier) + 1, after)}`
  }
  return `${head}${lines.map((line) => `\n${' '.repeat(indent + 2)}${line}`).join('')}`
}

function opened(open: string, lines: readonly string[], close: string, indent: number, notes: readonly string[] = []) {
  const pad = ' '.repeat(indent + 2)
  const body = [...lines.map((line) => `${pad}${line},\n`), ...notes.map((note) => `${pad}// ${note}\n`)]
  return `${open}\n${body.join('')}${' '.repeat(indent)}${close}`
}

/** Undefined where it cannot be on one line. */
function flat(expression: Expression): string | undefined {
  if (typeof expression === 'string') return expression
  if ('items' in expression) return joined('[', expression.items, ']')
  if ('callee' in expression) return joined(`${expression.callee}(`, expression.args, ')')
  if ('calls' in expression) return joined(expression.head, expression.calls, '', '', '.')
  if (expression.notes && expression.notes.length > 0) return undefined
  if (expression.entries.length === 0) return '{}'
  const entries = expression.entries.map(([key, value]) => [`${keyText(key)}: `, flat(value)] as const)
  if (entries.some(([, value]) => value === undefined)) return undefined
  return `{ ${entries.map(([key, value]) => `${key}${value}`).join(', ')} }`
}

function joined(
  open: string,
  parts: readonly Expression[],
  close: string,
  between = ', ',
  before = '',
): string | undefined {
  const lines = parts.map(flat)
  return lines.every((line) => line !== undefined)
    ? `${open}${lines.map((line) => `${before}${line}`).join(between)}${close}`
    : undefined
}

function fits(line: string, used: number): boolean {
  return columnsOf(line) + used <= WIDTH
}

/** Characters that take two columns in an editor: of East Asia, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

function columnsOf(text: string): number {
  let columns = 0
  for (const char of text) columns += WIDE.test(char) ? 2 : /\p{M}/u.test(char) ? 0 : 1
  return columns
}

function keyText(key: string): string {
  // As a plain key it would set the prototype.
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? key : quoted(key)
}

/** Line ends of JavaScript and marks that turn the direction of text, which nobody sees. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** A text as a literal: in single quotes, unless double ones need fewer escapes. */
export function quoted(text: string): string {
  const single = text.split("'").length
  const double = text.split('"').length
  const quote = single > double ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `${quote}${escaped}${quote}`
}

/** A text as part of a comment to the end of the line. */
export function commented(text: string): string {
  return text.replace(UNSEEN, ' ')
}

/** Lines of a comment, broken between words. */
export function commentLines(text: string, first: string, rest: string): readonly string[] {
  const lines: string[] = []
  let line = first
  for (const word of commented(text).split(/ +/)) {
    if (line.length + word.length > WIDTH && line.trimEnd() !== rest.trimEnd() && line !== first) {
      lines.push(line.trimEnd())
      line = rest
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}
