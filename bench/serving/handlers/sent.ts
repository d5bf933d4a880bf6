/** The requests that are asked here, in both forms. */
import type { Metadata, RequestRow } from './answer.ts'

export interface NativeSent {
  readonly service: string
  readonly rows: readonly RequestRow[]
  readonly metadata?: Metadata
}

export interface FeastSent {
  readonly feature_service: string
  readonly entities: Readonly<Record<string, readonly string[]>>
}

export type Sent = NativeSent | FeastSent

export function isFeast(sent: Sent): sent is FeastSent {
  return 'entities' in sent
}

/** Tells a request from all others of its form and number of rows: no two of those have the same first value. */
export function identityOf(sent: Sent): string {
  if (isFeast(sent)) {
    const values = sent.entities['customer'] ?? []
    return `feast ${sent.feature_service} ${values.length} ${values[0]}`
  }
  const { service, rows, metadata } = sent
  const first = rows[0]?.['customer'] ?? rows[0]?.['origin']
  return `${metadata} ${service} ${rows.length} ${first}`
}
