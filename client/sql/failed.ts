/** What DuckDB says, as one sentence that names where it happened. */
import { messageOf, ShorelineError } from '../../core/errors.ts'

/** For `catch`. Errors that our own SQL raised say everything themselves. */
export function failed(where: string): (thrown: unknown) => never {
  return (thrown) => {
    if (thrown instanceof ShorelineError) throw thrown
    const text = messageOf(thrown)
    const own = /^(?:Invalid Input Error: )?((?:view|features) [a-z0-9_]+: .*)$/s.exec(text)?.[1]
    const missing = /it exists in the (\w+) extension/.exec(text)?.[1]
    const says = text.split('\n\n')[0]?.trim() ?? text
    throw new ShorelineError(
      'INVALID',
      own ??
        `${where}: DuckDB says: ${says}${missing === undefined ? '' : ` A page has DuckDB's core functions only, and fetches no extension.`}`,
      {},
      thrown,
    )
  }
}
