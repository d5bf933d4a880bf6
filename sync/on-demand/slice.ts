/**
 * A function out of a module, with what it refers to and nothing else, so that its content hash changes with what it does
 * and not with what happens to stand beside it.
 */
import type { AnyNode, Program } from 'acorn'
import { declaredNames, type Found, freeNames } from './names.ts'

export interface Slice {
  /** A module that exports the function under `name`. */
  readonly text: string
  /** What all of it refers to. */
  readonly found: Found
  /** The names that it declares. */
  readonly own: ReadonlySet<string>
  /** What it imports of built-in modules and of the library, and the name through which the function comes to it. */
  readonly imports: readonly { readonly name: string; readonly from: string; readonly through: string }[]
}

/** A part of the module's top: one statement, or one variable of several. */
interface Unit {
  readonly node: AnyNode
  readonly text: string
  readonly names: readonly string[]
  /** It declares nothing: it is there for what it does. */
  readonly effect: boolean
  /** The module that an import names. */
  readonly from?: string
}

/**
 * @param source the module's text, of which `program` is the tree
 * @param expression the function within it
 * @param written how it reads as an expression, where that is not its own text
 */
export function sliceOf(source: string, program: Program, expression: AnyNode, written: string, name: string): Slice {
  const units = program.body.flatMap((statement) => unitsOf(statement, source))
  const declaring = new Map(units.flatMap((unit) => unit.names.map((one) => [one, unit] as const)))
  const reads = new Map<Unit, readonly string[]>()
  const readsOf = (unit: Unit): readonly string[] => {
    const known = reads.get(unit)
    if (known) return known
    const found = freeNames([unit.node]).references.map((one) => one.name)
    reads.set(unit, found)
    return found
  }
  /** And the function's own name for what led there. */
  const included = new Map<Unit, string>()
  const include = (names: readonly string[], through?: string): void => {
    for (const one of names) {
      const unit = declaring.get(one)
      if (!unit || included.has(unit)) continue
      included.set(unit, through ?? one)
      if (unit.from === undefined) include(readsOf(unit), through ?? one)
    }
  }
  include(freeNames([expression]).references.map((one) => one.name))
  // A statement that fills a table which the function reads belongs to it, and may bring more of them.
  for (let before = -1; before !== included.size; ) {
    before = included.size
    const own = new Set([...included.keys()].flatMap((unit) => unit.names))
    for (const unit of units) {
      const filled = unit.effect && !included.has(unit) ? readsOf(unit).find((one) => own.has(one)) : undefined
      if (filled === undefined) continue
      included.set(unit, filled)
      include(readsOf(unit), filled)
    }
  }
  const taken = units.filter((unit) => included.has(unit))
  const code = taken.filter((unit) => unit.from === undefined)
  return {
    text: [
      ...code.map((unit) => unit.text),
      `const ${EXPORTED} = ${written};`,
      `export { ${EXPORTED} as ${name} };`,
    ].join('\n'),
    found: freeNames([...code.map((unit) => unit.node), expression]),
    own: new Set(taken.flatMap((unit) => unit.names)),
    imports: taken.flatMap((unit) => {
      const { names, from } = unit
      return from === undefined ? [] : names.map((one) => ({ name: one, from, through: included.get(unit) ?? one }))
    }),
  }
}

/** What nobody else's variable is called. */
export const EXPORTED = '__shoreline_exported'

function unitsOf(statement: AnyNode, source: string): readonly Unit[] {
  const text = source.slice(statement.start, statement.end)
  switch (statement.type) {
    case 'ExportNamedDeclaration':
      return statement.declaration ? unitsOf(statement.declaration, source) : []
    case 'ExportAllDeclaration':
    case 'ExportDefaultDeclaration': // what a bundle exports, it has declared before
      return []
    case 'ImportDeclaration':
      return statement.specifiers.map((one) => ({
        node: statement,
        text,
        names: [one.local.name],
        effect: false,
        from: String(statement.source.value),
      }))
    case 'VariableDeclaration':
      return statement.declarations.map((one) => ({
        node: { ...statement, declarations: [one] },
        text: `${statement.kind} ${source.slice(one.start, one.end)};`,
        names: declaredNames({ ...statement, declarations: [one] }),
        effect: false,
      }))
    default: {
      const names = declaredNames(statement)
      return [{ node: statement, text, names, effect: names.length === 0 }]
    }
  }
}
