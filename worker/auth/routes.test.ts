import { expect, it } from 'vitest'
import { readScopes } from '../../registry/scopes.ts'
import { ADMIN, type Caller } from './caller.ts'
import { grantOf } from './grant.ts'
import { accessOf, admit } from './routes.ts'

const caller = (...scopes: readonly string[]): Caller => ({
  id: 'a',
  scopes: readScopes(scopes),
  grant: null,
  counted: 'key:a',
})

it('a route that nobody declared is for admin alone', () => {
  const access = accessOf('GET', '/v1/something/new')
  expect(() => admit(ADMIN, access)).not.toThrow()
  const all = caller('features:read', 'push:write', 'registry:read', 'registry:write', 'sync:write', 'tokens:issue')
  expect(() => admit(all, access)).toThrow('This needs a key with the scope admin.')
  expect(() => admit({ ...caller(), grant: grantOf(['a'], {}) }, access)).toThrow('A browser token reads features')
})

it('a method of a declared path is another route', () => {
  expect(() => admit(caller('registry:read'), accessOf('GET', '/v1/head'))).not.toThrow()
  expect(() => admit(caller('registry:read'), accessOf('DELETE', '/v1/head'))).toThrow('admin')
})
