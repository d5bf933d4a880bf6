/**
 * What DuckDB found when the definitions were checked against the real sources. Derived from them and kept beside the
 * registry in D1; never part of what a version means.
 */
export interface SourceFacts {
  /** As DuckDB names them, in the order of the files; hive partitions included. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** Column-level lineage of one view version. Columns are written `source.column`, lists are sorted. */
export interface ViewFacts {
  /** Feature, join key or timestamp of the view -> the source columns that its values are computed from. */
  readonly columns: Readonly<Record<string, readonly string[]>>
  /** Source columns that decide which rows there are: filters, joins, groups, order. */
  readonly rows: readonly string[]
}

export interface Facts {
  /** By name. */
  readonly sources: Readonly<Record<string, SourceFacts>>
  /** By `view@version`. A view that was never checked has none: then every column of its sources counts. */
  readonly views: Readonly<Record<string, ViewFacts>>
}

export const NO_FACTS: Facts = { sources: {}, views: {} }
