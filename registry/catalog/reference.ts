/** What a person means by a name: an object, one of its versions, or a column or feature in it. */
import { ShorelineError } from '../../core/errors.ts'
import { nearest } from '../definitions/nearest.ts'
import { type LineageGraph, NODE_KINDS, type Node } from './graph.ts'

/**
 * The nodes that a reference names: `flight_delay`, `airport_delays@1`, `airport_delays.avg_delay_7d`,
 * `airport_delays:avg_delay_7d`, `flights.delay`, or with its kind, as ids are written: `view:airport_delays@1`. Without a
 * version the newest is meant.
 * @throws ShorelineError UNKNOWN_NAME, or INVALID when objects of several kinds have the name
 */
export function findNode({ nodes }: LineageGraph, reference: string): Node {
  const exact = nodes.get(reference)
  if (exact) return exact
  const { kind, object, part } = split(reference)
  const found = new Map<string, Node>()
  for (const node of nodes.values()) {
    const [holder, name] = node.parent === undefined ? [node, undefined] : [nodes.get(node.parent), node.name]
    if (!holder || (kind !== undefined && node.kind !== kind)) continue
    if (name?.toLowerCase() !== part?.toLowerCase()) continue
    const named = holder.version === undefined ? [holder.name] : [holder.name, `${holder.name}@${holder.version}`]
    if (named.includes(object)) found.set(node.kind, node) // versions come in order: the newest stays
  }
  const [node, ...others] = found.values()
  if (!node) throw unknown(reference.slice(0, 200), nodes)
  if (others.length > 0) {
    const candidates = [node, ...others].map((one) => one.id)
    throw new ShorelineError(
      'INVALID',
      `${reference} is the name of several objects. Write one of ${candidates.join(', ')}.`,
      { candidates },
    )
  }
  return node
}

interface Reference {
  readonly kind?: string
  /** A name, or `name@version`. */
  readonly object: string
  /** Of a column or feature. */
  readonly part?: string
}

function split(reference: string): Reference {
  const kind = NODE_KINDS.find((one) => reference.startsWith(`${one}:`))
  const rest = kind === undefined ? reference : reference.slice(kind.length + 1)
  // Objects have neither a point nor a colon in their names; columns may have anything.
  const end = rest.search(/[.:]/)
  const named = end < 0 ? { object: rest } : { object: rest.slice(0, end), part: rest.slice(end + 1) }
  return kind === undefined ? named : { kind, ...named }
}

function unknown(reference: string, nodes: LineageGraph['nodes']): ShorelineError {
  const written = [...nodes.values()].map(({ id }) => id.slice(id.indexOf(':') + 1))
  const names = new Set([...written, ...written.map((one) => one.replace(/@[0-9]+/, ''))])
  const meant = nearest(reference.replace(/^[a-z]+:/, ''), [...names])
  const fix = meant ? `Did you mean ${meant}?` : 'GET /v1/registry/search?q=… finds objects by any of their words.'
  return new ShorelineError('UNKNOWN_NAME', `Nothing is registered as ${reference}. ${fix}`, { of: reference })
}
