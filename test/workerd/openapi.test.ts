/** The published document: that it is one, that it names every route, and that it is what the page shows. */
import { beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { ACCESS } from '../../worker/auth/routes.ts'
import { STATUS } from '../../worker/http/respond.ts'
import { type Answer, guarded } from './guarded.fixture.ts'
import { type Document, Judge, routesOf } from './openapi.fixture.ts'

const deployment = guarded()
let document: Document

beforeAll(async () => {
  document = (await deployment.call('/openapi.json')).json as Document
})

function everyObject(value: unknown, visit: (one: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(value)) for (const one of value) everyObject(one, visit)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  visit({ ...value })
  for (const one of Object.values(value)) everyObject(one, visit)
}

describe('the document', () => {
  it('names every route of the router, and none that the router does not have', () => {
    const routed = deployment.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    expect(
      routesOf(document)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(routed.sort())
  })

  it('has what OpenAPI 3.1 asks for', () => {
    expect(document).toMatchObject({ openapi: '3.1.1', info: { title: 'Shoreline', version: packageJson.version } })
    const tags = document.tags.map(({ name }) => name)
    for (const { path, operation } of routesOf(document)) {
      const named = [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name)
      const declared = operation.parameters.flatMap((one) => ('in' in one && one.in === 'path' ? [one.name] : []))
      expect(declared, path).toEqual(named)
      for (const one of operation.parameters) if ('in' in one && one.in === 'path') expect(one.required).toBe(true)
      expect(tags, path).toEqual(expect.arrayContaining([...operation.tags]))
      expect(operation.tags).toHaveLength(1)
      expect(operation.summary).not.toBe('')
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5][0-9]{2}$/)
        expect(response.description).not.toBe('')
        expect(Object.keys(response.headers)).toContain('x-request-id')
      }
      for (const needed of operation.security)
        for (const scheme of Object.keys(needed)) expect(document.components.securitySchemes).toHaveProperty(scheme)
    }
    const ids = routesOf(document).map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers to nothing that is not in it, and has no schema that nothing refers to', () => {
    const references = new Set<string>()
    everyObject(document, ({ $ref }) => {
      if (typeof $ref === 'string') references.add($ref)
    })
    for (const one of references) {
      const found = one
        .slice('#/'.length)
        .split('/')
        .reduce<unknown>(
          (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
          document,
        )
      expect(found, one).toBeTypeOf('object')
    }
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !references.has(`#/components/schemas/${name}`),
    )
    expect(unused).toEqual([])
  })

  it('says the scopes that the Worker asks for', () => {
    for (const { name, operation } of routesOf(document)) {
      const { anyOf = [], tokens } = ACCESS.get(name) ?? {}
      expect(
        operation.security.flatMap((one) => one['key'] ?? []),
        name,
      ).toEqual(anyOf)
      expect(
        operation.security.some((one) => 'token' in one),
        name,
      ).toBe(tokens === true)
      expect('401' in operation.responses, name).toBe(anyOf.length > 0)
    }
  })

  it('has an example of every body, that is one', () => {
    const judge = new Judge(document)
    for (const { name, operation } of judge.routes)
      for (const { example } of Object.values(operation.requestBody?.content ?? {}))
        if (example !== undefined) expect(judge.accepts(name, example), name).toEqual([])
  })

  it('has one shape for refusals, with every code', () => {
    expect(document.components.schemas['Error']).toMatchObject({
      properties: { error: { properties: { code: { enum: Object.keys(STATUS) } } } },
      required: ['error', 'request_id'],
    })
  })
})

describe('/openapi.json and /docs', () => {
  it.each(['/openapi.json', '/docs'])(
    '%s is for everybody, the same each time, and 304 to who has it',
    async (path) => {
      const answer = await deployment.call(path)
      const etag = answer.headers.get('etag') ?? ''
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=60'])
      expect((await guarded().call(path)).text).toBe(answer.text)
      const again = await deployment.call(path, { headers: { 'if-none-match': etag } })
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag])
    },
  )

  it('the page runs its own script and nothing else', async () => {
    const { headers, text } = await deployment.call('/docs')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    for (const [name, directive] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ] as const) {
      const [, inside = ''] = new RegExp(`<${name}[^>]*>([\\s\\S]*?)</${name}>`).exec(text) ?? []
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(inside))
      expect(policy).toContain(`${directive} 'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`)
      expect([...text.matchAll(new RegExp(`<${name}\\b`, 'g'))]).toHaveLength(1)
    }
    expect(text).not.toMatch(/\son[a-z]+=|\sstyle=|https?:\/\/|innerHTML|localStorage|sessionStorage|document\.cookie/)
  })

  it("the page's script is small", async () => {
    const [, script = ''] = /<script[^>]*>([\s\S]*?)<\/script>/.exec((await deployment.call('/docs')).text) ?? []
    expect(script.length).toBeLessThan(11 * 1024)
  })
})

describe('whoever judges answers by it', () => {
  it.each<[string, Partial<Answer>, string]>([
    ['a field more', { json: { status: 'ok', since: 7 } }, 'since'],
    ['a field less', { json: {} }, 'status'],
    ['another value', { json: { status: 'fine' } }, 'status'],
    ['another status', { status: 418 }, '418 is not documented'],
    ['no request id', { headers: new Headers({ 'content-type': 'application/json' }) }, 'x-request-id'],
    [
      'another type',
      { headers: new Headers({ 'x-request-id': 'a', 'content-type': 'text/html' }) },
      'application/json',
    ],
  ])('sees %s', async (_what, changed, problem) => {
    const answer = await deployment.call('/health')
    const judge = new Judge(document)
    expect(judge.problems('GET /health', answer)).toEqual([])
    expect(judge.problems('GET /health', { ...answer, ...changed }).join('\n')).toContain(problem)
  })

  it('sees a code that the status does not have', async () => {
    const refused = await deployment.call('/v1/head')
    const judge = new Judge(document)
    expect(judge.problems('GET /v1/head', refused)).toEqual([])
    const json = { error: { code: 'CONFLICT', message: '', details: {} }, request_id: 'a' }
    expect(judge.problems('GET /v1/head', { ...refused, json })).not.toEqual([])
  })
})
