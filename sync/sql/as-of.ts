/** `$as_of` in a view's SQL: the instant that the features are as of. */
import { scanSql } from '../../registry/definitions/sql-tokens.ts'
import { timestampLiteral } from './text.ts'

export function readsAsOf(sql: string): boolean {
  return places(sql).length > 0
}

/** @param asOf microseconds since the epoch */
export function bindAsOf(sql: string, asOf: number): string {
  return places(sql).reduceRight(
    (text, at) => text.slice(0, at) + timestampLiteral(asOf) + text.slice(at + PARAMETER.length),
    sql,
  )
}

const PARAMETER = '$as_of'

function places(sql: string): readonly number[] {
  return scanSql(sql)
    .tokens.filter((token) => token.kind === 'parameter' && token.text === PARAMETER.slice(1))
    .map((token) => token.at)
}
