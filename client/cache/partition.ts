/** Whose answers are whose: two users of one device never see each other's rows. */

/** What changes with every browser token, whoever it is for. */
const OF_ONE_TOKEN = new Set(['exp', 'iat', 'nbf', 'jti'])

/**
 * The name that the application gives, or a hash: of what a browser token may read, which stays when the token is renewed, or
 * of the whole of any other. Null where neither can be had, in a page that came by plain HTTP.
 */
export async function partitionOf(given: string | undefined, bearer: string | undefined): Promise<string | null> {
  if (given !== undefined) return `given:${given}`
  if (bearer === undefined) return 'nobody'
  const subtle = globalThis.crypto?.subtle
  if (!subtle) return null
  const hash = await subtle.digest('SHA-256', new TextEncoder().encode(claimsOf(bearer) ?? bearer))
  return `token:${Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Of a JSON Web Token; undefined of anything else. Nobody trusts it here: who lies about it sees what is their own. */
function claimsOf(token: string): string | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1]
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    if (typeof claims !== 'object' || claims === null) return undefined
    return JSON.stringify(Object.entries(claims).filter(([name]) => !OF_ONE_TOKEN.has(name)))
  } catch {
    return undefined
  }
}
