/**
 * Which functions of a program may call themselves, at first hand or through others. By names alone: a function is taken to call
 * whatever it mentions, so that one too many is found rather than one too few. One that gets itself as an argument is not found.
 */
import type { AnyNode } from 'acorn'
import { childrenOf } from './names.ts'

/** Declared, expressed, or an arrow; of a method the function that is its value. */
export function recursiveFunctions(program: AnyNode): ReadonlySet<AnyNode> {
  const named: Named[] = []
  collect(program, '', named)
  const byName = Map.groupBy(named, ({ name }) => name)
  const reached = (from: Named): ReadonlySet<Named> => {
    const found = new Set<Named>()
    const open = [from]
    for (let one = open.pop(); one; one = open.pop())
      for (const next of [...one.mentions].flatMap((name) => byName.get(name) ?? []))
        if (!found.has(next)) {
          found.add(next)
          open.push(next)
        }
    return found
  }
  return new Set(named.filter((one) => reached(one).has(one)).map(({ node }) => node))
}

interface Named {
  readonly name: string
  readonly node: AnyNode
  /** Names of variables and of members within it. */
  readonly mentions: ReadonlySet<string>
}

/** @param name what the node is called by what it stands in */
function collect(node: AnyNode, name: string, found: Named[]): void {
  if (/Function/.test(node.type)) {
    const own = 'id' in node && node.id?.type === 'Identifier' ? [node.id.name] : []
    for (const one of new Set([name, ...own]))
      if (one !== '') found.push({ name: one, node, mentions: mentionsOf(node) })
  }
  const given = nameGiven(node)
  for (const child of childrenOf(node)) collect(child, child === given?.to ? given.name : '', found)
}

/** What a statement or a member calls the function that it holds. */
function nameGiven(node: AnyNode): { readonly name: string; readonly to: AnyNode } | null {
  switch (node.type) {
    case 'VariableDeclarator':
      return node.id.type === 'Identifier' && node.init ? { name: node.id.name, to: node.init } : null
    case 'AssignmentExpression':
      return { name: lastName(node.left), to: node.right }
    case 'AssignmentPattern':
      return { name: lastName(node.left), to: node.right }
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return node.value ? { name: lastName(node.key), to: node.value } : null
    default:
      return null
  }
}

function lastName(node: AnyNode): string {
  if (node.type === 'MemberExpression') return lastName(node.property)
  return node.type === 'Identifier' || node.type === 'PrivateIdentifier' ? node.name : ''
}

function mentionsOf(node: AnyNode): ReadonlySet<string> {
  const found = new Set<string>()
  const open: AnyNode[] = [node]
  for (let one = open.pop(); one; one = open.pop()) {
    const name = lastName(one.type === 'MemberExpression' ? one.property : one)
    // The function's own name, where it stands alone, is no mention of it.
    if (name !== '' && !('id' in node && one === node.id)) found.add(name)
    open.push(...childrenOf(one))
  }
  return found
}
