/**
 * The page's script: reads /openapi.json and shows it. Everything becomes text nodes, so nothing that it shows is ever run; the
 * key is in a variable of this script and nowhere else.
 */

export const PAGE_SCRIPT = String.raw`
const METHODS = ['get', 'put', 'post', 'patch', 'delete']
const $ = (id) => document.getElementById(id)
let key = ''

/** @param children texts, nodes, or nothing */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes))
    if (typeof value === 'function') made.addEventListener(attribute, value)
    else if (value !== false) made.setAttribute(attribute, value === true ? '' : value)
  made.append(...children.flat().filter((one) => one !== undefined))
  return made
}

function typeBlock(schema) {
  const nodes = typeText(schema).split(MARK).map((text, at) => (at % 2 ? schemaLink(text) : text))
  return element('pre', { tabindex: '0' }, ...nodes)
}

function schemaLink(name) {
  return element('a', { href: '#schema-' + name }, name)
}

/** A schema that has a name, with the name and what it says. */
function namedBlock(schema, resolve) {
  if (!schema.$ref) return [typeBlock(schema)]
  return [schemaLink(schema.$ref.split('/').pop()), typeBlock(resolve(schema))]
}

function show(spec) {
  const resolve = (one) => (one.$ref ? one.$ref.slice(2).split('/').reduce((at, name) => at[name], spec) : one)
  $('title').textContent = spec.info.title + ' ' + spec.info.version
  $('about').textContent = spec.info.description
  for (const { name, description } of spec.tags) {
    const section = element('section', {}, element('h2', { id: 'tag-' + name }, name), element('p', {}, description))
    const list = element('ul')
    for (const [path, methods] of Object.entries(spec.paths))
      for (const method of METHODS) {
        const operation = methods[method]
        if (!operation?.tags.includes(name)) continue
        section.append(operationBlock(path, method, operation, resolve))
        const link = element('a', { href: '#' + operation.operationId }, method.toUpperCase() + ' ' + path)
        list.append(element('li', {}, link))
      }
    $('operations').append(section)
    $('contents').append(element('h3', {}, name), list)
  }
  const schemas = Object.entries(spec.components.schemas).map(([name, schema]) =>
    element('div', { id: 'schema-' + name }, element('h3', {}, name), typeBlock(schema)),
  )
  $('operations').append(element('section', {}, element('h2', { id: 'schemas' }, 'schemas'), ...schemas))
  $('contents').append(element('h3', {}, element('a', { href: '#schemas' }, 'schemas')))
}

function operationBlock(path, method, operation, resolve) {
  const parameters = operation.parameters.map(resolve)
  const [media, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  const answers = Object.entries(operation.responses).map(([status, one]) => {
    const schema = Object.values(one.content ?? {})[0]?.schema
    return [
      element('dt', {}, status),
      element('dd', {}, one.description + ' ', ...(schema && Number(status) < 300 ? namedBlock(schema, resolve) : [])),
    ]
  })
  const rows = parameters.map(({ name, in: where, required, description = '', schema }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name + (required ? ' *' : '')),
      element('td', {}, where),
      element('td', {}, typeText(schema) + (noteText(schema) ? ' · ' + noteText(schema) : '')),
      element('td', {}, description),
    ),
  )
  return element(
    'details',
    { id: operation.operationId, class: 'operation' },
    element(
      'summary',
      {},
      element('b', { class: method }, method.toUpperCase()),
      ' ',
      element('code', {}, path),
      ' ',
      element('span', {}, operation.summary),
    ),
    ...operation.description.split('\n\n').map((text) => element('p', {}, text)),
    rows.length ? element('table', {}, element('caption', {}, 'Parameters'), element('tbody', {}, ...rows)) : undefined,
    body ? [element('h4', {}, 'Body, ' + media), ...namedBlock(body.schema, resolve)] : undefined,
    element('h4', {}, 'Answers'),
    element('dl', {}, ...answers.flat()),
    element('h4', {}, 'Try it'),
    tryForm(path, method, operation, parameters.filter(({ name }) => name !== 'x-request-id'), body),
  )
}

function tryForm(path, method, { operationId, security }, parameters, body) {
  const inputs = parameters.map((parameter) => {
    const id = operationId + '-' + parameter.in + '-' + parameter.name
    const hint = parameter.schema.type === 'object' ? 'origin=SFO&destination=JFK' : ''
    const input = element('input', { id, required: parameter.required ?? false, placeholder: hint, autocomplete: 'off', spellcheck: 'false' })
    return { ...parameter, input, label: element('label', { for: id }, parameter.name + ' (' + parameter.in + ')') }
  })
  const id = operationId + '-body'
  const text = body && element('textarea', { id, rows: '8', spellcheck: 'false' })
  if (text && body.example !== undefined) text.value = JSON.stringify(body.example, null, 2)
  const output = element('div', { class: 'output', role: 'status', 'aria-live': 'polite' })
  const values = (where) =>
    Object.fromEntries(inputs.filter((one) => one.in === where && one.schema.type !== 'object').map((one) => [one.name, one.input.value]))
  const request = () =>
    requestFor(location.origin, method, path, {
      path: values('path'),
      query: values('query'),
      fields: inputs.find((one) => one.schema.type === 'object')?.input.value,
      headers: values('header'),
      body: text?.value,
    })
  const send = async (event) => {
    event.preventDefault()
    output.replaceChildren('Asking …')
    output.replaceChildren(...(await answerOf(request()).catch((failed) => [element('p', {}, String(failed))])))
  }
  const copy = async () => {
    const curl = curlText(request(), security.length > 0)
    const said = await navigator.clipboard.writeText(curl).then(() => 'Copied.', () => 'Copy it from here.')
    output.replaceChildren(element('p', {}, said), element('pre', { tabindex: '0' }, curl))
  }
  return element(
    'form',
    { submit: send },
    ...inputs.flatMap(({ label, input }) => [label, input]),
    text ? [element('label', { for: id }, 'body'), text] : undefined,
    element('div', {}, element('button', {}, 'Send'), ' ', element('button', { type: 'button', click: copy }, 'Copy as curl')),
    output,
  )
}

async function answerOf({ method, url, headers, body }) {
  const began = performance.now()
  const authorization = key === '' ? {} : { authorization: 'Bearer ' + key }
  const response = await fetch(url, { method, headers: { ...headers, ...authorization }, body, credentials: 'omit', cache: 'no-store' })
  const text = await response.text()
  const took = Math.round(performance.now() - began)
  const json = /json/.test(response.headers.get('content-type') ?? '')
  return [
    element('p', {}, element('b', {}, String(response.status)), ' in ' + took + ' ms'),
    element('pre', { tabindex: '0' }, [...response.headers].map(([name, value]) => name + ': ' + value).join('\n')),
    element('pre', { tabindex: '0' }, json ? indentJson(text) : text),
  ]
}

function openTarget() {
  const target = $(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  if (target.tagName === 'DETAILS') target.open = true
  target.scrollIntoView()
}

$('key').addEventListener('input', (event) => {
  key = event.target.value.trim()
})
$('filter').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/)
  for (const one of document.querySelectorAll('.operation')) {
    const text = one.querySelector('summary').textContent.toLowerCase()
    one.hidden = !words.every((word) => text.includes(word))
  }
})
addEventListener('hashchange', openTarget)

try {
  const response = await fetch('openapi.json', { credentials: 'omit' })
  if (!response.ok) throw new Error('/openapi.json answered ' + response.status)
  show(await response.json())
  openTarget()
} catch (failed) {
  $('about').textContent = 'The document could not be read: ' + failed
}
`
