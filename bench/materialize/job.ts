/** What a measuring process is told, as JSON in a file. */
import { readFileSync } from 'node:fs'
import type { ViewObject } from '../../registry/objects.ts'
import type { ViewReport } from '../../sync/materialize/report.ts'
import type { CopyName } from './copies.ts'

export interface Job {
  readonly what: Measured
  readonly view: ViewObject
  /** The lake's files on this machine. */
  readonly files: readonly string[]
  /** Microseconds since the epoch. */
  readonly asOf: number
  /** As in `--memory`. */
  readonly memory: string
  /** Of the local Worker; empty where there is none. */
  readonly url: string
  /** For what a process writes. */
  readonly folder: string
  /** Where snapshots are kept, and what was online after a run that was remembered there. */
  readonly bucket: string
  /** Start from what is remembered, or remember what this run publishes. */
  readonly online: 'none' | 'remembered' | 'remember'
}

/**
 * A DuckDB `COPY` of one of our queries or of the view's own SQL; a run of the product with nobody to upload to; one through a
 * local Worker.
 */
export type Measured = CopyName | 'sql' | 'run' | 'worker'

/** What a reader pays for a block that it has not in memory. */
export interface Parsing {
  /** Of text, on average. */
  readonly bytes: number
  /** To check and parse it, as an isolate does. */
  readonly micros: number
}

export interface Measurement {
  /** Per phase. */
  readonly seconds: Readonly<Record<string, number>>
  /** Of all threads, over all phases. */
  readonly cpuSeconds: number
  /** Of the process: V8 and DuckDB together. */
  readonly peakBytes: number
  readonly snapshotBytes?: number
  readonly report?: ViewReport
  readonly sent?: {
    readonly blocks: number
    readonly bytes: number
    /** Rows that the blocks hold, tombstones included. */
    readonly rows: number
    /** Of the blocks, those of the filter. */
    readonly filters: number
    readonly rowBytes: number
    readonly parsing: Parsing
    /** Of a block of the filter; null where there is none. */
    readonly filterParsing: Parsing | null
  }
}

export function readJob(file: string): Job {
  return JSON.parse(readFileSync(file, 'utf8')) as Job // written by rounds.ts
}
