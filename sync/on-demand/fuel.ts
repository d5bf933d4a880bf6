/**
 * On-demand code that always ends, and ends in the same way everywhere. Nothing can interrupt a function in a Worker, in a
 * browser or in a sync, so the module interrupts itself: every turn of a loop, every call of a function and every few items of a
 * list or characters of a text that are made at once take a step, and a row that has taken all its steps fails, `INVALID`. Steps
 * are counted and not timed: the same row fails here and there, today and on another machine. So do calls within calls, of which
 * every engine holds another number.
 *
 * What counts is written into the module at the places of its syntax tree; the rest of its text stays as it is.
 */
import type {
  AnyNode,
  ArrowFunctionExpression,
  AssignmentProperty,
  BlockStatement,
  CallExpression,
  MemberExpression,
  NewExpression,
  Program,
  RestElement,
  Statement,
} from 'acorn'
import { COUNT, ENTER, entry, KEY, LEAVE, MADE, MAKER, PRELUDE, STEP, STEP_THEN, STILL } from './fuel-text.ts'
import { childrenOf } from './names.ts'
import { recursiveFunctions } from './recursion.ts'

/**
 * @param source a module whose last statement exports `compute`, as `sliceOf` writes it
 * @param program its tree
 * @param compute what the function is called within it
 */
export function withFuel(source: string, program: Program, compute: string): string {
  const statements = program.body.slice(0, -1)
  const edits = new Edits(source.slice(0, statements.at(-1)?.end), recursiveFunctions(program))
  for (const statement of statements) edits.visit(statement)
  return [PRELUDE, edits.applied(), entry(compute)].join('\n')
}

/** Methods that make a text as long as their first argument says. */
const BY_COUNT = /^(?:repeat|padStart|padEnd)$/
/** What makes a list as long as its first argument says, or is. */
const BY_SIZE =
  /^(?:Array|ArrayBuffer|Uint8ClampedArray|(?:Int|Uint)(?:8|16|32)Array|Float(?:32|64)Array|Big(?:Int|Uint)64Array)$/
/** Methods that make as much as they got. */
const COPIES =
  /^(?:concat|flat|slice|splice|join|split|replace|replaceAll|normalize|toReversed|toSorted|toSpliced|with)$/

class Edits {
  readonly #source: string
  readonly #recursive: ReadonlySet<AnyNode>
  /** In the order of the walk: of two at one place the earlier stands first. */
  readonly #edits: { readonly at: number; readonly text: string }[] = []

  constructor(source: string, recursive: ReadonlySet<AnyNode>) {
    this.#source = source
    this.#recursive = recursive
  }

  applied(): string {
    const parts: string[] = []
    let end = 0
    for (const { at, text } of [...this.#edits].sort((a, b) => a.at - b.at)) {
      parts.push(this.#source.slice(end, at), text)
      end = at
    }
    return [...parts, this.#source.slice(end)].join('')
  }

  visit(node: AnyNode): void {
    switch (node.type) {
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#loop(node)
        break
      case 'FunctionDeclaration':
      case 'FunctionExpression':
        this.#body(node.body, this.#isCounted(node), () => this.#children(node))
        break
      case 'ArrowFunctionExpression':
        this.#arrow(node)
        break
      case 'CatchClause':
        this.#insert(node.body.start + 1, STILL)
        this.#children(node)
        break
      case 'AssignmentPattern':
        this.visit(node.left)
        this.#initial(node.right)
        break
      case 'PropertyDefinition':
        if (node.computed) this.visit(node.key)
        if (node.value) this.#initial(node.value)
        break
      case 'ObjectPattern':
        for (const one of node.properties) this.#patternProperty(one)
        break
      case 'AssignmentExpression':
        this.visit(node.left)
        if (node.operator === '=' && node.left.type === 'MemberExpression' && nameOf(node.left) === 'length')
          this.#passedTo(COUNT, node.right, () => this.visit(node.right))
        else this.visit(node.right)
        break
      case 'ArrayExpression':
        if (!node.elements.some((one) => one?.type === 'SpreadElement')) this.#children(node)
        else this.#passedTo(MADE, node, () => this.#children(node))
        break
      case 'ChainExpression':
        this.#value(node.expression, node, true)
        break
      case 'MemberExpression':
      case 'CallExpression':
      case 'NewExpression':
        this.#value(node, node, false)
        break
      default:
        this.#children(node)
    }
  }

  #children(node: AnyNode): void {
    for (const child of childrenOf(node)) this.visit(child)
  }

  #insert(at: number, text: string): void {
    this.#edits.push({ at, text })
  }

  #around(node: AnyNode, before: string, after: string, within: () => void): void {
    this.#insert(node.start, before)
    within()
    this.#insert(node.end, after)
  }

