/** The parts of the page's script that touch no page: plain JavaScript, tested by themselves. */

export const PAGE_HELPERS = String.raw`
/** Stands before and after the name of another schema. */
const MARK = '\u0001'

/** A schema as a type that people read, with what it says about its fields. */
function typeText(schema, indent = '') {
  if (schema === undefined || schema === true) return 'anything'
  if (schema.$ref) return MARK + schema.$ref.split('/').pop() + MARK
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  const choice = schema.anyOf ?? schema.oneOf
  if (choice) return choice.map((one) => typeText(one, indent)).join(' | ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeText({ ...schema, type }, indent)).join(' | ')
  if (schema.type === 'array') {
    const item = typeText(schema.items, indent)
    return (/ \| /.test(item) && !item.startsWith('{') ? '(' + item + ')' : item) + '[]'
  }
  if (schema.type === 'object') return objectText(schema, indent)
  return schema.type ?? 'anything'
}

function objectText({ properties = {}, required = [], additionalProperties }, indent) {
  const fields = Object.entries(properties)
  if (fields.length === 0)
    return additionalProperties ? '{ [name]: ' + typeText(additionalProperties, indent) + ' }' : '{}'
  const inner = indent + '  '
  const lines = fields.flatMap(([name, field]) => {
    const said = noteText(field)
    const line = inner + name + (required.includes(name) ? '' : '?') + ': ' + typeText(field, inner)
    return said ? [inner + '// ' + said, line] : [line]
  })
  return '{\n' + lines.join('\n') + '\n' + indent + '}'
}

/** What a type does not say. */
function noteText(schema) {
  const { description, format, minLength, maxLength, minItems, maxItems, minimum, maximum } = schema
  return [
    description,
    format,
    rangeText(minLength, maxLength, 'characters'),
    rangeText(minItems, maxItems, 'items'),
    rangeText(minimum === 0 ? undefined : minimum, maximum, ''),
  ]
    .filter(Boolean)
    .join(' · ')
}

function rangeText(least, most, unit) {
  if (least === undefined && most === undefined) return ''
  const range = most === undefined ? 'at least ' + least : least === undefined ? 'at most ' + most : least + ' to ' + most
  return unit ? unit + ': ' + range : range
}

/**
 * What is sent for what was filled in.
 * @param values { path: {name: text}, query: {name: text}, fields: 'a=b&c=d', headers: {name: text}, body: text }
 * @returns { method, url, headers, body } without the key
 */
function requestFor(origin, method, path, { path: parts = {}, query = {}, fields = '', headers = {}, body = '' }) {
  const address = path.replace(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(parts[name] ?? ''))
  const filled = Object.entries(query).filter(([, text]) => text !== '')
  const search = [...filled.map(([name, text]) => name + '=' + encodeURIComponent(text)), fields].filter(Boolean).join('&')
  return {
    method: method.toUpperCase(),
    url: origin + address + (search ? '?' + search : ''),
    headers: Object.fromEntries(Object.entries(headers).filter(([, text]) => text !== '')),
    body: body === '' ? undefined : body,
  }
}

/** For a shell of the POSIX kind. The key is not in it: what is copied is soon pasted where others read. */
function curlText({ method, url, headers, body }, withKey) {
  const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'"
  return [
    'curl -s' + (method === 'GET' ? '' : ' -X ' + method) + ' ' + quoted(url),
    ...(withKey ? ['-H "Authorization: Bearer $SHORELINE_KEY"'] : []),
    ...Object.entries(headers).map(([name, text]) => '-H ' + quoted(name + ': ' + text)),
    ...(body === undefined ? [] : ['--data-binary ' + quoted(body)]),
  ].join(' \\\n  ')
}

/** JSON with line ends, every number as it came: JSON.parse would round the long ones. */
function indentJson(text) {
  let out = ''
  let depth = 0
  const line = () => '\n' + '  '.repeat(depth)
  for (const token of text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g) ?? []) {
    if (token === '{' || token === '[') {
      depth++
      out += token + line()
    } else if (token === '}' || token === ']') {
      depth--
      out = /[{[]\s*$/.test(out.slice(-200)) ? out.trimEnd() + token : out + line() + token
    } else if (token === ',') out += ',' + line()
    else out += token === ':' ? ': ' : token
  }
  return out
}
`
