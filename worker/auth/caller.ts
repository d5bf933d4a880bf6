/** Who calls, and the refusals that say what is missing. */
import { ShorelineError } from '../../core/errors.ts'
import { isName } from '../../core/name.ts'
import { allows, type Permission, type Scopes } from '../../registry/scopes.ts'
import type { Grant } from './grant.ts'

export interface Caller {
  /** The id of a key; `admin` for the Worker's secret, `open` where authentication is off. */
  readonly id: string
  readonly scopes: Scopes
  /** What a browser token is for; null for a key. */
  readonly grant: Grant | null
  /** What the rate limit counts its requests under. */
  readonly counted: string
}

/** Where authentication is off. */
export const OPEN: Caller = { id: 'open', scopes: new Set(['admin']), grant: null, counted: '' }
/** Who sends the Worker's secret `ADMIN_KEY`. */
export const ADMIN: Caller = { id: 'admin', scopes: new Set(['admin']), grant: null, counted: 'key:admin' }

export function unauthenticated(why: string): ShorelineError {
  return new ShorelineError('UNAUTHENTICATED', why)
}

/** @throws ShorelineError FORBIDDEN naming the scopes of which one would do */
export function demand(caller: Caller, anyOf: readonly Permission[], object?: string): void {
  for (const permission of anyOf) if (allows(caller.scopes, permission, object)) return
  throw lacks(anyOf.map((permission) => scopeFor(permission, object)))
}

const READS = ['features:read'] as const

/**
 * @param service `service` or `service@version`, as sent
 * @throws ShorelineError FORBIDDEN
 */
export function demandService(caller: Caller, service: string): void {
  const at = service.indexOf('@')
  const name = at < 0 ? service : service.slice(0, at)
  if (caller.grant === null) demand(caller, READS, name)
  else if (!caller.grant.services.has(name))
    throw new ShorelineError(
      'FORBIDDEN',
      `This browser token is for ${[...caller.grant.services].join(', ')}, not for ${JSON.stringify(name.slice(0, 80))}.`,
    )
}

/**
 * For features that are named one by one, of no service: it takes the scope for all of them, and no token has that.
 * @throws ShorelineError FORBIDDEN
 */
export function demandAnyFeature(caller: Caller): void {
  if (caller.grant === null) demand(caller, READS)
  else
    throw new ShorelineError(
      'FORBIDDEN',
      `This browser token is for the services ${[...caller.grant.services].join(', ')}; it cannot name features one by one.`,
    )
}

function scopeFor(permission: Permission, object: string | undefined): string {
  return object !== undefined && isName(object) ? `${permission}:${object}` : permission
}

function lacks(scopes: readonly string[]): ShorelineError {
  return new ShorelineError(
    'FORBIDDEN',
    `This needs a key with the scope ${scopes.join(' or ')}. "shoreline keys create --name … --scope ${scopes[0]}" makes one.`,
    { scopes },
  )
}
