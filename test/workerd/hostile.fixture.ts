/** Requests as nobody who means well sends them: made from the document's schemas, and from good requests by damaging them. */
import fc from 'fast-check'
import type { Document, Schema } from './openapi.fixture.ts'

/** Texts that have broken some parser, key or query before. */
const ODD_TEXTS = [
  '',
  ' ',
  'SFO',
  'sfo',
  'SFO ',
  '7',
  '007',
  '-0',
  '1e3',
  '0x7',
  '9223372036854775808',
  'null',
  'true',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'delays',
  'delays@1',
  'delays@0',
  'delays@99999999999999999999',
  'airport_delays:risk',
  'airport_delays@1:cost',
  '*',
  '%',
  '%00',
  '../..',
  "'; drop table api_keys; --",
  '" or 1=1',
  '{{7*7}}',
  '<script>alert(1)</script>',
  'Ünïcödé',
  'e\u0301',
  '💡',
  '\ud83d',
  '\u0000',
  '\u2028',
  '\r\nx-evil: 1',
  'x'.repeat(1025),
  '💡'.repeat(400),
  '9'.repeat(400),
  '1h',
  '0s',
  '-1d',
  '99999999999999999999w',
  '2001-07-01T06:00:00Z',
  '2001-13-99T99:99:99Z',
  '+275760-09-13T00:00:00Z',
]

const ODD_NUMBERS = [0, -0, 1, -1, 0.5, 7.000000001, 1e21, -1e308, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 5e-324]

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)

/** What stand for lists in lists in lists: in a body's text they are such. One is deeper than a stack, one just allowed. */
const NESTED = new Map([
  ['\u0001deep', 8000],
  ['\u0001allowed', 480],
])

export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: oddText },
  { weight: 1, arbitrary: fc.constantFrom(...NESTED.keys()) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...ODD_NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { a: {} }, ['']) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)

/** What a schema asks for, most of the time; something else now and then, at any depth. */
export function fromSchema(schema: Schema, { components }: Document): fc.Arbitrary<unknown> {
  const right = (one: Schema, depth: number): fc.Arbitrary<unknown> => {
    const { $ref, anyOf, enum: choices, type } = one
    if (typeof $ref === 'string') return made(components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, depth)
    if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((choice: Schema) => made(choice, depth)))
    if ('const' in one) return fc.constant(one['const'])
    if (Array.isArray(choices)) return fc.constantFrom<unknown>(...choices)
    switch (Array.isArray(type) ? type[0] : type) {
      case 'string':
        return oddText
      case 'integer':
        return fc.oneof(fc.nat(10), fc.constantFrom(...ODD_NUMBERS))
      case 'number':
        return fc.double()
      case 'boolean':
        return fc.boolean()
      case 'array':
        return depth > 6 ? fc.constant([]) : fc.array(made(schemaAt(one, 'items'), depth + 1), { maxLength: 3 })
      case 'object':
        return depth > 6 ? fc.constant({}) : objectOf(one, depth)
      default:
        return oddValue
    }
  }
  const made = (one: Schema, depth: number): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 15, arbitrary: right(one, depth) }, { weight: 1, arbitrary: oddValue })
  const objectOf = (one: Schema, depth: number): fc.Arbitrary<unknown> => {
    const properties = Object.entries(schemaAt(one, 'properties')).map(([name, property]) => [
      name,
      made({ ...Object(property) }, depth + 1),
    ])
    if (properties.length === 0)
      return fc.dictionary(oddText, made(schemaAt(one, 'additionalProperties'), depth + 1), { maxKeys: 3 })
    const required: readonly string[] = Array.isArray(one['required']) ? one['required'] : []
    return fc.record<Record<string, unknown>>(Object.fromEntries(properties), { requiredKeys: [...required] })
  }
  return made(schema, 0)
}

function schemaAt(schema: Schema, keyword: string): Schema {
  return { ...Object(schema[keyword] ?? {}) }
}

/** A body as it is sent. Some damage only text can have. */
export function bodyText(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const text = value.map((one) =>
    [...NESTED].reduce(
      (at, [name, levels]) => at.replaceAll(JSON.stringify(name), nested('', levels)),
      JSON.stringify(one) ?? '',
    ),
  )
  return fc.oneof(
    { weight: 12, arbitrary: text },
    { weight: 3, arbitrary: fc.tuple(text, fc.nat(), fc.constantFrom(...TEXT_DAMAGE)).map(damageText) },
  )
}

function nested(text: string, levels: number): string {
  return `${'['.repeat(levels)}${text}${']'.repeat(levels)}`
}

type TextDamage = (text: string, at: number) => string

const TEXT_DAMAGE: readonly TextDamage[] = [
  (text, at) => text.slice(0, at),
  (text, at) => `${text.slice(0, at)}\u0000${text.slice(at)}`,
  (text, at) => `${text.slice(0, at)}"${text.slice(at)}`,
  (text) => `\ufeff${text}`,
  (text) => `${text}${text}`,
  (text) => text.replaceAll(/\d+/g, '123456789012345678901234567890'),
  (text) => text.replaceAll(/\d+/g, '1e999'),
  (text) => text.replaceAll(/\d+/g, '-0'),
  (text) => text.replace('{', '{"rows":[],"rows":7,'),
  (text) => text.replace('"', '"\\u0000'),
  (text, at) => nested(text, at * 10),
]

function damageText([text, at, damage]: readonly [string, number, TextDamage]): string {
  return damage(text, text.length === 0 ? 0 : at % text.length)
}

/** A good value with one to three places changed. */
export function damaged(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .array(fc.tuple(fc.nat(), fc.constantFrom(...DAMAGE), oddValue, oddText), { minLength: 1, maxLength: 3 })
    .map((damages) =>
      damages.reduce<unknown>((at, [place, damage, odd, name]) => damageAt(at, place, damage, odd, name), value),
    )
}

const DAMAGE = ['replace', 'remove', 'add', 'rename', 'wrap', 'repeat'] as const
type Damage = (typeof DAMAGE)[number]

function damageAt(value: unknown, place: number, damage: Damage, odd: unknown, name: string): unknown {
  const copy: unknown = structuredClone(value)
  const places = placesOf(copy)
  if (places.length === 0) return odd
  const { holder, key } = places[place % places.length] ?? { holder: {}, key: '' }
  const at: unknown = Reflect.get(holder, key)
  switch (damage) {
    case 'replace':
      define(holder, key, odd)
      break
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else Reflect.deleteProperty(holder, key)
      break
    case 'add':
      define(typeof at === 'object' && at !== null && !Array.isArray(at) ? at : holder, name, odd)
      break
    case 'rename':
      if (!Array.isArray(holder)) Reflect.deleteProperty(holder, key)
      define(holder, name, at)
      break
    case 'wrap':
      define(holder, key, [at])
      break
    case 'repeat':
      if (Array.isArray(at)) define(holder, key, [...at, ...at, ...at])
      else define(holder, key, { [name]: at })
      break
  }
  return copy
}

/** `__proto__` is a name like every other: JSON can say it. */
function define(holder: object, name: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d+$/.test(name)) holder.push(value)
  else Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true })
}

interface Place {
  readonly holder: object
  readonly key: string
}

function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value).flatMap((key): Place[] => [
    { holder: value, key },
    ...placesOf(Object.getOwnPropertyDescriptor(value, key)?.value),
  ])
}