  /** An argument may be several expressions with commas. */
  #passedTo(name: string, node: AnyNode, within: () => void): void {
    this.#around(node, `${name}((`, '))', within)
  }

  /** An expression becomes what a block returns; in parentheses, because it may begin on another line. */
  #arrow(node: ArrowFunctionExpression): void {
    for (const param of node.params) this.visit(param)
    const { body } = node
    const counted = this.#isCounted(node)
    if (body.type === 'BlockStatement') this.#body(body, counted, () => this.visit(body))
    else if (counted) {
      this.#insert(this.#source.indexOf('=>', node.params.at(-1)?.end ?? node.start) + 2, `{${ENTER}return(`)
      this.visit(body)
      this.#insert(node.end, `)${LEAVE}}`)
    } else this.#around(body, STEP_THEN, ')', () => this.visit(body))
  }

  #body(body: BlockStatement, counted: boolean, within: () => void): void {
    this.#insert(body.start + 1, counted ? ENTER : STEP)
    within()
    if (counted) this.#insert(body.end - 1, LEAVE)
  }

  /** Of a generator, which goes on when others have ended, calls within calls cannot be counted. */
  #isCounted(node: AnyNode): boolean {
    return this.#recursive.has(node) && !('generator' in node && node.generator)
  }

  #loop(node: Extract<AnyNode, { readonly body: Statement }>): void {
    const { body } = node
    if (body.type === 'BlockStatement') this.#insert(body.start + 1, STEP)
    else this.#insert(body.start, `{${STEP}`)
    this.#children(node)
    if (body.type !== 'BlockStatement') this.#insert(body.end, '}')
  }

  /** What is evaluated before a function's body, or without one: it may call the function again. */
  #initial(node: AnyNode): void {
    // These call nothing, and a function gets its name from where it stands.
    if (/^(?:Literal|Identifier|\w*Function\w*|Class\w*)$/.test(node.type)) this.visit(node)
    else this.#around(node, STEP_THEN, ')', () => this.visit(node))
  }

  #patternProperty(node: AssignmentProperty | RestElement): void {
    if (node.type === 'RestElement') this.visit(node)
    else {
      if (node.computed) this.#key(node.key)
      this.visit(node.value)
    }
  }

  /** @param whole the node, or the chain \`a?.b.c()\` that it is the end of: nothing may come between two links of it */
  #value(node: AnyNode, whole: AnyNode, inChain: boolean): void {
    if (copies(node)) this.#passedTo(MADE, whole, () => this.#link(node, inChain))
    else this.#link(node, inChain)
  }

  #link(node: AnyNode, inChain: boolean): void {
    const before = (one: AnyNode): void => (inChain ? this.#link(one, true) : this.visit(one))
    if (node.type === 'MemberExpression') this.#member(node, before)
    else if (node.type === 'CallExpression' || node.type === 'NewExpression') this.#call(node, before)
    else this.visit(node)
  }

  #member(node: MemberExpression, before: (object: AnyNode) => void): void {
    if (nameOf(node) === 'constructor' && node.object.type !== 'Super')
      this.#passedTo(MAKER, node.object, () => before(node.object))
    else before(node.object)
    if (node.computed) this.#key(node.property)
  }

  #key(key: AnyNode): void {
    if (isHarmlessKey(key)) this.visit(key)
    // Engines know most of these to be numbers, and do not call then.
    else if (key.type === 'Identifier')
      this.#around(key, `typeof ${key.name}=='number'?${key.name}:${KEY}(`, ')', () => {})
    else this.#passedTo(KEY, key, () => this.visit(key))
  }

  #call(node: CallExpression | NewExpression, before: (callee: AnyNode) => void): void {
    const { callee, arguments: given } = node
    // In parentheses, or `new` would be of the first call that is written into it.
    if (node.type === 'NewExpression' && callee.type === 'MemberExpression')
      this.#around(callee, '(', ')', () => before(callee))
    else before(callee)
    for (const [at, one] of given.entries())
      if (at === 0 && one.type !== 'SpreadElement' && makesByFirst(callee))
        this.#passedTo(COUNT, one, () => this.visit(one))
      else this.visit(one)
  }
}

/** The name after the point. */
function nameOf({ computed, property }: MemberExpression): string {
  return !computed && property.type === 'Identifier' ? property.name : ''
}

function copies(node: AnyNode): boolean {
  return node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && COPIES.test(nameOf(node.callee))
}

function makesByFirst(callee: AnyNode): boolean {
  if (callee.type === 'Identifier') return BY_SIZE.test(callee.name)
  if (callee.type !== 'MemberExpression') return false
  return BY_COUNT.test(nameOf(callee)) || (nameOf(callee) === 'from' && makesByFirst(callee.object))
}

/** It is no name, or one that can be read here. */
function isHarmlessKey(key: AnyNode): boolean {
  if (key.type === 'Literal') return key.value !== 'constructor'
  if (key.type === 'BinaryExpression') return /^(?:[-*/%&|^]|<<|>>>?)$/.test(key.operator)
  return key.type === 'UpdateExpression' || key.type === 'PrivateIdentifier'
}
