/** What an answer has to be according to the published document, judged by a validator that shares nothing with zod. */
import { Validator } from '@cfworker/json-schema'
import type { Answer } from './guarded.fixture.ts'

export interface Schema {
  readonly [keyword: string]: unknown
}
interface Content {
  readonly [media: string]: { readonly schema: Schema; readonly example?: unknown }
}
export interface Reference {
  readonly $ref: string
}
export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Schema
}
export interface DocumentedResponse {
  readonly description: string
  readonly headers: Readonly<Record<string, Reference>>
  readonly content?: Content
}
export interface DocumentedOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly (Parameter | Reference)[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, DocumentedResponse>>
}
export interface Document {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly headers: Readonly<Record<string, { readonly required: boolean }>>
    readonly securitySchemes: Readonly<Record<string, Schema>>
  }
}

export interface Route {
  /** As the router has it: `GET /v1/views/:view/snapshots`. */
  readonly name: string
  readonly method: string
  /** With `{view}`. */
  readonly path: string
  readonly operation: DocumentedOperation
}

export function routesOf(document: Document): readonly Route[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([lower, operation]) => {
      const method = lower.toUpperCase()
      return { name: `${method} ${path.replaceAll(/\{([a-z]+)\}/g, ':$1')}`, method, path, operation }
    }),
  )
}

/** Judges answers; says what is wrong, and remembers what it has seen. */
export class Judge {
  readonly routes: readonly Route[]
  readonly #document: Document
  readonly #validators = new Map<string, Validator>()
  readonly #seen = new Set<string>()

  constructor(document: Document) {
    this.#document = document
    this.routes = routesOf(document)
  }

  route(name: string): Route {
    const found = this.routes.find((route) => route.name === name)
    if (!found) throw new Error(`${name} is not in the document`)
    return found
  }

  /** `POST /v1/features 200`, … */
  get seen(): readonly string[] {
    return [...this.#seen].sort()
  }

  /** @returns what differs from the document; empty when nothing does */
  problems(name: string, { status, headers, text, json }: Answer): readonly string[] {
    this.#seen.add(`${name} ${status}`)
    const response = this.route(name).operation.responses[String(status)]
    if (!response) return [`${status} is not documented: ${text.slice(0, 300)}`]
    const missing = Object.keys(response.headers).filter(
      (header) => this.#document.components.headers[header]?.required && !headers.has(header),
    )
    const lacks = missing.map((header) => `${status} without the header ${header}`)
    const said = Object.entries(response.content ?? {})
    if (said.length === 0) return text === '' ? lacks : [...lacks, `${status} has a body`]
    const type = headers.get('content-type') ?? ''
    const [media, content] = said.find(([one]) => type.startsWith(one)) ?? []
    if (!content) return [...lacks, `${status} is not ${said.map(([one]) => one).join(' or ')}`]
    if (media !== 'application/json') return lacks
    return [...lacks, ...this.#check(`${name} ${status}`, content.schema, json)]
  }

  /** Whether a value is what a request's schema says. */
  accepts(name: string, body: unknown): readonly string[] {
    const content = Object.values(this.route(name).operation.requestBody?.content ?? {})[0]
    return content ? this.#check(`${name} body`, content.schema, body) : ['it takes no body']
  }

  #check(id: string, schema: Schema, value: unknown): readonly string[] {
    const validator = this.#validators.get(id) ?? this.#validator(schema)
    this.#validators.set(id, validator)
    const { valid, errors } = validator.validate(value)
    return valid ? [] : errors.slice(-3).map(({ instanceLocation, error }) => `${id}: ${instanceLocation}: ${error}`)
  }

  #validator(schema: Schema): Validator {
    const whole = { ...closed(schema), $defs: closed(this.#document.components.schemas) }
    return new Validator(JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')), '2020-12')
  }
}

/** Answers may gain fields, says the document; here each field has to be in it. */
function closed(schema: Schema): Schema {
  const members: Schema = Object.fromEntries(Object.entries(schema).map(([name, one]) => [name, closedValue(one)]))
  return members['type'] === 'object' && 'properties' in members && !('additionalProperties' in members)
    ? { ...members, additionalProperties: false }
    : members
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue)
  return typeof value === 'object' && value !== null ? closed({ ...value }) : value
}
