/** What the Worker of the benchmark is given: entries of plans, and the modules that they run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'
import { build } from 'esbuild'
import type { ExpressionJson } from '../../core/expressions/tree.ts'
import type { OnDemandPlan, PlanEntry, PlanInput, PlanOrigin, PlanSqlEntry } from '../../core/plan.ts'
import { withFuel } from '../../sync/on-demand/fuel.ts'
import { COLUMNS, COMPUTES, type Compute } from './cases.ts'

/** The WebAssembly function of examples/flights, over columns of the benchmark. */
export const WASM = { file: 'missed.wasm', export: 'missed', reads: ['delay', 'distance', 'share'] } as const

export function wasmBytes(): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, `../../examples/flights/wasm/${WASM.file}`)))
}

/** Every `compute` twice: as it is written, and with its steps counted, as it is applied. */
export async function computesModule(): Promise<string> {
  const files = COMPUTES.flatMap(({ text }, at) => {
    const source = `const subject = ${text};\nexport { subject as compute };`
    const counted = withFuel(source, parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), 'subject')
    return [
      [moduleName(at, 'plain'), source],
      [moduleName(at, 'counted'), counted],
    ] as const
  })
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

function typescriptEntry({ reads, feature, type }: Compute, code: string): PlanEntry {
  const features = [{ feature, type, visibility: 'server' } as const]
  const named = { view: `${feature}@1`, as: feature, width: COLUMNS.length }
  return { ...named, form: 'typescript', code, inputs: inputsOf(reads, given), features }
}

function wasmEntry(): PlanEntry {
  return {
    form: 'wasm',
    view: 'missed@1',
    as: 'missed',
    code: 'missed',
    export: WASM.export,
    width: COLUMNS.length,
    inputs: inputsOf(WASM.reads, given),
    args: WASM.reads.map((_, at) => at),
    features: [{ feature: 'missed', type: 'float64', visibility: 'server' }],
  }
}

/** By the name that the handler is asked for. */
export function entries(): Readonly<Record<string, PlanEntry>> {
  const computes = COMPUTES.flatMap((one, at) =>
    (['plain', 'counted'] as const).map(
      (how) => [moduleName(at, how), typescriptEntry(one, moduleName(at, how))] as const,
    ),
  )
  return Object.fromEntries([...computes, ['wasm', wasmEntry()]])
}

export interface Expression {
  readonly name: string
  readonly tree: ExpressionJson
  readonly type: string
  readonly reads: readonly string[]
}

/** A service with a view of each form: three expressions over stored features, a `compute` and a WebAssembly function. */
export function plan(expressions: readonly Expression[]): OnDemandPlan {
  const reads = [...new Set(expressions.flatMap((one) => one.reads))]
  const sql: PlanSqlEntry = {
    form: 'sql',
    view: 'sql@1',
    as: 'sql',
    width: COLUMNS.length,
    inputs: inputsOf(reads, (_, column) => ({ view: 0, column })),
    features: expressions.map(({ tree, type }, at) => ({
      feature: `f${at}`,
      type,
      visibility: 'server',
      expression: tree,
    })),
  }
  const [compute] = COMPUTES.slice(1)
  const onDemand: readonly PlanEntry[] = [
    sql,
    ...(compute ? [typescriptEntry(compute, moduleName(1, 'counted'))] : []),
    wasmEntry(),
  ]
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
