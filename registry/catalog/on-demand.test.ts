/** On-demand views in the catalog: what they are computed from, what follows from it, and what a reviewer is told. */
import { describe, expect, it } from 'vitest'
import type { Head } from '../../core/head.ts'
import { t } from '../../core/types.ts'
import { applyDefinitions } from '../apply.ts'
import { collect } from '../definitions/collect.ts'
import { entity } from '../definitions/entity.ts'
import { featureService } from '../definitions/feature-service.ts'
import { featureView } from '../definitions/feature-view.ts'
import { onDemandView } from '../definitions/on-demand-view.ts'
import { parquetSource } from '../definitions/parquet-source.ts'
import { request } from '../definitions/request.ts'
import { NO_FACTS } from '../facts.ts'
import { EMPTY_REGISTRY } from '../objects.ts'
import { prepared } from '../on-demand.fixture.ts'
import * as wire from '../wire/answers/catalog.ts'
import { registryAnswer } from '../wire/answers/objects.ts'
import { applyRequest } from '../wire/registry.ts'
import { describeObject } from './describe.ts'
import { lineageData, lineageGraph } from './graph.ts'
import { search } from './search.ts'
import { around } from './walk.ts'
import { definitionWarnings } from './warnings.ts'

const user = entity('user', { joinKeys: { user_id: t.string() } })
const source = parquetSource('events', {
  path: 'file://events.parquet',
  timestamp: 'at',
  columnTags: { email_domain: { pii: 'direct' }, user_id: { key: 'yes' } },
})
const stats = featureView('stats', {
  entity: user,
  source,
  features: { visits: { type: t.int64(), visibility: 'public' }, email_domain: t.string(), share: t.float64() },
})
const near = onDemandView('near', {
  description: 'How near somebody is',
  inputs: [stats.as('who', { user_id: 'me' }), request({ distance: t.float64() })],
  features: {
    reach: { type: t.float64(), visibility: 'public' },
    domain: { type: t.string(), visibility: 'public' },
    mine: t.string(),
    far: t.bool(),
  },
  sql: { reach: 'visits + distance', domain: 'email_domain', mine: 'me', far: 'distance' },
})
const score = onDemandView('score', {
  inputs: [near.pick('reach')],
  features: { score: { type: t.float64(), visibility: 'public' } },
  compute: (row) => ({ score: row.reach }),
})
const weighed = onDemandView('weighed', {
  inputs: [stats.pick('share', 'visits'), score],
  features: { weight: { type: t.float64(), visibility: 'public' } },
  wasm: { module: 'weight.wasm', export: 'weight', args: ['score', 'share'], returns: ['weight'] },
})
const definitions = prepared(collect({ s: featureService('s', { features: [weighed, near.pick('domain')] }) }))

const facts = {
  sources: {
    events: {
      columns: ['user_id', 'visits', 'email_domain', 'share', 'at'].map((name) => ({ name, type: 'VARCHAR' })),
    },
  },
  views: {
    'stats@1': {
      columns: Object.fromEntries(
        ['user_id', 'visits', 'email_domain', 'share', 'at'].map((name) => [name, [`events.${name}`]]),
      ),
      rows: [],
    },
  },
}

const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, definitions)
const graph = lineageGraph(snapshot, facts)
const lineage = lineageData(snapshot.revision, graph)

function sources(feature: string): readonly string[] {
  return graph.edges.filter(({ to }) => to === `feature:${feature}`).map(({ from }) => from)
}

function labels(id: string): Readonly<Record<string, string>> {
  const found = lineage.nodes.find((node) => node.id === id)?.labels ?? []
  return Object.fromEntries(found.map(({ tag, value }) => [tag, value]))
}

const head: Head = { format: 1, revision: 1, registry: 1, oldest: 1, views: {}, services: {} }
const catalog = { snapshot, facts, head, history: async () => [] }

describe('lineage', () => {
  it('goes from the features that an expression reads to its own; of code, from all that it gets', () => {
    expect(sources('near@1.reach')).toEqual(['feature:stats@1.visits'])
    expect(sources('near@1.far')).toEqual([])
    expect(sources('score@1.score')).toEqual(['feature:near@1.reach', 'column:events.user_id', 'column:events.at'])
    expect(sources('weighed@1.weight')).toEqual(['feature:score@1.score', 'feature:stats@1.share'])
  })

  it('leads from a column through every view to the service', () => {
    const reached = around(graph, ['column:events.visits'], 'downstream')
    expect([...reached]).toEqual(expect.arrayContaining(['feature:weighed@1.weight', 'service:s@1']))
    const back = around(graph, ['feature:weighed@1.weight'], 'upstream')
    expect([...back]).toEqual(expect.arrayContaining(['column:events.share', 'column:events.visits', 'entity:user']))
    expect(back.has('column:events.email_domain')).toBe(false)
  })

  it('carries tags along, those of keys that are computed from as well', () => {
    expect(labels('feature:near@1.domain')).toEqual({ pii: 'direct' })
    expect(labels('feature:near@1.mine')).toEqual({ key: 'yes' })
    expect(labels('feature:near@1.reach')).toEqual({})
    expect(labels('service:s@1')).toMatchObject({ pii: 'direct', key: 'yes' })
  })

  it('is the same to a client that reads it by the wire', () => {
    expect(wire.lineageAnswer.parse(lineage)).toEqual(lineage)
    expect(registryAnswer.parse(snapshot)).toEqual(snapshot)
    expect(applyRequest.parse({ definitions }).definitions).toEqual(definitions)
  })
})

describe('warnings', () => {
  it('are for public features that are computed from what is not, at any distance, and from what is sensitive', async () => {
    const found = { sources: facts.sources, views: { stats: facts.views['stats@1'] } }
    expect(await definitionWarnings(definitions, found)).toEqual([
      expect.stringMatching(
        /^feature near\.domain is public and carries pii: direct, from column events\.email_domain\./,
      ),
      expect.stringMatching(/^feature near\.domain is public and computed from stats\.email_domain, which is not\./),
      expect.stringMatching(/^feature weighed\.weight is public and computed from stats\.share, which is not\./),
    ])
  })
})

describe('an on-demand view described', () => {
  it('says what it computes from, what reads it and which services answer with it', async () => {
    const described = await describeObject(catalog, 'views', 'near')
    expect(described).toMatchObject({
      object: 'view',
      version: 1,
      form: { kind: 'sql' },
      used_by: { views: ['score@1'], services: ['s@1'] },
      features: [
        { name: 'reach', from: ['stats@1.visits'] },
        { name: 'domain' },
        { name: 'mine', from: [] },
        { name: 'far' },
      ],
      versions: [{ version: 1, services: ['s@1'] }],
    })
    expect(wire.viewDescription.parse(described)).toEqual(described)
  })

  it('is among what reads a stored view, and its service is online with that', async () => {
    const described = await describeObject(catalog, 'views', 'stats@1')
    expect(described).toMatchObject({ used_by: { views: ['near@1', 'weighed@1'], services: ['s@1'] } })
    expect(wire.viewDescription.parse(described)).toEqual(described)
    expect(await describeObject(catalog, 'services', 's')).toMatchObject({
      versions: [{ version: 1, online: false, views: ['weighed@1', 'near@1'] }],
    })
  })

  it('is found by its words', () => {
    expect(search(lineage, 'near somebody').hits[0]).toMatchObject({ id: 'view:near@1' })
  })

  it('has no lineage of columns where nobody looked', () => {
    const blind = lineageGraph(snapshot, NO_FACTS)
    expect(blind.edges.some(({ to }) => to === 'feature:near@1.reach')).toBe(true)
  })
})
