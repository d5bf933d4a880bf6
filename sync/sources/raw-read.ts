/** Files of text that DuckDB reads together, before anything is parsed. */
export interface RawRead {
  /** SQL of their rows: the columns as text or JSON, and the file in `FILE_COLUMN`. */
  readonly from: string
  readonly columns: readonly string[]
  /** The columns that are JSON. */
  readonly json?: readonly string[]
  readonly files: readonly string[]
}

/** No column of a view begins with an underscore, so no view can miss one of this name. */
export const FILE_COLUMN = '_file'
