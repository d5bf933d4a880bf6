/** Reads the imports of TypeScript sources from their syntax trees, and says which of them cross a line. */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { parseAst } from 'vite'

export interface Import {
  readonly specifier: string
  /** Erased before anything runs. */
  readonly typeOnly: boolean
}

/** Every import, export from, `import()` and `import('…').Type` with a literal specifier, in the order of the text. */
export function importsOf(source: string): readonly Import[] {
  const found: Import[] = []
  visit(parseAst(source, { lang: 'ts' }), found)
  return found
}

function visit(node: unknown, found: Import[]): void {
  if (Array.isArray(node)) for (const one of node) visit(one, found)
  if (!isNode(node)) return
  const specifier = isNode(node['source']) ? node['source']['value'] : undefined
  if (typeof specifier === 'string') found.push({ specifier, typeOnly: isTypeOnly(node) })
  for (const child of Object.values(node)) visit(child, found)
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'type' in value
}

function isTypeOnly(node: Readonly<Record<string, unknown>>): boolean {
  if (node['type'] === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type') return true
  const specifiers: readonly unknown[] = Array.isArray(node['specifiers']) ? node['specifiers'] : []
  return specifiers.length > 0 && specifiers.every((one) => isNode(one) && isTypeOnly(one))
}

/** Which rooms a room may import; those that are not listed may import anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  registry: ['core', 'registry'],
  worker: ['core', 'registry', 'worker'],
  sync: ['core', 'registry', 'sync'],
  client: ['core', 'client'],
  testing: ['core', 'registry', 'sync', 'client', 'testing'],
}
/** And of which it may import types. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = { client: ['registry'] }
/** They run where there is no Node. */
const WITHOUT_NODE = ['core', 'registry', 'worker', 'client']
/** They are all that a browser downloads. */
const WITHOUT_PACKAGES = ['core', 'client']
/** But for entry points of their own, whose packages only who imports them bundles. */
const PACKAGES_OF: Readonly<Record<string, readonly string[]>> = {
  'client/react.ts': ['react'],
  'client/sql/': ['@duckdb/duckdb-wasm', 'apache-arrow', 'hyparquet'],
}
/** What the package exports under its own name. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  shoreline: 'registry/index.ts',
  'shoreline/worker': 'worker/index.ts',
  'shoreline/client': 'client/index.ts',
  'shoreline/client/sql': 'client/sql/index.ts',
  'shoreline/sync': 'sync/index.ts',
  'shoreline/testing': 'testing/index.ts',
}

/** @param files the text of each source, by its path from the root of the repository */
export function violations(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([file, source]) =>
    importsOf(source).flatMap((one) => {
      const problem = problemOf(file, one)
      return problem === null ? [] : [`${file}: imports ${one.specifier}: ${problem}`]
    }),
  )
}

function problemOf(file: string, { specifier, typeOnly }: Import): string | null {
  const room = roomOf(file)
  const allowed = MAY_IMPORT[room]
  if (!allowed) return null
  // Tests run on Node, and use what they like to check the room; the rooms they may cross are the same.
  const isTest = /\.(test|fixture)\.ts$/.test(file)
  const own = Object.keys(PACKAGES_OF).find((folder) => file.startsWith(folder))
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : ENTRY_POINTS[specifier]
  if (target === undefined) {
    if (isTest) return null
    if (isBuiltin(specifier)) return WITHOUT_NODE.includes(room) ? `${room} runs without Node` : null
    if (own && PACKAGES_OF[own]?.includes(specifier)) return null
    return WITHOUT_PACKAGES.includes(room) ? `${room} uses no package` : null
  }
  if (
    own === undefined &&
    !isTest &&
    room === 'client' &&
    Object.keys(PACKAGES_OF).some((one) => target.startsWith(one))
  )
    return 'what needs packages is an entry point of its own'
  const other = roomOf(target)
  if (allowed.includes(other) || (typeOnly && MAY_IMPORT_TYPES[room]?.includes(other))) return null
  return MAY_IMPORT_TYPES[room]?.includes(other)
    ? `${room} may import types of ${other} only`
    : `${room} may not import ${other}`
}

function roomOf(path: string): string {
  return path.slice(0, path.indexOf('/'))
}
