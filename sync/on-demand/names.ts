/**
 * Which names a piece of JavaScript refers to that it does not declare itself, and how. The syntax tree is acorn's (ESTree);
 * scopes are resolved as the language does: parameters, hoisted `var` and functions, blocks, catch clauses, classes.
 */
import type { AnyNode, AssignmentProperty, Node } from 'acorn'

/** A name that is free in the piece. */
export interface Reference {
  readonly name: string
  readonly node: Node
  /** What it stands in. */
  readonly parent: AnyNode | null
  /** It is assigned to. */
  readonly written: boolean
  /** Within a function, so that it happens whenever that is called. */
  readonly inFunction: boolean
}

export interface Found {
  readonly references: readonly Reference[]
  /** Names of members that are read or called by a name that is written out: `getHours` of `at.getHours()`. */
  readonly members: readonly string[]
  /** `import()`, `import.meta`, `await` and `async`, as they are written. */
  readonly words: readonly string[]
}

/** @param pieces parts of one module: what one of them declares at its top is free in the others */
export function freeNames(pieces: readonly AnyNode[]): Found {
  const walk = new Walk()
  for (const piece of pieces) walk.piece(piece)
  return walk
}

/** The names that a statement at the top of a module declares. */
export function declaredNames(statement: AnyNode): readonly string[] {
  switch (statement.type) {
    case 'VariableDeclaration':
      return statement.declarations.flatMap((one) => patternNames(one.id))
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return statement.id ? [statement.id.name] : []
    case 'ImportDeclaration':
      return statement.specifiers.map((one) => one.local.name)
    default:
      return []
  }
}

function patternNames(pattern: AnyNode | null): readonly string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((one) => patternNames(one.type === 'Property' ? one.value : one.argument))
    case 'ArrayPattern':
      return pattern.elements.flatMap(patternNames)
    case 'AssignmentPattern':
      return patternNames(pattern.left)
    case 'RestElement':
      return patternNames(pattern.argument)
    default:
      return []
  }
}

interface Scope {
  readonly names: Set<string>
  readonly outer: Scope | null
}

