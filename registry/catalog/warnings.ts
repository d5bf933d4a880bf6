/** What a reviewer should know about definitions that are right: sensitive data that leaves the server. */
import { applyDefinitions } from '../apply.ts'
import type { Facts } from '../facts.ts'
import { type Definitions, EMPTY_REGISTRY } from '../objects.ts'
import { type LabelledNode, lineageData, lineageGraph } from './graph.ts'
import { isSensitive } from './sensitive.ts'

/**
 * A sentence for every public feature that is computed from sensitive data.
 * @param facts views by name, as they were found in the sources
 */
export async function definitionWarnings(definitions: Definitions, facts: Facts): Promise<readonly string[]> {
  const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, definitions)
  const views = Object.fromEntries(Object.entries(facts.views).map(([name, found]) => [`${name}@1`, found]))
  const { nodes } = lineageData(snapshot.revision, lineageGraph(snapshot, { sources: facts.sources, views }))
  return nodes.flatMap((node) => (node.kind === 'feature' && node.visibility === 'public' ? publicWarnings(node) : []))
}

function publicWarnings({ id, name, labels }: LabelledNode): readonly string[] {
  const feature = id.replace(/^feature:/, '').replace(/@1\./, '.')
  return labels
    .filter(({ tag, value }) => isSensitive(tag, value))
    .map(({ tag, value, from }) => {
      const origins = from.map((one) => one.replace(/@1(?=\.|$)/, '').replace(':', ' '))
      return `feature ${feature} is public and carries ${tag}: ${value}, from ${origins.join(', ')}. Make it visibility: 'server', or say tags: { ${tag}: 'false' } on ${name} if it reveals nothing.`
    })
}
