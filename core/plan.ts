/**
 * A plan: a version of a feature service compiled for answering requests. Kept under `plan/<hash>`.
 *
 * Format 1 holds stored views only: a row of the request has their join keys, and the answer has their columns in order.
 * Format 2 adds what is computed on demand, format 3 constants that it computes with. A service without either compiles to
 * the format before, so that its plan keeps its hash, and a Worker that does not know the format yet goes on with the others.
 */
import type { ExpressionJson } from './expressions/tree.ts'
import type { KeyKind } from './types.ts'
import type { StoredValue } from './values.ts'

export const PLAN_FORMAT = 1
/** Of plans with on-demand views. */
export const ON_DEMAND_PLAN_FORMAT = 2
/** Of plans whose on-demand views compute with constants. */
export const CONSTANTS_PLAN_FORMAT = 3

export interface PlanKey {
  /** The field of a request row. */
  readonly name: string
  readonly type: KeyKind
}

export interface PlanColumn {
  /** Its name in the answer, unless full names are asked for. */
  readonly name: string
  readonly feature: string
  /** Its position among the view's features. */
  readonly index: number
  readonly type: string
  readonly visibility: 'server' | 'public'
  /** Read for on-demand views alone, and no part of the answer; its name is `role__feature` then. */
  readonly hidden?: true
}

/** One stored view in one role. */
export interface PlanView {
  /** `view@version` */
  readonly view: string
  /** The `view@version` whose runs hold its rows, where that is an earlier one. */
  readonly runs?: string
  /** The role; the view's own name when it has none. */
  readonly as: string
  /** The request fields that make up the key, in the entity's declared order. Empty for the global entity. */
  readonly keys: readonly PlanKey[]
  /** Absent where rows are only pushed: then there is no run. */
  readonly stored?: false
  /** Set where rows are pushed as well, and say from where they are read: `nearest`, or always the primary database. */
  readonly push?: 'nearest' | 'primary'
  /** Microseconds; null when values never expire. */
  readonly ttl: number | null
  readonly columns: readonly PlanColumn[]
}

/** A member of a request's rows. Every row has all of them. */
export interface PlanField {
  readonly name: string
  readonly type: string
  /** A join key, which is not null; without it a request-time value, which may be. */
  readonly key?: true
}

/** Where a value that is computed from comes from. */
export type PlanOrigin =
  /** A column of a stored view: `views[view].columns[column]`. */
  | { readonly view: number; readonly column: number }
  /** A field of the request, by name: a join key or a request-time value. */
  | { readonly field: string }
  /** A feature of an earlier entry: `onDemand[entry].features[feature]`. */
  | { readonly entry: number; readonly feature: number }
  /** The same value for every row, and never null. */
  | { readonly constant: StoredValue }

export interface PlanInput {
  /** In the row that `compute` gets. */
  readonly name: string
  readonly type: string
  /** Its place in the row that expressions read. */
  readonly at: number
  readonly from: PlanOrigin
}

interface PlanComputed {
  readonly feature: string
  readonly type: string
  readonly visibility: 'server' | 'public'
}

interface PlanEntryBase {
  /** `view@version` */
  readonly view: string
  /** The first role in which it is taken; the view's own name when it has none. */
  readonly as: string
  /** What the features here need; expressions read a row of `width` places, in which the others stay empty. */
  readonly inputs: readonly PlanInput[]
  readonly width: number
}

/** One expression for each feature; only features that are needed. */
export interface PlanSqlEntry extends PlanEntryBase {
  readonly form: 'sql'
  readonly features: readonly (PlanComputed & { readonly expression: ExpressionJson })[]
}

/** A function `compute` of the module; all features of the view, because it returns all of them. */
export interface PlanTypeScriptEntry extends PlanEntryBase {
  readonly form: 'typescript'
  /** The content hash of the module. */
  readonly code: string
  readonly features: readonly PlanComputed[]
}

/** A function of a WebAssembly module; all features of the view, in the order of its results. */
export interface PlanWasmEntry extends PlanEntryBase {
  readonly form: 'wasm'
  readonly code: string
  readonly export: string
  /** Its arguments, as positions among `inputs`. */
  readonly args: readonly number[]
  readonly features: readonly PlanComputed[]
}

/** An on-demand view with its inputs: evaluated at most once for a row, whoever asks for its features. */
export type PlanEntry = PlanSqlEntry | PlanTypeScriptEntry | PlanWasmEntry

/** A feature of the answer. */
export type PlanOutput =
  | { readonly view: number; readonly column: number }
  /** Its name in the answer, and the role that comes before it in full names. */
  | { readonly entry: number; readonly feature: number; readonly name: string; readonly as: string }

interface PlanBase {
  readonly service: string
  readonly version: number
  /** Of format 2: those that the service takes features of, in its order, then those that only on-demand views read. */
  readonly views: readonly PlanView[]
  /** Content hashes of the on-demand modules that answering runs; absent where nothing is computed on demand. */
  readonly code?: readonly string[]
}

export interface StoredPlan extends PlanBase {
  readonly format: typeof PLAN_FORMAT
}

export interface OnDemandPlan extends PlanBase {
  readonly format: typeof ON_DEMAND_PLAN_FORMAT | typeof CONSTANTS_PLAN_FORMAT
  /** Every field of a request row, whether or not the features that are taken need it. */
  readonly fields: readonly PlanField[]
  /** In the order of evaluation: an entry reads only earlier ones. */
  readonly onDemand: readonly PlanEntry[]
  /** The answer's columns, in the service's order. */
  readonly answer: readonly PlanOutput[]
  /** Packs of functions that the expressions call, sorted. */
  readonly packs: readonly string[]
}

export type Plan = StoredPlan | OnDemandPlan
