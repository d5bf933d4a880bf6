/**
 * What DuckDB does alone: the newest row of every user, written as Parquet by one `COPY`. No checks of values, no instant
 * after which rows are not known yet, no blocks.
 */
export const COPIES = {
  /** The floor. Whole rows by event, then created, then the values, which is what the product computes. */
  'max(struct)': (from: string) => unpacked(`max(${ROW})`, from),
  /** As most people write it. Rows that tie on both timestamps give either. */
  row_number: (from: string) => `
    select user_id, event_timestamp, ${FEATURES.join(', ')} from ${from}
    qualify row_number() over (partition by user_id order by event_timestamp desc, created desc) = 1`,
  /** Rows that tie on the event give either, whatever they say about when they were created. */
  'arg_max(struct)': (from: string) => unpacked(`arg_max(${ROW}, event_timestamp)`, from),
} as const satisfies Record<string, (from: string) => string>

export type CopyName = keyof typeof COPIES

const FEATURES = ['purchases_30d', 'spend_30d', 'return_share_90d', 'top_category']
const ROW = `struct_pack(${['event_timestamp', 'created', ...FEATURES].map((name) => `${name} := ${name}`).join(', ')})`

function unpacked(newest: string, from: string): string {
  const columns = ['event_timestamp', ...FEATURES].map((name) => `newest.${name}`)
  return `select user_id, ${columns.join(', ')} from (select user_id, ${newest} as newest from ${from} group by user_id)`
}
