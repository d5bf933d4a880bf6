/** The key or browser token of requests. */
import { ClientError } from './error.ts'

/**
 * A function is asked for each request, once for those of the same tick. After a 401 it is asked again, with the token that was
 * refused, so that one which it keeps is renewed.
 */
export type Token = string | ((refused?: string) => string | Promise<string>)

export interface Tokens {
  /** @throws ClientError NO_TOKEN */
  get(refused?: string): Promise<string | undefined>
  /** Whether asking again may give another. */
  readonly renewable: boolean
}

export function tokensOf(token: Token | undefined): Tokens {
  if (typeof token !== 'function') return { get: async () => token, renewable: false }
  const asked = new Map<string | undefined, Promise<string>>()
  const ask = async (refused: string | undefined): Promise<string> => {
    try {
      return await token(refused)
    } catch (cause) {
      throw new ClientError('The token function failed.', { code: 'NO_TOKEN', status: 0, cause })
    } finally {
      queueMicrotask(() => asked.delete(refused))
    }
  }
  return {
    renewable: true,
    get(refused) {
      const known = asked.get(refused) ?? ask(refused)
      asked.set(refused, known)
      return known
    },
  }
}
