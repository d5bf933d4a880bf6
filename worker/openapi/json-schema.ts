/** The schemas as JSON Schema 2020-12, which is what OpenAPI 3.1 means by a schema. */
import * as z from 'zod'
import { SCHEMAS, type SchemaName } from './schemas.ts'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/**
 * By name. Objects of requests are closed, as they are checked. Those of answers are open: a later version may say more, and
 * no client should refuse that.
 */
export function namedSchemas(): Readonly<Record<string, JsonSchema>> {
  const names = z.registry<{ readonly id: string }>()
  for (const [id, schema] of Object.entries(SCHEMAS)) names.add(schema, { id })
  const { schemas } = z.toJSONSchema(names, {
    io: 'input',
    unrepresentable: 'any',
    uri: referenceTo,
    override: ({ jsonSchema }) => simplify(jsonSchema),
  })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema as JsonSchema]),
  )
}

export function reference(name: SchemaName): JsonSchema {
  return { $ref: referenceTo(name) }
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`
}

export interface QueryParameter {
  readonly name: string
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

/** The fields of a query, as what its text means: a number where a number is read, a list where commas part one. */
export function queryParameters(query: z.ZodType): readonly QueryParameter[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, {
    io: 'output',
    override: ({ jsonSchema }) => simplify(jsonSchema),
  })
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as JsonSchema
    return {
      name,
      required: required.includes(name),
      ...(typeof description === 'string' ? { description } : {}),
      schema,
    }
  })
}

/** Takes away what says nothing: that names are text, that integers are safe ones, that nobody writes into an answer. */
function simplify(schema: Record<string, unknown>): void {
  delete schema['readOnly']
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum']
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum']
  const names = schema['propertyNames']
  if (typeof names === 'object' && names !== null && JSON.stringify(names) === '{"type":"string"}')
    delete schema['propertyNames']
}
