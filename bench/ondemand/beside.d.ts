/** The modules that main.ts makes and gives to the Worker beside its handler. */

/** `compute` functions by name. */
declare module '*/computes.js' {
  const computes: Readonly<Record<string, unknown>>
  export default computes
}

declare module '*.wasm' {
  const module: object
  export default module
}

/** Of worker/serving, whose types are those of another runtime than this room's. */
declare module '*/serving.js' {
  import type { Code, Values } from '../../core/on-demand/entry.ts'
  import type { OnDemandPlan } from '../../core/plan.ts'

  export interface Column {
    readonly values: Values
    readonly once: boolean
  }
  export interface Inputs {
    readonly rowCount: number
    column(view: number, column: number): Column
    statuses(view: number, column: number): readonly never[]
    readonly given: ReadonlyMap<string, Values>
    isShared(field: string): boolean
  }
  export function readyComputed(plan: OnDemandPlan, form: object, code: Code): object
  export function computeEntries(plan: object, inputs: Inputs): unknown
}
