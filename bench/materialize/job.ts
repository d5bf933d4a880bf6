/** What a measuring process is told, as JSON in a file. */
import { readFileSync } from 'node:fs'
import type { ViewObject } from '../../registry/objects.ts'
import type { ViewReport } from '../../sync/materialize/report.ts'
import type { CopyName } from './copies.ts'

export interface Job {
  readonly view: ViewObject
  /** The lake's files on this machine. */
  readonly files: readonly string[]
  /** Microseconds since the epoch. */
  readonly asOf: number
  /** DuckDB's memory. */
  readonly memory: string
  /** Of the local Worker. */
  readonly url: string
  /** For what a process writes; it removes nothing. */
  readonly folder: string
}

/** A DuckDB `COPY`; computing the snapshot and its blocks; the whole materialization through the local Worker. */
export type Measured = CopyName | 'shoreline' | 'materialize'

export interface Measurement {
  /** Per phase. */
  readonly seconds: Readonly<Record<string, number>>
  /** Of all threads, over all phases. */
  readonly cpuSeconds: number
  /** Of the process: V8 and DuckDB together. */
  readonly peakBytes: number
  readonly blocks?: number
  readonly blockBytes?: number
  readonly snapshotBytes?: number
  readonly report?: ViewReport
}

export function readJob(file: string): Job {
  return JSON.parse(readFileSync(file, 'utf8')) as Job // written by main.ts
}
