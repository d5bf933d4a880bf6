/**
 * What on-demand code must not use: whatever makes it answer differently for the same row, here and there, now and later. Names
 * of the language that depend on nothing are allowed; all others are refused, so that what an engine adds tomorrow is, too.
 */
import type { AnyNode } from 'acorn'
import type { Found, Reference } from './names.ts'

const ALLOWED: ReadonlySet<string> = new Set([
  ...[
    'undefined',
    'NaN',
    'Infinity',
    'Object',
    'Array',
    'String',
    'Number',
    'Boolean',
    'BigInt',
    'Symbol',
    'Math',
    'JSON',
  ],
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'RegExp', 'Proxy', 'Iterator', 'Date'],
  ...['Error', 'TypeError', 'RangeError', 'SyntaxError', 'EvalError', 'ReferenceError', 'URIError', 'AggregateError'],
  ...['ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array'],
  ...['Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
  ...[
    'isNaN',
    'isFinite',
    'parseInt',
    'parseFloat',
    'encodeURIComponent',
    'decodeURIComponent',
    'encodeURI',
    'decodeURI',
  ],
  ...['TextEncoder', 'TextDecoder', 'atob', 'btoa'],
])

const THE_TIME = "ask for the time in request({ … }): a caller's own clock is an input"
const BY_ITSELF = 'it may use its row and nothing else'
const UTC = 'the time zone differs between machines: use the method with UTC in its name'
const AT_ONCE = 'a value must be there at once'
const LOCALE = 'the locale differs between machines: use a method without one'

const INSTEAD: Readonly<Record<string, string>> = {
  performance: THE_TIME,
  crypto: 'derive the value from the row',
  Promise: AT_ONCE,
  async: AT_ONCE,
  await: AT_ONCE,
  Intl: LOCALE,
  eval: 'Workers compile nothing at run time',
  Function: 'Workers compile nothing at run time',
  Reflect: 'it reaches what has another name: write the member as it is called',
}

/** Of dates: they read the machine's time zone. */
const LOCAL_TIME =
  /^(?:[gs]et(?:Date|Day|FullYear|Hours|Milliseconds|Minutes|Month|Seconds|Year)|getTimezoneOffset|toDateString|toTimeString)$/
/** Of errors: it names files, and the engine's own functions. */
const PLACE = /^(?:stack|captureStackTrace|prepareStackTrace)$/
/** Of several types: they read the machine's locale. */
const LOCAL_TEXT = /^(?:toLocale\w*|localeCompare)$/

/** @param own the names that the module declares itself @returns a sentence's end for each thing that is refused */
export function impurities({ references, members, words }: Found, own: ReadonlySet<string>): readonly string[] {
  const problems = [
    ...references.flatMap((reference) =>
      own.has(reference.name) ? stateProblem(reference) : globalProblem(reference),
    ),
    ...members.filter((name) => LOCAL_TIME.test(name)).map((name) => `uses ${name}(), and ${UTC}`),
    ...members.filter((name) => LOCAL_TEXT.test(name)).map((name) => `uses ${name}(), and ${LOCALE}`),
    ...members.filter((name) => PLACE.test(name)).map((name) => `uses ${name}, which differs between machines`),
    ...words.map((name) => `uses ${name}, and ${INSTEAD[name] ?? BY_ITSELF}`),
  ]
  return [...new Set(problems)]
}

function stateProblem({ name, written, inFunction }: Reference): readonly string[] {
  return written && inFunction
    ? [`changes ${name}, which outlives the row: rows are computed in any order, in many places`]
    : []
}

function globalProblem({ name, node, parent }: Reference): readonly string[] {
  if (!ALLOWED.has(name)) return [`uses ${name}, and ${INSTEAD[name] ?? BY_ITSELF}`]
  const member = memberOf(parent, node)
  if (name === 'Math') {
    if (member === 'random') return ['uses Math.random(), and chance is no input: derive the value from the row']
    return member === null ? ['uses Math other than as Math.name, so that nobody can tell what for'] : []
  }
  if (name === 'Date') return dateProblem(parent, member)
  return []
}

/** `Date` is the clock unless it is told an instant. */
function dateProblem(parent: AnyNode | null, member: string | null): readonly string[] {
  if (member === 'UTC' || member === 'parse') return []
  if (member === 'now') return [`uses Date.now(), and ${THE_TIME}`]
  if (parent?.type === 'NewExpression') {
    const [first] = parent.arguments
    if (!first || first.type === 'SpreadElement') return [`uses new Date() without an instant: ${THE_TIME}`]
    if (parent.arguments.length === 1) return []
    return ['uses new Date() of parts, which reads the time zone of the machine: write new Date(Date.UTC(…))']
  }
  return [`uses Date other than as new Date(instant), Date.UTC() or Date.parse(): ${THE_TIME}`]
}

/** The name after the point, where the node is what stands before it; null for anything else. */
function memberOf(parent: AnyNode | null, node: Reference['node']): string | null {
  if (parent?.type !== 'MemberExpression' || parent.object !== node || parent.computed) return null
  return parent.property.type === 'Identifier' ? parent.property.name : null
}
