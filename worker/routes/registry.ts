/** The registry over HTTP: plan, apply and retire; the catalog, its lineage and search. */
import { Hono } from 'hono'
import { COLLECTIONS, type Collection, describeObject } from '../../registry/catalog/describe.ts'
import { type Lineage, lineageData, lineageGraph } from '../../registry/catalog/graph.ts'
import { findNode } from '../../registry/catalog/reference.ts'
import { search } from '../../registry/catalog/search.ts'
import { around } from '../../registry/catalog/walk.ts'
import { neededCode } from '../../registry/code.ts'
import type { Definitions } from '../../registry/objects.ts'
import { Repository } from '../../registry/repository.ts'
import { lineageQuery, searchQuery } from '../../registry/wire/catalog.ts'
import { applyRequest, type CodeAnswer, planRequest, retireRequest } from '../../registry/wire/registry.ts'
import type { AppEnv } from '../app.ts'
import { heldCode } from '../code/held.ts'
import { readBody } from '../http/body.ts'
import { readQuery } from '../http/query.ts'
import { apply, plan, retire } from '../publishing/apply.ts'
import { truth } from '../publishing/publish.ts'
import { published, publishing } from './published.ts'

/** Definitions and facts of some ten thousand features; the isolate holds the text and what it says. */
const DEFINITIONS_LIMIT = 16 * 1024 * 1024

export function registryRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/registry', async (c) => {
    const repository = new Repository(c.env.DB)
    return c.json(await repository.registry((await truth(repository)).registry))
  })

  app.post('/v1/registry/apply', async (c) => {
    const { definitions, facts, ...options } = await readBody(c.req.raw, applyRequest, DEFINITIONS_LIMIT)
    const answer = await apply(publishing(c.env), definitions as Definitions, { ...options, facts })
    return published(c, answer)
  })

  app.post('/v1/registry/plan', async (c) => {
    const { definitions } = await readBody(c.req.raw, planRequest, DEFINITIONS_LIMIT)
    return c.json(await plan(new Repository(c.env.DB), definitions as Definitions))
  })

  app.post('/v1/registry/retire', async (c) => {
    const { objects, ...options } = await readBody(c.req.raw, retireRequest)
    return published(c, await retire(publishing(c.env), objects, options))
  })

  app.get('/v1/code', async (c) => {
    const { snapshot } = await registered(new Repository(c.env.DB))
    const { build, modules } = heldCode()
    const answer: CodeAnswer = {
      build: build === '' ? null : build,
      holds: Object.keys(modules).sort(),
      needs: [...neededCode(snapshot)].map(([hash, services]) => ({ hash, services })),
    }
    return c.json(answer)
  })

  app.get('/v1/registry/lineage', async (c) => {
    const { of, direction = 'both' } = readQuery(c.req.url, lineageQuery)
    const { snapshot, facts } = await registered(new Repository(c.env.DB))
    const graph = lineageGraph(snapshot, facts)
    const only = of === undefined ? undefined : around(graph, [findNode(graph, of).id], direction)
    const answer: Lineage = lineageData(snapshot.revision, graph, only)
    return c.json(answer)
  })

  app.get('/v1/registry/search', async (c) => {
    const { q, kind, limit } = readQuery(c.req.url, searchQuery)
    const { snapshot, facts } = await registered(new Repository(c.env.DB))
    const everything = lineageData(snapshot.revision, lineageGraph(snapshot, facts))
    return c.json(search(everything, q, { ...(kind && { kinds: kind }), ...(limit && { limit }) }))
  })

  for (const collection of Object.keys(COLLECTIONS) as Collection[])
    app.get(`/v1/registry/${collection}/:object`, async (c) => {
      const repository = new Repository(c.env.DB)
      const catalog = { ...(await registered(repository)), history: repository.history.bind(repository) }
      return c.json(await describeObject(catalog, collection, c.req.param('object')))
    })

  return app
}

/** What is registered now, and what was found in its sources. */
async function registered(repository: Repository) {
  const head = await truth(repository)
  const [snapshot, facts] = await Promise.all([repository.registry(head.registry), repository.facts()])
  return { head, snapshot, facts }
}
