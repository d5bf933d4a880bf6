/** Names of the generated constants: camel case, no two the same, none that TypeScript or the file has a use for. */

const WORDS = new Set([
  ...['await', 'break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else'],
  ...['enum', 'export', 'extends', 'false', 'finally', 'for', 'function', 'if', 'import', 'in', 'instanceof', 'new'],
  ...['null', 'return', 'super', 'switch', 'this', 'throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with'],
  ...['yield', 'let', 'static', 'implements', 'interface', 'package', 'private', 'protected', 'public', 'eval'],
  ...['arguments', 'undefined', 'global', 'globalThis', 'module', 'exports', 'require', 'escape', 'unescape'],
  ...['isFinite', 'isNaN', 'parseFloat', 'parseInt', 'decodeURI', 'encodeURI', 'toString', 'valueOf', 'constructor'],
  ...['hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString'],
  ...['entity', 'featureService', 'featureView', 'parquetSource', 't'],
])

export type Kind = 'Entity' | 'Source' | 'View' | 'Service'

export class Identifiers {
  readonly #byObject = new Map<string, string>()
  readonly #taken = new Set(WORDS)

  /** Constants are taken in the order of these calls; the kind follows the name where it alone is taken. */
  add(kind: Kind, names: readonly string[]): void {
    for (const name of names) {
      const plain = camelCase(name)
      // Sources are mostly called like the view that reads them.
      const wishes = kind === 'Source' && !plain.endsWith(kind) ? [] : [plain]
      const ended = plain.endsWith(kind) ? plain : `${plain}${kind}`
      const free = [...wishes, ended].find((wish) => !this.#taken.has(wish)) ?? this.#numbered(ended)
      this.#taken.add(free)
      this.#byObject.set(`${kind} ${name}`, free)
    }
  }

  of(kind: Kind, name: string): string {
    return this.#byObject.get(`${kind} ${name}`) ?? camelCase(name)
  }

  #numbered(name: string): string {
    for (let number = 2; ; number++) if (!this.#taken.has(`${name}${number}`)) return `${name}${number}`
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, first: string) => first.toUpperCase())
}
