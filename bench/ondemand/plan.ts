/** What the Worker of the benchmark is given: entries of plans, and the modules that they run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'
import { build } from 'esbuild'
import type { OnDemandPlan, PlanEntry, PlanInput, PlanOrigin, PlanSqlEntry } from '../../core/plan.ts'
import { withFuel } from '../../sync/on-demand/fuel.ts'
import { CASES, COLUMNS, COMPUTES, type Compute, WASMS, type Wasm } from './cases.ts'
import type { Bound } from './offline.ts'

/** The modules of `WASMS`, by the names that the handler imports them by. */
export function wasmModules(): Readonly<Record<string, Uint8Array<ArrayBuffer>>> {
  const missed = readFileSync(join(import.meta.dirname, '../../examples/flights/wasm/missed.wasm'))
  return { 'missed.wasm': new Uint8Array(missed), 'risk.wasm': RISK }
}

/** `(share f64, distance f64) => share * sqrt(distance)`, section by section. */
const RISK = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // WebAssembly, version 1
  ...[0x01, 0x07, 0x01, 0x60, 0x02, 0x7c, 0x7c, 0x01, 0x7c], // types: (f64, f64) => f64
  ...[0x03, 0x02, 0x01, 0x00], // functions: one, of that type
  ...[0x07, 0x08, 0x01, 0x04, 0x72, 0x69, 0x73, 0x6b, 0x00, 0x00], // exports: "risk", function 0
  ...[0x0a, 0x0a, 0x01, 0x08, 0x00, 0x20, 0x00, 0x20, 0x01, 0x9f, 0xa2, 0x0b], // code: share, distance, sqrt, mul
)

/** The text of a `compute`: as it is written, or with its steps counted, as it is applied. */
export function computeText({ text }: Compute, how: How): string {
  const source = `const subject = ${text};\nexport { subject as compute };`
  if (how === 'plain') return source
  return withFuel(source, parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), 'subject')
}

/** Every `compute`, both ways. */
export async function computesModule(): Promise<string> {
  const files = COMPUTES.flatMap((one, at) =>
    (['plain', 'counted'] as const).map((how) => [moduleName(at, how), computeText(one, how)] as const),
  )
  const imports = files.map(([name]) => `import { compute as ${name} } from '${name}'`)
  const byName = new Map<string, string>(files)
  const { outputFiles } = await build({
    stdin: {
      contents: `${imports.join('\n')}\nexport default { ${files.map(([name]) => name).join(', ')} }`,
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    plugins: [
      {
        name: 'computes',
        setup(bundling) {
          bundling.onResolve({ filter: /^(?:plain|counted)/ }, ({ path }) => ({ path, namespace: 'computes' }))
          bundling.onLoad({ filter: /./, namespace: 'computes' }, ({ path }) => ({ contents: byName.get(path) ?? '' }))
        },
      },
    ],
  })
  return outputFiles[0]?.text ?? ''
}

/** What serving computes by, as a module of its own. */
export async function servingModule(): Promise<string> {
  const folder = join(import.meta.dirname, '../../worker/serving')
  const { outputFiles } = await build({
    stdin: {
      contents: "export { computeEntries } from './compute.ts'\nexport { readyComputed } from './computed-plan.ts'",
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
  })
  return outputFiles[0]?.text ?? ''
}

export type How = 'plain' | 'counted'

export function moduleName(at: number, how: How): string {
  return `${how}${at}`
}

function inputsOf(reads: readonly string[], from: (name: string, at: number) => PlanOrigin): readonly PlanInput[] {
  return reads.map((name) => {
    const at = COLUMNS.findIndex((column) => column.name === name)
    const column = COLUMNS[at]
    if (!column) throw new Error(`there is no column ${name}`)
    return { name, type: column.type, at, from: from(name, at) }
  })
}

const given = (field: string): PlanOrigin => ({ field })

export function typescriptEntry({ reads, feature, type }: Compute, code: string): PlanEntry {
  const features = [{ feature, type, visibility: 'server' } as const]
  return { ...named(feature), form: 'typescript', code, inputs: inputsOf(reads, given), features }
}

export function wasmEntry({ reads, feature, type, export: exported }: Wasm): PlanEntry {
  return {
    ...{ ...named(feature), form: 'wasm', code: feature, export: exported, inputs: inputsOf(reads, given) },
    args: reads.map((_, at) => at),
    features: [{ feature, type, visibility: 'server' }],
  }
}

export interface Expression {
  readonly type: string
  readonly bound: Bound
}

/** A view of some expressions; its features are called `f0` and so on. */
export function sqlEntry(
  expressions: readonly Expression[],
  from: (name: string, at: number) => PlanOrigin = given,
): PlanSqlEntry {
  const reads = [...new Set(expressions.flatMap(({ bound }) => bound.reads))]
  const features = expressions.map(({ type, bound }, at) => ({
    ...({ feature: `f${at}`, type, visibility: 'server' } as const),
    expression: bound.tree,
  }))
  return { ...named('sql'), form: 'sql', inputs: inputsOf(reads, from), features }
}

function named(view: string) {
  return { view: `${view}@1`, as: view, width: COLUMNS.length }
}

/** By the name that the handler is asked for. */
export function entries(bound: readonly Bound[]): Readonly<Record<string, PlanEntry>> {
  const expressions = CASES.flatMap(({ type }, at): [string, PlanEntry][] => {
    const one = bound[at]
    return one ? [[`sql${at}`, sqlEntry([{ type, bound: one }])]] : []
  })
  const computes = COMPUTES.flatMap((one, at) =>
    (['plain', 'counted'] as const).map(
      (how) => [moduleName(at, how), typescriptEntry(one, moduleName(at, how))] as const,
    ),
  )
  const wasms = WASMS.map((one, at) => [`wasm${at}`, wasmEntry(one)] as const)
  return Object.fromEntries([...expressions, ...computes, ...wasms])
}

/** A plan of these entries, all of whose features are answered. */
export function planOf(onDemand: readonly PlanEntry[]): OnDemandPlan {
  return {
    format: 2,
    service: 'bench',
    version: 1,
    views: [],
    fields: COLUMNS.map(({ name, type }) => ({ name, type })),
    onDemand,
    answer: onDemand.flatMap(({ features, as }, entry) =>
      features.map(({ feature }, at) => ({ entry, feature: at, name: feature, as })),
    ),
    packs: [],
  }
}

/** A service with a view of each form: expressions over stored features, a `compute` and a WebAssembly function. */
export function servicePlan(expressions: readonly Expression[]): OnDemandPlan {
  const [compute] = COMPUTES.slice(1)
  const [wasm] = WASMS.slice(1)
  return planOf([
    sqlEntry(expressions, (_, column) => ({ view: 0, column })),
    ...(compute ? [typescriptEntry(compute, moduleName(1, 'counted'))] : []),
    ...(wasm ? [wasmEntry(wasm)] : []),
  ])
}
