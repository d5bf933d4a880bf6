import { describe, expect, it } from 'vitest'
import { dumpOf } from './dump.fixture.ts'
import { registryBytes } from './encode.fixture.ts'
import { readRegistry } from './read.ts'
import { readMessage, WireError } from './wire.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a file that is no registry', () => {
  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['<!doctype html><title>Sign in</title>', 'is HTML or XML'],
    ['{"project": "p", "entities": [', 'begins like JSON and is not'],
    ['[]', 'is JSON, but no object'],
    ['{"name": "left-pad"}', 'is JSON, but not the dump'],
    ['{"project": "p", "featureViews": {}}', 'featureViews: '],
    ['{"project": "p", "featureViews": [{"spec": {"name": 7}}]}', 'featureViews[0].spec.name: '],
    ['project: rides\nregistry: data/registry.db\n', 'looks like feature_store.yaml'],
    ['hello', 'is neither a JSON dump nor a registry file'],
    ['SQLite format 3\0', 'is an SQLite database'],
    ['\u0089PNG\r\n', 'is neither'],
  ])('%j is refused in one paragraph with the fix', (text, problem) => {
    const read = () => readRegistry('x.json', bytes(text))
    expect(read).toThrow(problem)
    expect(read).toThrow(/^x\.json .*Run "feast registry-dump > registry\.json" in the Feast repository/)
  })

  it('names what is missing in an empty registry', () => {
    expect(() => readRegistry('x.json', bytes('{"project": "p"}'))).toThrow(
      'The registry of the Feast project "p" holds no entities, sources or feature views. Run "feast apply"',
    )
  })
})

describe('a registry', () => {
  it('is read as PowerShell writes it', () => {
    const text = `\ufeff${JSON.stringify(dumpOf())}`
    expect(readRegistry('x.json', Buffer.from(text, 'utf16le')).views).toHaveLength(1)
    expect(readRegistry('x.json', bytes(text)).views).toHaveLength(1)
  })

  it('is read though its first bytes look like JSON', () => {
    const name = 'n'.repeat(123 - 4)
    const file = Uint8Array.from([10, 123, 10, 121, 10, 119, ...bytes(name)])
    expect(String.fromCharCode(...file.subarray(0, 2))).toBe('\n{')
    expect(readRegistry('registry.db', file).entities[0]?.name).toBe(name)
  })

  it('of several projects wants one chosen', () => {
    const of = (project: string) => ({ spec: { name: `driver_${project}`, project } })
    const file = registryBytes({ entities: [of('one'), of('two')] })
    expect(() => readRegistry('registry.db', file)).toThrow(
      'several Feast projects: "one", "two". Choose one with --project.',
    )
    expect(() => readRegistry('registry.db', file, 'three')).toThrow('no project "three". It has "one", "two".')
    expect(readRegistry('registry.db', file, 'two').entities.map((one) => one.name)).toEqual(['driver_two'])
  })
})

describe('the wire format', () => {
  it.each([
    [[0x0a, 5, 1], 'the bytes end inside a field'],
    [[0x0a], 'the bytes end inside a number'],
    [[0x0b], 'there is no wire type 3'],
    [[...Array<number>(11).fill(0xff)], 'a number has more than ten bytes'],
    [[0x08, 1], 'a number stands where'],
    [[0x0a, 4, 0x0a, 2, 0x10, 0xff], 'the bytes end'],
    [[0x0a, 5, 0x0a, 3, 0x0a, 1, 0xff], 'a text is not UTF-8'],
  ])('%j is refused', (wrong, problem) => {
    expect(() => readMessage('Registry', Uint8Array.from(wrong))).toThrow(problem)
    expect(() => readMessage('Registry', Uint8Array.from(wrong))).toThrow(WireError)
  })

  it('does not follow messages without end', () => {
    let nested: number[] = []
    for (let depth = 0; depth < 150; depth++) nested = [0xd2, 0x01, ...lengthOf(nested), ...nested]
    expect(() => readMessage('DataSource', Uint8Array.from(nested))).toThrow('nest too deep')
  })

  it('keeps a negative duration and an unknown type', () => {
    const minusOne = [0x08, ...Array<number>(9).fill(0xff), 1]
    expect(readMessage('FeatureViewSpec', Uint8Array.from([0x32, minusOne.length, ...minusOne]))).toEqual({
      ttl: '-1s',
    })
    expect(readMessage('Feature', Uint8Array.from([0x10, 99]))).toEqual({ valueType: 99 })
  })
})

function lengthOf(bytes: readonly number[]): number[] {
  return bytes.length < 128 ? [bytes.length] : [(bytes.length % 128) + 128, Math.floor(bytes.length / 128)]
}
