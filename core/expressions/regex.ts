/**
 * Regular expressions, in the part that RE2 (DuckDB) and JavaScript read alike: characters, classes, groups, alternatives,
 * repetitions, `^ $ \b \d \w \s \D \W \S`. What a dot and a space are is written out, because they differ. `\B` is left out:
 * RE2 finds one between the bytes of a character. So is a repetition of a repetition: RE2 takes linear time, JavaScript
 * might take for ever.
 */

/** What a pattern has that is not taken, with what is; undefined where all of it is. */
export function regexProblem(pattern: string): string | undefined {
  const found = translate(pattern)
  return 'problem' in found ? found.problem : undefined
}

/** @param isWhole whether it must match the whole text */
export function regexOf(pattern: string, isWhole: boolean): RegExp {
  const found = translate(pattern)
  if ('problem' in found) throw new RangeError(found.problem)
  return new RegExp(isWhole ? `^(?:${found.source})$` : found.source, 'u')
}

const SPACE = '\\t\\n\\f\\r '
/** After a backslash, outside and inside of a class. */
const ESCAPES: Readonly<Record<string, readonly [outside: string, inside: string | undefined]>> = {
  d: ['[0-9]', '0-9'],
  D: ['[^0-9]', undefined],
  w: ['[0-9A-Za-z_]', '0-9A-Za-z_'],
  W: ['[^0-9A-Za-z_]', undefined],
  s: [`[${SPACE}]`, SPACE],
  S: [`[^${SPACE}]`, undefined],
  b: ['\\b', undefined],
  t: ['\\t', '\\t'],
  n: ['\\n', '\\n'],
  r: ['\\r', '\\r'],
  f: ['\\f', '\\f'],
}
const SYNTAX = new Set(Array.from('\\^$.|?*+()[]{}/-'))

type Translated = { readonly source: string } | { readonly problem: string }

interface Group {
  /** Whether it contains something that repeats. */
  repeats: boolean
}

/** One pass over the pattern, keeping what the last part was, because a repetition says what it may follow. */
function translate(pattern: string): Translated {
  const points = Array.from(pattern)
  const groups: Group[] = [{ repeats: false }]
  let source = ''
  let last: 'none' | 'atom' | 'repeating' | 'quantifier' = 'none'
  for (let at = 0; at < points.length; at++) {
    const point = points[at] ?? ''
    const top = groups.at(-1)
    if (!top) return { problem: 'has a parenthesis too many' }
    if (point === '\\') {
      const escaped = points[++at] ?? ''
      const known = ESCAPES[escaped]?.[0] ?? (SYNTAX.has(escaped) ? literalOf(escaped) : undefined)
      if (known === undefined) return { problem: `has \\${escaped}` }
      source += known
      last = escaped === 'b' ? 'none' : 'atom'
    } else if (point === '[') {
      const found = classAt(points, at)
      if ('problem' in found) return found
      source += found.source
      at = found.end
      last = 'atom'
    } else if (point === '(') {
      if (points[at + 1] === '?') {
        if (points[at + 2] !== ':') return { problem: `has (?${points[at + 2] ?? ''}` }
        at += 2
      }
      source += '(?:'
      groups.push({ repeats: false })
      last = 'none'
    } else if (point === ')') {
      groups.pop()
      const outer = groups.at(-1)
      if (!outer) return { problem: 'has a parenthesis too many' }
      if (top.repeats) outer.repeats = true
      source += ')'
      last = top.repeats ? 'repeating' : 'atom'
    } else if (point === '*' || point === '+' || point === '?' || point === '{') {
      const found = quantifierAt(points, at)
      if (found === undefined)
        return { problem: `has ${point} that is no repetition (write \\${point} for the character)` }
      if (last === 'none' || last === 'quantifier')
        return { problem: `has ${found.text} with nothing before it to repeat` }
      if (last === 'repeating' && found.repeats) return { problem: 'has a repetition of a repetition' }
      source += found.text
      at = found.end
      top.repeats ||= found.repeats
      last = 'quantifier'
    } else if (point === '|' || point === '^' || point === '$') {
      source += point
      last = 'none'
    } else if (point === '.') {
      source += '[^\\n]'
      last = 'atom'
    } else if (point === ']' || point === '}')
      return { problem: `has ${point} alone (write \\${point} for the character)` }
    else {
      source += literalOf(point)
      last = 'atom'
    }
  }
  if (groups.length !== 1) return { problem: 'has a parenthesis that is not closed' }
  return { source }
}

function literalOf(point: string): string {
  if (point === '-') return '\\u002d'
  return SYNTAX.has(point) ? `\\${point}` : point
}

const MOST_REPEATS = 1000

interface Quantifier {
  readonly text: string
  readonly end: number
  readonly repeats: boolean
}

function quantifierAt(points: readonly string[], at: number): Quantifier | undefined {
  const text = points.slice(at, at + 16).join('')
  const [whole, sign = '', least = '', , most = ''] =
    /^(?:([*+?])|\{([0-9]{1,4})(,([0-9]{0,4}))?\})\??/.exec(text) ?? []
  if (whole === undefined || Number(least) > MOST_REPEATS || Number(most) > MOST_REPEATS) return undefined
  if (least !== '' && most !== '' && Number(most) < Number(least)) return undefined
  return { text: whole, end: at + whole.length - 1, repeats: sign !== '?' }
}

/** `[a-z0-9_]`, `[^,]`: characters, ranges and escapes. */
function classAt(
  points: readonly string[],
  start: number,
): (Translated & { readonly end: number }) | { readonly problem: string } {
  let source = '['
  let at = start + 1
  if (points[at] === '^') {
    source += '^'
    at++
  }
  const first = at
  for (; at < points.length; at++) {
    const point = points[at] ?? ''
    if (point === ']' && at > first) return { source: `${source}]`, end: at }
    if (point === '[' || point === ']') return { problem: `has ${point} in a class (write \\${point})` }
    if (point === '-' && (at === first || points[at + 1] === ']')) source += '\\-'
    else if (point === '-') source += '-'
    else if (point === '\\') {
      const escaped = points[++at] ?? ''
      const known = ESCAPES[escaped]?.[1] ?? (SYNTAX.has(escaped) || escaped === '^' ? `\\${escaped}` : undefined)
      if (known === undefined) return { problem: `has \\${escaped} in a class` }
      source += known
    } else source += SYNTAX.has(point) || point === '&' || point === '~' ? escapedInClass(point) : point
  }
  return { problem: 'has a class that is not closed' }
}

function escapedInClass(point: string): string {
  return SYNTAX.has(point) ? `\\${point}` : point
}
