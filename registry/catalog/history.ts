/** What one apply did to an object. */
export interface HistoryEntry {
  /** The registry revision that the apply made. */
  readonly registry: number
  readonly change: string
  readonly version?: number
  readonly by: string | null
  /** Of the definitions, where they are in git. */
  readonly commit: string | null
  /** RFC 3339. */
  readonly at: string
}
