/** What computing on the device is asked with, so that its code is loaded only where it is used. */
import type { Parsed } from '../core/json.ts'
import type { Answered, Served } from './answer.ts'
import type { ServicePlan } from './plan.ts'
import type { RequestOptions } from './types.ts'

/** Code of an on-demand view that the page's bundle holds. */
export interface ClientModule {
  /** The content hash that the plan names. */
  readonly hash: string
  /** A module with `compute`, or what `WebAssembly.instantiate` takes. */
  readonly module: object
}

export interface LocalCall {
  /** With its version where one is locked. */
  readonly service: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Whether the edge may not stand in: an error then says why. */
  readonly only: boolean
  readonly code: readonly ClientModule[]
  readonly options: RequestOptions
  /** Of the service as it is asked for, or of a version that answered. */
  plan(service: string): Promise<ServicePlan>
  /**
   * What is stored for these join keys, from the edge or the cache, with `"compute": "client"`.
   * @param rows nothing but join keys: they leave the device, and are the key of what is kept
   */
  stored(rows: readonly Readonly<Record<string, unknown>>[]): Promise<Served>
  /** The same call as the edge answers it. */
  edge(): Promise<Answered>
}

export type RawValue = Parsed
