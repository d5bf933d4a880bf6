import { describe, expect, it } from 'vitest'
import { allows, allowsSome, checkScope, PERMISSIONS, type Permission, readScopes } from './scopes.ts'

describe('a scope', () => {
  it.each([...PERMISSIONS, 'features:read:flight_delay', 'push:write:clicks'])('may be %s', (text) => {
    expect(checkScope(text)).toBe(text)
  })

  it.each([
    ['feature:read', 'Did you mean features:read?'],
    ['registry:reed', 'Did you mean registry:read?'],
    ['ADMIN', 'Did you mean admin?'],
    ['everything', 'The scopes are features:read[:service], push:write[:source], registry:read'],
    ['', 'is not a scope'],
    ['features:read:', 'the name of a service, without a version'],
    ['features:read:flight_delay@2', 'the name of a service, without a version'],
    ['features:read:*', 'the name of a service, without a version'],
    ['push:write:a__b', 'the name of a source'],
    ['registry:read:flights', 'registry:read is not for one object'],
    ['admin:x', 'Write "admin".'],
    [' admin', 'is not a scope'],
  ])('is not %j', (text, message) => {
    expect(() => checkScope(text)).toThrow(message)
  })
})

describe('scopes', () => {
  const cases: readonly (readonly [string, readonly [Permission, string?][], readonly [Permission, string?][]])[] = [
    ['features:read', [['features:read'], ['features:read', 'a']], [['registry:read'], ['tokens:issue'], ['admin']]],
    ['features:read:a', [['features:read', 'a']], [['features:read'], ['features:read', 'ab'], ['push:write', 'a']]],
    ['push:write:clicks', [['push:write', 'clicks']], [['push:write'], ['push:write', 'click']]],
    ['registry:read', [['registry:read']], [['registry:write'], ['features:read', 'a'], ['sync:write']]],
    ['registry:write', [['registry:write'], ['registry:read']], [['sync:write'], ['admin']]],
    ['sync:write', [['sync:write'], ['registry:read']], [['registry:write'], ['features:read', 'a']]],
    ['tokens:issue', [['tokens:issue']], [['features:read', 'a'], ['registry:read']]],
    ['admin', PERMISSIONS.map((one): [Permission, string?] => [one, 'any']), []],
  ]

  it.each(cases)('%s allow what they say and imply, and nothing else', (scope, allowed, refused) => {
    const scopes = readScopes([scope])
    for (const [permission, object] of allowed) expect(allows(scopes, permission, object), permission).toBe(true)
    for (const [permission, object] of refused) expect(allows(scopes, permission, object), permission).toBe(false)
  })

  it('for one object allow something of their permission, and nothing of another', () => {
    const scopes = readScopes(['features:read:a'])
    expect([allowsSome(scopes, 'features:read'), allowsSome(scopes, 'push:write')]).toEqual([true, false])
    expect(allowsSome(readScopes(['admin']), 'push:write')).toBe(true)
  })

  it('add up', () => {
    const scopes = readScopes(['features:read:a', 'features:read:b', 'tokens:issue'])
    expect(['a', 'b', 'c'].map((service) => allows(scopes, 'features:read', service))).toEqual([true, true, false])
    expect(allows(readScopes([]), 'registry:read')).toBe(false)
    expect(allows(readScopes(['features:write']), 'features:read')).toBe(false) // of a later version
  })
})
