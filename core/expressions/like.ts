/** Patterns of LIKE: `%` stands for any text and `_` for one code point; there is no escape. */

export function likeMatcher(pattern: string): (text: string) => boolean {
  const parts = pattern.split('%')
  const [first = '', ...others] = parts
  if (!pattern.includes('_')) {
    if (others.length === 0) return (text) => text === pattern
    if (others.length === 1) {
      const [last = ''] = others
      return (text) => text.length >= first.length + last.length && text.startsWith(first) && text.endsWith(last)
    }
    if (others.length === 2 && first === '' && others[1] === '') {
      const [middle = ''] = others
      return (text) => text.includes(middle)
    }
  }
  const points = Array.from(pattern)
  return (text) => matches(Array.from(text), points)
}

/** Goes back to the last `%` alone: what an earlier one could take, the last one can. */
function matches(text: readonly string[], pattern: readonly string[]): boolean {
  let [at, place] = [0, 0]
  let [star, from] = [-1, 0]
  while (at < text.length) {
    if (pattern[place] === '%') {
      star = place++
      from = at
    } else if (pattern[place] === '_' || (place < pattern.length && pattern[place] === text[at])) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++from
    } else return false
  }
  while (pattern[place] === '%') place++
  return place === pattern.length
}
