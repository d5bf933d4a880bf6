/**
 * What an API key may do. A scope is a permission, or a permission for one object: `features:read:flight_delay`. Pure: who
 * asks is the Worker's business.
 */
import { ShorelineError } from '../core/errors.ts'
import { isName } from '../core/name.ts'
import { nearest } from './definitions/nearest.ts'

export const PERMISSIONS = [
  'features:read',
  'push:write',
  'registry:read',
  'registry:write',
  'lake:read',
  'sync:write',
  'tokens:issue',
  'admin',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** The permissions that may be given for one object only, and what the object is. */
const OBJECTS: Readonly<Partial<Record<Permission, string>>> = {
  'features:read': 'service',
  'push:write': 'source',
  'lake:read': 'service',
}

/** What else a permission allows: who changes the registry or publishes has to see what is there. */
const IMPLIED: Readonly<Partial<Record<Permission, readonly Permission[]>>> = {
  'registry:write': ['registry:read'],
  'sync:write': ['registry:read'],
}

/** `features:read` and `features:read:flight_delay` side by side, closed under what they imply but for `admin`. */
export type Scopes = ReadonlySet<string>

/**
 * One scope as it was written.
 * @throws ShorelineError INVALID naming the scope that was probably meant
 */
export function checkScope(text: string): string {
  const { permission, object } = split(text)
  if (permission !== undefined && object === undefined) return text
  const kind = permission === undefined ? undefined : OBJECTS[permission]
  if (permission !== undefined && kind === undefined)
    throw new ShorelineError(
      'INVALID',
      `${shown(text)} is not a scope: ${permission} is not for one object. Write "${permission}".`,
    )
  if (permission !== undefined && object !== undefined && isName(object)) return text
  if (permission !== undefined)
    throw new ShorelineError(
      'INVALID',
      `${shown(text)} is not a scope: what follows "${permission}:" is the name of a ${kind}, without a version.`,
    )
  const meant = nearest(text, PERMISSIONS)
  throw new ShorelineError(
    'INVALID',
    `${shown(text)} is not a scope.${meant === undefined ? '' : ` Did you mean ${meant}?`} The scopes are ${scopeNames()}.`,
  )
}

/** `features:read[:service], …` */
export function scopeNames(): string {
  return PERMISSIONS.map((one) => (OBJECTS[one] === undefined ? one : `${one}[:${OBJECTS[one]}]`)).join(', ')
}

/** The scopes of a stored key. One that this code does not know, of a later version, allows nothing. */
export function readScopes(texts: readonly string[]): Scopes {
  const scopes = new Set<string>()
  for (const text of texts) {
    const { permission, object } = split(text)
    if (permission === undefined) continue
    scopes.add(text)
    if (object === undefined) for (const implied of IMPLIED[permission] ?? []) scopes.add(implied)
  }
  return scopes
}

/**
 * @param object the service or the source that it is about; without one, only a scope for all objects counts
 */
export function allows(scopes: Scopes, permission: Permission, object?: string): boolean {
  return (
    scopes.has('admin') || scopes.has(permission) || (object !== undefined && scopes.has(`${permission}:${object}`))
  )
}

/** Whether there is anything that the permission is for. */
export function allowsSome(scopes: Scopes, permission: Permission): boolean {
  return allows(scopes, permission) || [...scopes].some((one) => one.startsWith(`${permission}:`))
}

function split(text: string): { readonly permission: Permission | undefined; readonly object: string | undefined } {
  const exact = PERMISSIONS.find((one) => one === text)
  if (exact !== undefined) return { permission: exact, object: undefined }
  const permission = PERMISSIONS.find((one) => text.startsWith(`${one}:`))
  return { permission, object: permission === undefined ? undefined : text.slice(permission.length + 1) }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
