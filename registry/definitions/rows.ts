/**
 * What a list of views adds up to: the row that a caller sends and the row that comes back. Types only. They are made
 * of few, shallow steps, because a repository of a thousand views has to check in seconds.
 */
import type { Type } from '../../core/types.ts'
import type { Definition } from './definition.ts'

/** An object without properties. (`{}` would accept every value.) */
export type None = Record<never, never>

/** A shape of value types -> the TypeScript types of its values. */
export type ValuesOf<S> = { readonly [P in keyof S]: S[P] extends Type<infer T> ? T : never }

/** `K` join keys, `F` features, `R` request-time values, each name -> TypeScript type. For inference only. */
export interface Columns<K = unknown, F = unknown, R = unknown> {
  readonly keys: K
  readonly features: F
  readonly request: R
}

/** Anything that carries columns. */
export interface Carries<C extends Columns = Columns> {
  readonly name: string
  readonly _columns?: C
}

export type KeysOf<V> = V extends Carries<infer C> ? C['keys'] : never
export type FeaturesOf<V> = V extends Carries<infer C> ? C['features'] : never
export type RequestOf<V> = V extends Carries<infer C> ? C['request'] : never

/** `A | B` -> `A & B`, from the contravariance of a parameter. */
type All<U> = (U extends unknown ? (u: U) => void : never) extends (u: infer X) => void ? X : never

/** Written out as one object, for the reader of an error or a tooltip. */
export type Show<T> = T extends infer O ? { -readonly [P in keyof O]: O[P] } : never

/** Everything that the members of a union bring. */
export type Sum<U> = [U] extends [never] ? None : All<U>

/** The row a caller sends: the join keys of every view in its role, and request-time values, which may be null. */
export type InputRow<L extends readonly unknown[]> = Show<Sum<KeysOf<L[number]>> & OrNull<Sum<RequestOf<L[number]>>>>

/** The row that an on-demand view computes from: features, join keys, its own request-time values, and statistics. */
export type RowOf<L extends readonly unknown[]> = Show<GivenRow<L> & Sum<StatisticsOf<L[number]>>>

/** Without statistics, which are the same for all rows. */
export type GivenRow<L extends readonly unknown[]> = Show<
  OrNull<Sum<FeaturesOf<L[number]>>> & Sum<KeysOf<L[number]>> & OrNull<Sum<OwnRequest<L[number]>>>
>

type StatisticsOf<V> = V extends Definition<'statistics'> & { readonly _statistics?: infer S } ? S : never

type OwnRequest<V> = V extends Definition<'request'> ? RequestOf<V> : never

/** The row that comes back. Every feature may be missing or too old, so every value may be null. */
export type OutputRow<L extends readonly unknown[]> = Show<OrNull<Sum<FeaturesOf<L[number]>>>>

export type OrNull<S> = { -readonly [P in keyof S]: S[P] | null }

/** `{ a: X }` renamed by `{ a: 'b' }` -> `{ b: X }`. */
export type Renamed<S, M> = {
  readonly [P in keyof S as P extends keyof M ? (M[P] extends string ? M[P] : P) : P]: S[P]
}

/** A map of new names: of names that exist only, and none that stays in use. */
export type NewNames<S, M> = {
  readonly [P in keyof M]: P extends keyof S ? (M[P] extends Exclude<keyof S, keyof M> ? never : M[P]) : never
}

/** The names that an input brings into the row. */
type NamesOf<V> =
  V extends Definition<'request'>
    ? keyof RequestOf<V>
    : V extends Definition<'statistics'>
      ? keyof StatisticsOf<V>
      : keyof FeaturesOf<V>

/** The names that one view takes from an earlier one, or from the request (`Seen` at first). */
type Clash<L extends readonly unknown[], Seen> = L extends readonly [infer V, ...infer Rest]
  ? [NamesOf<V> & Seen] extends [never]
    ? Clash<Rest, Seen | NamesOf<V>>
    : NamesOf<V> & Seen
  : never

/** For a service: `unknown` when no two views bring the same name, or that of a field; else a sentence that nothing is assignable to. */
export type NoClash<L extends readonly unknown[]> = Sentence<
  Clash<L, keyof Sum<KeysOf<L[number]>> | keyof Sum<RequestOf<L[number]>>>
>

/** The same for the inputs of an on-demand view: what other on-demand views ask of the request is not in its row. */
export type NoRowClash<L extends readonly unknown[]> = Sentence<Clash<L, keyof Sum<KeysOf<L[number]>>>>

type Sentence<C> = [C] extends [never] ? unknown : `defined twice: ${C & string}. Use .pick() or .rename()`
