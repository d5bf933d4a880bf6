/** What the page of `GET /docs` works out: types to read, requests to send, a command to copy. */

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_HELPERS } from '../../worker/openapi/page-helpers.ts'
import { PAGE_SCRIPT } from '../../worker/openapi/page-script.ts'

interface Filled {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly fields?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}
interface Helpers {
  typeText(schema: unknown): string
  noteText(schema: unknown): string
  requestFor(origin: string, method: string, path: string, filled: Filled): Sent
  curlText(request: Sent, withKey: boolean): string
  indentJson(text: string): string
}

const { typeText, noteText, requestFor, curlText, indentJson } = new Function(
  `${PAGE_HELPERS}; return { typeText, noteText, requestFor, curlText, indentJson }`,
)() as Helpers

describe('a schema as text', () => {
  it.each([
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ enum: ['kv', 'd1'] }, '"kv" | "d1"'],
    [{ const: true }, 'true'],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, '("a" | "b")[]'],
    [{ $ref: '#/components/schemas/Issue' }, '\u0001Issue\u0001'],
    [{ anyOf: [{ $ref: '#/a/B' }, { type: 'null' }] }, '\u0001B\u0001 | null'],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, '{ [name]: integer }'],
    [{}, 'anything'],
  ])('%j is %s', (schema, text) => {
    expect(typeText(schema)).toBe(text)
  })

  it('has a line a field, with what is said about it', () => {
    const rows = {
      type: 'array',
      items: { type: 'object', additionalProperties: {} },
      minItems: 1,
      description: 'Keys.',
    }
    const schema = { type: 'object', properties: { rows, strict: { type: 'boolean' } }, required: ['rows'] }
    expect(typeText(schema)).toBe(
      ['{', '  // Keys. · items: at least 1', '  rows: { [name]: anything }[]', '  strict?: boolean', '}'].join('\n'),
    )
  })

  it.each([
    [{ minLength: 1, maxLength: 100 }, 'characters: 1 to 100'],
    [{ minimum: 0 }, ''],
    [{ minimum: 1, maximum: 500 }, '1 to 500'],
    [{ format: 'date-time', description: 'When.' }, 'When. · date-time'],
  ])('%j is noted as "%s"', (schema, text) => {
    expect(noteText(schema)).toBe(text)
  })
})

describe('a request', () => {
  it('has its parts where they belong, and none that was left empty', () => {
    const filled = {
      path: { service: 'a/b@1' },
      query: { q: 'x & y', kind: '' },
      fields: 'origin=SFO',
      headers: { 'if-none-match': '"e"', 'x-shoreline-revision': '' },
    }
    expect(requestFor('https://x', 'get', '/v1/services/{service}/features', filled)).toEqual({
      method: 'GET',
      url: 'https://x/v1/services/a%2Fb%401/features?q=x%20%26%20y&origin=SFO',
      headers: { 'if-none-match': '"e"' },
      body: undefined,
    })
  })

  it('is the same from a shell: nothing that was typed is more than text there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (typed) => {
        const body = typed.replaceAll('\0', '')
        const curl = curlText(requestFor('https://x', 'post', '/a', { body, headers: { a: "b'c" } }), true)
        const script = `curl() { printf '%s\\0' "$@"; }; SHORELINE_KEY='k"$(x)'; ${curl}`
        const sent = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
        const data = body === '' ? [] : ['--data-binary', body]
        const headers = ['-H', 'Authorization: Bearer k"$(x)', '-H', "a: b'c"]
        expect(sent).toEqual(['-s', '-X', 'POST', 'https://x/a', ...headers, ...data])
      }),
      { seed: 3, numRuns: 60 },
    )
  })
})

describe('an answer', () => {
  it('keeps every digit', () => {
    expect(indentJson('{"a":9223372036854775807,"b":[1.0,-0],"c":{},"d":[],"e":"{\\"x\\":[1,2]}"}')).toBe(
      [
        '{',
        '  "a": 9223372036854775807,',
        '  "b": [',
        '    1.0,',
        '    -0',
        '  ],',
        '  "c": {},',
        '  "d": [],',
        '  "e": "{\\"x\\":[1,2]}"',
        '}',
      ].join('\n'),
    )
  })

  it('is laid out as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
      }),
      { seed: 4, numRuns: 500 },
    )
  })
})

it('the script can be inside of a page', () => {
  expect(`${PAGE_HELPERS}${PAGE_SCRIPT}`).not.toMatch(/<\/script|<!--/i)
})
