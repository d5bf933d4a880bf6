/** The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1.html), made from the tables of operations and of access. */
import type { ErrorCode } from '../../core/errors.ts'
import { VERSION } from '../../core/version.ts'
import type { Access } from '../auth/routes.ts'
import { STATUS } from '../http/respond.ts'
import { type JsonSchema, namedSchemas, queryParameters, reference } from './json-schema.ts'
import {
  ANSWER_HEADERS,
  type Answer,
  type AnswerHeader,
  OPERATIONS,
  type Operation,
  REQUEST_HEADERS,
  type RequestBody,
  TAGS,
} from './operations.ts'

type Json = Readonly<Record<string, unknown>>

export interface OpenApi extends Json {
  readonly openapi: '3.1.1'
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & Json
}

const DESCRIPTION =
  'A feature store whose online half runs at the edge. Bodies are JSON in UTF-8 whatever their Content-Type. Answers may gain fields. A mistake of the caller is never a 5xx.'

/** @param access which scopes a route needs; routes that it does not have are for admin alone */
export function openApiDocument(access: ReadonlyMap<string, Access>): OpenApi {
  const paths: Record<string, Record<string, Json>> = {}
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ')
    const address = path.replaceAll(/:([a-z]+)/g, '{$1}')
    paths[address] = {
      ...paths[address],
      [method.toLowerCase()]: operationObject(operation, access.get(route) ?? { anyOf: ['admin'] }),
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Shoreline',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: namedSchemas(),
      parameters: Object.fromEntries(
        Object.entries(REQUEST_HEADERS).map(([name, description]) => [
          name,
          { name, in: 'header', description, schema: { type: 'string' } },
        ]),
      ),
      headers: Object.fromEntries(
        Object.entries(ANSWER_HEADERS).map(([name, description]) => [name, headerObject(name, description)]),
      ),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key, sl_… ("shoreline keys create" makes one).' },
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A browser token of POST /v1/tokens.',
        },
      },
    },
  }
}

function operationObject(operation: Operation, access: Access): Json {
  const { id, tag, summary, description, body } = operation
  const scopes = scopesText(access)
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description === undefined ? scopes : `${description}\n\n${scopes}`,
    // OpenAPI 3.1 lets a bearer scheme name the roles that are needed; each entry of the list is enough.
    security: [
      ...access.anyOf.map((scope) => ({ key: [scope] })),
      ...(access.tokens && access.anyOf.length > 0 ? [{ token: [] }] : []),
    ],
    parameters: parametersOf(operation),
    ...(body === undefined ? {} : { requestBody: { required: true, content: bodyContent(body) } }),
    responses: responsesOf(operation, access),
  }
}

function scopesText({ anyOf, ofService, ofSource, tokens }: Access): string {
  if (anyOf.length === 0) return 'Needs no key.'
  const object = ofService ? 'service' : ofSource ? 'source' : undefined
  const scopes = anyOf.map((scope) => (object === undefined ? scope : `${scope} or ${scope}:<${object}>`))
  return `Needs the scope ${scopes.join(' or ')}${tokens ? ', or a browser token' : ''}.`
}

function parametersOf({ path = {}, query, fields, headers = [] }: Operation): readonly Json[] {
  return [
    ...Object.entries(path).map(([name, description]) => ({
      name,
      in: 'path',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    ...(query === undefined ? [] : queryParameters(query)).map(({ schema, ...parameter }) => ({
      ...parameter,
      in: 'query',
      // Commas part the values of a list.
      ...(schema['type'] === 'array' ? { style: 'form', explode: false } : {}),
      schema,
    })),
    ...(fields === undefined
      ? []
      : [
          {
            name: 'fields',
            in: 'query',
            description: fields,
            style: 'form',
            explode: true,
            schema: { type: 'object', additionalProperties: { type: 'string' } },
          },
        ]),
    ...['x-request-id', ...headers].map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ]
}

function bodyContent(body: RequestBody): Json {
  return 'media' in body
    ? { [body.media]: { schema: { type: 'string', description: body.description } } }
    : { 'application/json': { schema: reference(body.schema), example: body.example } }
}

function responsesOf(operation: Operation, access: Access): Json {
  const answers = Object.entries(operation.answers).map(([status, one]) => [status, answerObject(one)])
  const refusals = [...Map.groupBy(errorsOf(operation, access), (code) => STATUS[code])].map(([status, codes]) => [
    status,
    refusalObject(status, codes, operation.feast === true),
  ])
  return Object.fromEntries([...answers, ...refusals])
}

/** Each once, in the order of their statuses. */
function errorsOf({ body, errors, feast }: Operation, { anyOf }: Access): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>([
    ...(body === undefined ? [] : (['TOO_LARGE', feast ? 'INVALID' : 'MALFORMED'] as const)),
    ...(anyOf.length === 0 ? [] : (['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'UNAVAILABLE'] as const)),
    ...errors,
    'INTERNAL',
  ])
  return [...codes].sort((a, b) => STATUS[a] - STATUS[b])
}

function answerObject({ description, schema, media, headers = [] }: Answer): Json {
  const content = {
    ...(schema === undefined ? {} : { 'application/json': { schema: reference(schema) } }),
    ...(media === undefined ? {} : { [media]: { schema: media === 'application/json' ? { type: 'object' } : {} } }),
  }
  return {
    description,
    headers: headerObjects(headers),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  }
}

const REFUSAL_HEADERS: Readonly<Record<number, readonly AnswerHeader[]>> = {
  401: ['www-authenticate'],
  429: ['retry-after'],
  503: ['retry-after'],
}

function refusalObject(status: number, codes: readonly ErrorCode[], feast: boolean): Json {
  return {
    description: codes.join(', '),
    headers: headerObjects(REFUSAL_HEADERS[status] ?? []),
    content: { 'application/json': { schema: feast ? feastRefusal(status) : refusal(codes) } },
  }
}

/** The one shape, with the codes that this status can have. */
function refusal(codes: readonly ErrorCode[]): JsonSchema {
  return { ...reference('Error'), properties: { error: { properties: { code: { enum: codes } } } } }
}

function feastRefusal(status: number): JsonSchema {
  return status === STATUS.INVALID
    ? { anyOf: [reference('FeastError'), reference('FeastProblem')] }
    : reference('FeastError')
}

function headerObject(name: string, description: string): Json {
  return { description, required: !SOMETIMES.has(name), schema: { type: 'string' } }
}

/** Of the headers of an answer, those that it may lack. */
const SOMETIMES: ReadonlySet<string> = new Set<AnswerHeader>(['x-shoreline-bookmark', 'x-shoreline-degraded'])

function headerObjects(names: readonly AnswerHeader[]): Json {
  return Object.fromEntries(['x-request-id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
