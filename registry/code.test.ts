import { describe, expect, it } from 'vitest'
import { checkCode, neededCode } from './code.ts'
import type { ServiceObject } from './objects.ts'

function service(name: string, version: number, code?: readonly string[]): ServiceObject {
  return { name, version, hash: '', plan: '', inputs: [], features: [], ...(code && { code }) }
}

const SNAPSHOT = {
  services: [service('risk', 1, ['bbbb', 'aaaa']), service('risk', 2, ['aaaa']), service('stored', 1)],
}

describe('the code of a registry', () => {
  it('is what its retained service versions run, with who runs it', () => {
    expect([...neededCode(SNAPSHOT)]).toEqual([
      ['aaaa', ['risk@1', 'risk@2']],
      ['bbbb', ['risk@1']],
    ])
  })

  it('may go online in a Worker that holds all of it, and more', () => {
    expect(() => checkCode(SNAPSHOT, new Set(['aaaa', 'bbbb', 'cccc']))).not.toThrow()
    expect(() => checkCode({ services: [service('stored', 1)] }, new Set())).not.toThrow()
  })

  it('is refused in one that lacks some, by the services that need it', () => {
    expect(() => checkCode(SNAPSHOT, new Set(['aaaa']))).toThrow(
      'risk@1 needs on-demand code that the deployed Worker does not hold (bbbb). Nothing was applied: run "shoreline deploy"',
    )
    expect(() => checkCode(SNAPSHOT, new Set())).toThrow('risk@1, risk@2 need on-demand code')
  })
})
