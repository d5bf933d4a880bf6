/** What an expression has that is not taken, with what to write instead. */
import { ShorelineError } from '../../core/errors.ts'

/** Without the view and the feature: `bindExpressions` says which. */
export class Refusal extends ShorelineError {
  constructor(message: string) {
    super('INVALID', message)
  }
}

/** `a, b or c` */
export function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
