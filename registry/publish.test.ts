import { describe, expect, it } from 'vitest'
import { EMPTY_HEAD, type Head, type ViewHead } from '../core/head.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot, type ServiceObject, type ViewObject } from './objects.ts'
import { nextHead } from './publish.ts'

function online(snapshot: number): ViewHead {
  return { snapshot, base: { store: 'kv', run: `${snapshot}-a`, blocks: 4 }, watermark: null }
}

function service(name: string, version: number, ...views: readonly string[]): ServiceObject {
  const inputs = views.map((view) => ({ view, as: view.replace(/@.*/, ''), keys: {}, features: [] }))
  return { name, version, hash: 'h', plan: `plan-of-${name}-${version}`, features: [], inputs }
}

function view(name: string, version: number): ViewObject {
  return {
    name,
    version,
    hash: 'h',
    entity: 'e',
    join_keys: [],
    sources: ['s'],
    reads: [],
    timestamp: 'at',
    online: 'kv',
    features: [],
  }
}

function registry(...services: readonly ServiceObject[]): RegistrySnapshot {
  return {
    ...EMPTY_REGISTRY,
    revision: 5,
    services,
    views: ['a', 'b', 'c', 'd'].flatMap((name) => [1, 2, 3].map((version) => view(name, version))),
  }
}

describe('the next head', () => {
  it('is one revision on, names the registry, and keeps every view that does not change', () => {
    const first = nextHead(EMPTY_HEAD, registry(), { 'a@1': online(1), 'b@1': online(1) })
    expect(first).toEqual({
      format: 1,
      revision: 1,
      registry: 5,
      oldest: 1,
      views: { 'a@1': online(1), 'b@1': online(1) },
      services: {},
    })
    const second = nextHead({ ...first, oldest: 1 }, registry(), { 'b@1': online(2) })
    expect(second).toMatchObject({ revision: 2, views: { 'a@1': online(1), 'b@1': online(2) } })
    expect(first.views['b@1']).toEqual(online(1))
  })

  it('keeps the oldest revision whose runs are kept', () => {
    const head: Head = { ...EMPTY_HEAD, revision: 9, oldest: 4 }
    expect(nextHead(head, registry()).oldest).toBe(4)
  })
})

describe('the current version of a service', () => {
  const versions = registry(
    service('s', 1, 'a@1'),
    service('s', 2, 'a@1', 'b@1'),
    service('s', 3, 'a@2', 'b@1'),
    service('s', 4, 'a@2', 'c@1'),
  )

  it.each([
    ['none while nothing is online', [], null],
    ['none while only a part of each is online', ['b@1', 'c@1'], null],
    ['the first once its view is online', ['a@1'], 1],
    ['the second once both of its views are', ['a@1', 'b@1'], 2],
    ['still the second while a new version of a view is not online', ['a@1', 'b@1', 'c@1'], 2],
    ['the newest whose views are all online', ['a@1', 'b@1', 'a@2'], 3],
    ['not the newest while one of its views is missing', ['a@2', 'b@1'], 3],
    ['the newest, even when those before it are incomplete', ['a@2', 'c@1'], 4],
  ])('is %s', (_what, views, current) => {
    const head = nextHead(EMPTY_HEAD, versions, Object.fromEntries(views.map((view) => [view, online(1)])))
    expect(head.services['s']).toEqual({
      current,
      plans: { 1: 'plan-of-s-1', 2: 'plan-of-s-2', 3: 'plan-of-s-3', 4: 'plan-of-s-4' },
    })
  })

  it('needs nothing online of a view whose rows are only pushed', () => {
    const { views, ...rest } = registry(service('s', 1, 'a@1', 'b@1'))
    const pushed = { ...rest, views: views.map((one) => (one.name === 'b' ? { ...one, sources: [], push: 'p' } : one)) }
    expect(nextHead(EMPTY_HEAD, pushed).services['s']?.current).toBeNull()
    expect(nextHead(EMPTY_HEAD, pushed, { 'a@1': online(1) }).services['s']?.current).toBe(1)
  })

  it('is decided for each service by itself', () => {
    const head = nextHead(EMPTY_HEAD, registry(service('one', 1, 'a@1'), service('two', 1, 'b@1')), {
      'a@1': online(1),
    })
    expect([head.services['one']?.current, head.services['two']?.current]).toEqual([1, null])
  })

  it('is there for a service that is called like something every object has', () => {
    const head = nextHead(EMPTY_HEAD, registry(service('constructor', 1, 'a@1')), { 'a@1': online(1) })
    expect(head.services['constructor']).toEqual({ current: 1, plans: { 1: 'plan-of-constructor-1' } })
  })
})