type Functions = Extract<
  AnyNode,
  { readonly type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>

class Walk implements Found {
  readonly references: Reference[] = []
  readonly members: string[] = []
  readonly words: string[] = []
  #depth = 0

  piece(node: AnyNode): void {
    // What the module declares at its top is the caller's matter: the walk begins inside of it.
    if (node.type === 'FunctionDeclaration') this.#function(node, null)
    else if (node.type === 'ClassDeclaration') this.#class(node, null)
    else this.#visit(node, null, null)
  }

  #visit(node: AnyNode | null | undefined, scope: Scope | null, parent: AnyNode | null): void {
    if (!node) return
    switch (node.type) {
      case 'Identifier':
        this.#refer(node.name, node, scope, parent, false)
        break
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, scope)
        break
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, scope)
        break
      case 'BlockStatement':
      case 'StaticBlock':
        this.#block(node.body, scope, node)
        break
      case 'SwitchStatement': {
        this.#visit(node.discriminant, scope, node)
        const inner = blockScope(
          node.cases.flatMap((one) => one.consequent),
          scope,
        )
        for (const one of node.cases) this.#children(one, inner)
        return
      }
      case 'ForStatement':
        this.#children(node, blockScope(node.init ? [node.init] : [], scope))
        break
      case 'ForInStatement':
      case 'ForOfStatement': {
        const inner = blockScope([node.left], scope)
        if (node.left.type === 'VariableDeclaration') this.#visit(node.left, inner, node)
        else this.#assign(node.left, inner, node)
        this.#visit(node.right, inner, node)
        this.#visit(node.body, inner, node)
        break
      }
      case 'CatchClause': {
        const inner = { names: new Set(patternNames(node.param ?? null)), outer: scope }
        this.#declare(node.param ?? null, inner)
        this.#visit(node.body, inner, node)
        break
      }
      case 'VariableDeclaration':
        for (const one of node.declarations) {
          this.#declare(one.id, scope)
          this.#visit(one.init, scope, one)
        }
        return
      case 'AssignmentExpression':
        this.#assign(node.left, scope, node)
        this.#visit(node.right, scope, node)
        break
      case 'UpdateExpression':
        this.#assign(node.argument, scope, node)
        break
      case 'MemberExpression':
        this.#visit(node.object, scope, node)
        if (node.computed) this.#visit(node.property, scope, node)
        this.#member(node.property, node.computed)
        return
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
        if (node.computed) this.#visit(node.key, scope, node)
        this.#visit(node.value, scope, node)
        break
      case 'LabeledStatement':
        this.#visit(node.body, scope, node)
        break
      case 'BreakStatement':
      case 'ContinueStatement':
        return
      case 'MetaProperty':
        if (node.meta.name === 'import') this.words.push('import.meta')
        return
      case 'ImportExpression':
        this.words.push('import()')
        this.#visit(node.source, scope, node)
        break
      case 'AwaitExpression':
        this.words.push('await')
        this.#visit(node.argument, scope, node)
        break
      default:
        this.#children(node, scope)
    }
  }

  #member(key: AnyNode, computed: boolean): void {
    if (key.type === 'Identifier' && !computed) this.members.push(key.name)
    if (key.type === 'Literal' && typeof key.value === 'string') this.members.push(key.value)
  }

  #children(node: AnyNode, scope: Scope | null): void {
    for (const child of childrenOf(node)) this.#visit(child, scope, node)
  }

  #block(body: readonly AnyNode[], scope: Scope | null, parent: AnyNode): void {
    const inner = blockScope(body, scope)
    for (const statement of body) this.#visit(statement, inner, parent)
  }

  #function(node: Functions, outer: Scope | null): void {
    const names = new Set([...node.params.flatMap(patternNames), ...hoisted(node.body)])
    if (node.async) this.words.push('async')
    if (node.type !== 'ArrowFunctionExpression') names.add('arguments')
    if (node.type === 'FunctionExpression' && node.id) names.add(node.id.name)
    const scope = { names, outer }
    this.#depth++
    for (const param of node.params) this.#declare(param, scope)
    this.#visit(node.body, scope, node)
    this.#depth--
  }

  #class(node: Extract<AnyNode, { readonly type: 'ClassDeclaration' | 'ClassExpression' }>, outer: Scope | null): void {
    const scope = { names: new Set(node.id ? [node.id.name] : []), outer }
    this.#visit(node.superClass, scope, node)
    for (const member of node.body.body) this.#visit(member, scope, node.body)
  }

  /** The parts of a declaring pattern that are evaluated: defaults and computed keys. */
  #declare(pattern: AnyNode | null, scope: Scope | null): void {
    switch (pattern?.type) {
      case 'ObjectPattern':
        for (const one of pattern.properties) {
          if (one.type === 'Property') this.#patternKey(one, scope)
          this.#declare(one.type === 'Property' ? one.value : one.argument, scope)
        }
        return
      case 'ArrayPattern':
        for (const one of pattern.elements) this.#declare(one, scope)
        return
      case 'AssignmentPattern':
        this.#declare(pattern.left, scope)
        this.#visit(pattern.right, scope, pattern)
        break
      case 'RestElement':
        this.#declare(pattern.argument, scope)
    }
  }

  #patternKey(one: AssignmentProperty, scope: Scope | null): void {
    if (one.computed) this.#visit(one.key, scope, one)
    this.#member(one.key, one.computed)
  }

  #assign(target: AnyNode, scope: Scope | null, parent: AnyNode): void {
    switch (target.type) {
      case 'Identifier':
        this.#refer(target.name, target, scope, parent, true)
        break
      case 'ObjectPattern':
        for (const one of target.properties) {
          if (one.type === 'Property') this.#patternKey(one, scope)
          this.#assign(one.type === 'Property' ? one.value : one.argument, scope, parent)
        }
        return
      case 'ArrayPattern':
        for (const one of target.elements) if (one) this.#assign(one, scope, parent)
        return
      case 'AssignmentPattern':
        this.#assign(target.left, scope, parent)
        this.#visit(target.right, scope, target)
        break
      case 'RestElement':
        this.#assign(target.argument, scope, parent)
        break
      default:
        this.#visit(target, scope, parent)
    }
  }

  #refer(name: string, node: Node, scope: Scope | null, parent: AnyNode | null, written: boolean): void {
    for (let one = scope; one !== null; one = one.outer) if (one.names.has(name)) return
    this.references.push({ name, node, parent, written, inFunction: this.#depth > 0 })
  }
}

/** What a block declares for itself: `let`, `const`, classes and functions. */
function blockScope(statements: readonly AnyNode[], outer: Scope | null): Scope {
  const names = statements.flatMap((one) =>
    one.type === 'VariableDeclaration' && one.kind === 'var' ? [] : declaredNames(one),
  )
  return { names: new Set(names), outer }
}

/** `var` anywhere in the function, but not in functions within it. */
function hoisted(node: AnyNode): readonly string[] {
  if (node.type === 'VariableDeclaration' && node.kind === 'var') return declaredNames(node)
  if (/Function|Class/.test(node.type)) return []
  return childrenOf(node).flatMap(hoisted)
}

export function childrenOf(node: AnyNode): readonly AnyNode[] {
  return Object.values(node)
    .flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
