import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { ndjsonSource } from './ndjson-source.ts'

/** As JavaScript calls it. */
const untyped = ndjsonSource as (name: unknown, options: unknown) => unknown

const path = 'file://clicks/*.ndjson'

describe('ndjsonSource', () => {
  it('becomes the source of the registry', () => {
    const types = { user_id: t.string(), at: t.timestamp(), page: t.json() }
    expect(ndjsonSource('clicks', { path, timestamp: 'at', created: 'at', types }).object).toEqual({
      name: 'clicks',
      format: 'ndjson',
      path,
      timestamp: 'at',
      created: 'at',
      types: [
        { name: 'user_id', type: 'string' },
        { name: 'at', type: 'timestamp' },
        { name: 'page', type: 'json' },
      ],
    })
  })

  it.each([
    [{ timestamp: 'at' }, 'path is missing. Write r2://bucket/folder/**/*.ndjson or file://folder/*.ndjson.'],
    [{ path, timestamp: 'at' }, 'types is missing. Write { member: type } for what is read of the objects'],
    [{ path, timestamp: 'at', types: {} }, 'types is missing.'],
    [{ path, timestamp: 'at', types: { n: 5 } }, 'types.n has 5, which is not a type.'],
    [{ path, timestamp: 'at', types: { n: t.int64() }, schemaDrift: 'union' }, 'there is no option "schemaDrift".'],
  ])('refuses %j', (options, message) => {
    expect(() => untyped('s', options)).toThrow('ndjsonSource s: ')
    expect(() => untyped('s', options)).toThrow(message)
  })
})
