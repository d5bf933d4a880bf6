/** The smallest feature store in which a vector can be mixed: one service over two views of one entity. */
import { writeBlock } from '../../core/block.ts'
import type { Head } from '../../core/head.ts'
import { blockKey, planKey, registryKey } from '../../core/storage.ts'
import { compilePlan } from '../../registry/compile.ts'
import { canonicalJson } from '../../registry/hash.ts'
import type { RegistrySnapshot, ServiceObject, ViewObject } from '../../registry/objects.ts'
import type { Run } from '../../registry/repository.ts'
import type { ViewName } from './oracle.ts'

export const SERVICE = 'departures'
export const PLAN_HASH = 'plan-of-departures'
export const AIRPORT = 'AMS'
/** Runs have two blocks; with more than one, a run can be there in part. */
export const BLOCKS = 2
/** The block of `AIRPORT`: its MD5 starts below 8, so it is the first of two. */
export const AIRPORT_BLOCK = 0
const EVENT_TIMESTAMP = Date.UTC(2026, 0, 1) * 1000

const SOURCE = { name: 'flights', format: 'parquet', path: 'r2://lake/flights', timestamp: 'event_timestamp' } as const
const AIRPORTS = { name: 'airport', join_keys: [{ name: 'airport', type: 'string' }] }

function view(name: ViewName): ViewObject {
  return {
    name,
    version: 1,
    hash: name,
    entity: 'airport',
    join_keys: AIRPORTS.join_keys,
    sources: ['flights'],
    reads: [SOURCE],
    timestamp: 'event_timestamp',
    online: 'kv',
    features: [{ name: 'text', type: 'string', visibility: 'server' }],
  }
}

const VIEWS = [view('delays'), view('traffic')]

const DEPARTURES: ServiceObject = {
  name: SERVICE,
  version: 1,
  hash: SERVICE,
  plan: PLAN_HASH,
  features: ['delays', 'traffic'],
  inputs: VIEWS.map(({ name }) => ({
    view: `${name}@1`,
    as: name,
    keys: { airport: 'airport' },
    features: [{ feature: 'text', name }],
  })),
}

export const REGISTRY: RegistrySnapshot = {
  revision: 1,
  entities: [AIRPORTS],
  sources: [SOURCE],
  views: VIEWS,
  services: [DEPARTURES],
}

export const REGISTRY_TEXT = canonicalJson(REGISTRY)
export const PLAN = compilePlan(DEPARTURES, new Map(VIEWS.map((one) => [`${one.name}@1`, one])))
export const PLAN_TEXT = canonicalJson(PLAN)

/** The text of the view's feature in this snapshot. */
export function textOf(name: ViewName, snapshot: number): string {
  return `${name} ${snapshot}`
}

export function runId(name: ViewName, snapshot: number): string {
  return `${snapshot}-${name}`
}

/** A run whose blocks are uploaded, as the sync leaves it before it publishes. */
export function computedRun(name: ViewName, snapshot: number): Run {
  return {
    id: runId(name, snapshot),
    view: `${name}@1`,
    snapshot,
    kind: 'base',
    base: null,
    store: 'kv',
    state: 'computed',
    input: runId(name, snapshot),
    sources: [],
    asOf: EVENT_TIMESTAMP,
    rows: 1,
    blocks: BLOCKS,
    filters: 0,
    changed: 1,
    stored: 1,
    whole: true,
    watermark: EVENT_TIMESTAMP,
    nextEvent: null,
    parts: [],
    statistics: null,
    checks: null,
    report: null,
    error: null,
    startedAt: 0,
    finishedAt: null,
    markedAt: null,
  }
}

type Block = readonly [key: string, text: string]
/** Written once: a model is set up tens of thousands of times. */
const WRITTEN_BLOCKS = new Map<string, readonly Block[]>()

/** Its blocks, by KV key. */
export function blocksOf(name: ViewName, snapshot: number): readonly Block[] {
  const written = WRITTEN_BLOCKS.get(textOf(name, snapshot)) ?? writeBlocks(name, snapshot)
  WRITTEN_BLOCKS.set(textOf(name, snapshot), written)
  return written
}

function writeBlocks(name: ViewName, snapshot: number): readonly Block[] {
  const run = runId(name, snapshot)
  const row = JSON.stringify([[AIRPORT, EVENT_TIMESTAMP, textOf(name, snapshot)]])
  return Array.from({ length: BLOCKS }, (_, block) => {
    const identity = { view: `${name}@1`, run, block, blocks: BLOCKS }
    return [blockKey(identity.view, run, block), writeBlock(identity, block === AIRPORT_BLOCK ? row : '[]')]
  })
}

export function airportBlock(name: ViewName, snapshot: number): string {
  return blockKey(`${name}@1`, runId(name, snapshot), AIRPORT_BLOCK)
}

/** Everything of the registry that KV holds. */
export const REGISTRY_KEYS = [
  [planKey(PLAN_HASH), PLAN_TEXT],
  [registryKey(1), REGISTRY_TEXT],
] as const

/** Revision 1: both views at their first snapshot. */
export const FIRST_HEAD: Head = {
  format: 1,
  revision: 1,
  registry: 1,
  oldest: 1,
  views: Object.fromEntries(
    (['delays', 'traffic'] as const).map((name) => [
      `${name}@1`,
      { snapshot: 1, base: { store: 'kv', run: runId(name, 1), blocks: BLOCKS }, watermark: EVENT_TIMESTAMP },
    ]),
  ),
  services: { [SERVICE]: { current: 1, plans: { 1: PLAN_HASH } } },
}
