/** What a reviewer should know about definitions that are right: data that leaves the server by way of a public feature. */
import { applyDefinitions } from '../apply.ts'
import type { Facts } from '../facts.ts'
import { type Definitions, EMPTY_REGISTRY } from '../objects.ts'
import { type Edge, type LabelledNode, lineageData, lineageGraph } from './graph.ts'
import { isSensitive } from './sensitive.ts'

/**
 * A sentence for every public feature that is computed from sensitive data, or on demand from what is not public.
 * @param facts views by name, as they were found in the sources
 */
export async function definitionWarnings(definitions: Definitions, facts: Facts): Promise<readonly string[]> {
  const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, definitions)
  const views = Object.fromEntries(Object.entries(facts.views).map(([name, found]) => [`${name}@1`, found]))
  const { nodes, edges } = lineageData(snapshot.revision, lineageGraph(snapshot, { sources: facts.sources, views }))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const into = Map.groupBy(
    edges.filter(({ kind }) => kind === 'values'),
    ({ to }) => to,
  )
  return nodes.flatMap((node) =>
    node.kind === 'feature' && node.visibility === 'public'
      ? [...publicWarnings(node), ...inputWarnings(node, serverOnly(node.id, byId, into))]
      : [],
  )
}

/** The features that are not public and that a feature is computed from on demand, however far back; themselves or in part. */
function serverOnly(
  id: string,
  nodes: ReadonlyMap<string, LabelledNode>,
  into: ReadonlyMap<string, readonly Edge[]>,
): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { from } of into.get(id) ?? []) {
    const node = nodes.get(from)
    if (node?.kind !== 'feature') continue
    if (node.visibility === 'server') found.add(nameOf(from))
    else for (const one of serverOnly(from, nodes, into)) found.add(one)
  }
  return found
}

function inputWarnings({ id }: LabelledNode, inputs: ReadonlySet<string>): readonly string[] {
  if (inputs.size === 0) return []
  const names = [...inputs].sort().join(', ')
  return [
    `feature ${nameOf(id)} is public and computed from ${names}, which ${inputs.size === 1 ? 'is' : 'are'} not. Whoever reads it may learn of ${inputs.size === 1 ? 'that' : 'those'}: make it visibility: 'server' unless it reveals nothing.`,
  ]
}

/** Of `feature:stats@1.visits`: all versions are the first here. */
function nameOf(id: string): string {
  return id.replace(/^feature:/, '').replace(/@1\./, '.')
}

function publicWarnings({ id, name, labels }: LabelledNode): readonly string[] {
  const feature = nameOf(id)
  return labels
    .filter(({ tag, value }) => isSensitive(tag, value))
    .map(({ tag, value, from }) => {
      const origins = from.map((one) => one.replace(/@1(?=\.|$)/, '').replace(':', ' '))
      return `feature ${feature} is public and carries ${tag}: ${value}, from ${origins.join(', ')}. Make it visibility: 'server', or say tags: { ${tag}: 'false' } on ${name} if it reveals nothing.`
    })
}
