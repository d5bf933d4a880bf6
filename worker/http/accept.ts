/** Content negotiation: https://www.rfc-editor.org/rfc/rfc9110#name-accept */

interface Range {
  /** In lower case; `*` matches everything. */
  readonly type: string
  readonly quality: number
}

/**
 * Whether the caller wants this type rather than `usual`, which is what everybody else gets: it has to be named, not only be
 * matched by a wildcard, and to be liked more than the usual type. Where both are liked alike, the usual type wins if it is named
 * as well.
 * @param type in lower case, without parameters; as `usual`
 */
export function prefers(accept: string | null, type: string, usual: string): boolean {
  // Almost nobody names it, and to parse the header takes longer than to answer.
  if (accept === null || !accept.toLowerCase().includes(type)) return false
  const ranges = accept.split(',').map(readRange)
  const wanted = ranges.find((range) => range.type === type)
  if (!wanted || wanted.quality === 0) return false
  const named = ranges.find((range) => range.type === usual)
  if (named) return wanted.quality > named.quality
  const matched = ranges.find((range) => range.type === `${usual.split('/')[0]}/*`) ?? ranges.find(isAny)
  return wanted.quality >= (matched?.quality ?? 0)
}

function isAny({ type }: Range): boolean {
  return type === '*/*'
}

/** A quality that is none counts as 0: what cannot be read is not asked for. */
function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length)
  if (quality === undefined) return { type, quality: 1 }
  return { type, quality: /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(quality) ? Number(quality) : 0 }
}
