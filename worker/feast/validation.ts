/** The border of Feast's surface: bytes to checked values, and what FastAPI says where they are not right. */
import type * as z from 'zod'
import { parseBounded } from '../../core/json.ts'

/** One entry of FastAPI's `detail`. */
interface Complaint {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly input: unknown
}

/** Answered with 422 and `{"detail":[…]}`. */
export class ValidationProblem extends Error {
  override readonly name = 'ValidationProblem'
  readonly detail: readonly Complaint[]

  constructor(detail: readonly Complaint[]) {
    super(detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '))
    this.detail = detail
  }
}

/**
 * JSON whatever the Content-Type says, integers beyond 2^53 as bigint.
 * @throws ValidationProblem
 */
export function readBody<T>(text: string, schema: z.ZodType<T>): T {
  const body = parse(text)
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new ValidationProblem(parsed.error.issues.slice(0, SHOWN).map((issue) => complaint(issue, body)))
}

/** How many complaints one answer has. */
const SHOWN = 5

function parse(text: string): unknown {
  if (text.trim() === '') throw new ValidationProblem([{ type: 'missing', loc: ['body'], msg: MISSING, input: null }])
  try {
    return parseBounded(text)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : 'it cannot be parsed'
    throw new ValidationProblem([{ type: 'json_invalid', loc: ['body'], msg: `JSON decode error: ${why}`, input: {} }])
  }
}

const MISSING = 'Field required'

/** zod's expectations as pydantic calls them. */
const EXPECTED: Readonly<Record<string, { readonly type: string; readonly what: string }>> = {
  object: { type: 'dict_type', what: 'dictionary' },
  record: { type: 'dict_type', what: 'dictionary' },
  array: { type: 'list_type', what: 'list' },
  string: { type: 'string_type', what: 'string' },
  boolean: { type: 'bool_type', what: 'boolean' },
  number: { type: 'float_type', what: 'number' },
}

function complaint(issue: z.core.$ZodIssue, body: unknown): Complaint {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  const loc = ['body', ...path]
  const input = at(body, path)
  if (input === undefined) return { type: 'missing', loc, msg: MISSING, input: shown(at(body, path.slice(0, -1))) }
  const expected = issue.code === 'invalid_type' ? EXPECTED[issue.expected] : undefined
  return {
    type: expected?.type ?? (issue.code === 'too_big' ? 'too_long' : 'value_error'),
    loc,
    msg: expected ? `Input should be a valid ${expected.what}` : issue.message,
    input: shown(input),
  }
}

function at(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

/** How much of an input is repeated, in characters of JSON: a request may be megabytes. */
const REPEATED = 500

/** The input as it may be repeated: text where it is long, or where JSON would round it. */
function shown(input: unknown): unknown {
  const text = JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? ''
  return text.length > REPEATED ? `${text.slice(0, REPEATED)}…` : JSON.parse(text || 'null')
}
