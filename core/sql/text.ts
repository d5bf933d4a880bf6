/** SQL text from names and values that are not ours. */

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Microseconds since the epoch as a TIMESTAMP. */
export function timestampLiteral(micros: number): string {
  return `make_timestamp(${Math.trunc(micros)}::bigint)`
}

/** A span of microseconds as an INTERVAL. */
export function microseconds(span: number): string {
  return `to_microseconds(${Math.trunc(span)}::bigint)`
}
