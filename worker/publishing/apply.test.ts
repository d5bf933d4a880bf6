/** Applies that race, and one that is killed, over real D1 and KV. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseHead } from '../../core/head.ts'
import { HEAD_KEY, planKey, registryKey } from '../../core/storage.ts'
import type { Definitions } from '../../registry/objects.ts'
import { unpackRegistry } from '../../registry/pack.ts'
import { Repository } from '../../registry/repository.ts'
import type { Env } from '../env.ts'
import { kvWriter } from '../stores.ts'
import { type Applying, apply, plan, retire } from './apply.ts'
import type { Written } from './settle.ts'
import { SingleWriter } from './single-writer.ts'

const bindings = env as unknown as Env
const repository = new Repository(bindings.DB)
const MIGRATIONS = import.meta.glob<string>('../../registry/migrations/*.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const RACES = 100

beforeEach(async () => {
  const { results } = await bindings.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%'",
  ).all<{ name: string }>()
  for (const { name } of results) await bindings.DB.prepare(`drop table "${name}"`).run()
  for (const [, text] of Object.entries(MIGRATIONS).sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const statement of text.split('--> statement-breakpoint')) await bindings.DB.prepare(statement).run()
})

/** One writer of the head as the Durable Object runs it, without its pause of a second between two heads. */
function deployment(): Applying {
  let written: Written | undefined
  let armed = 0
  const publisher = new SingleWriter({
    truth: repository,
    kv: kvWriter(bindings.KV),
    now: () => Date.now(),
    wait: async () => {},
    load: async () => written,
    save: async (next) => {
      written = next
    },
    loadArmed: async () => armed,
    arm: async (until) => {
      armed = until
    },
    setAlarm: async () => {},
  })
  return { repository, publisher, held: new Set(), now: () => Date.now() }
}

/** A view and a service of its own for whoever applies, beside those of everybody before. */
function definitions(...names: readonly string[]): Definitions {
  return {
    entities: [{ name: 'user', join_keys: [{ name: 'user_id', type: 'string' }] }],
    sources: [{ name: 'events', format: 'parquet', path: 'file:///events.parquet', timestamp: 'at' }],
    views: names.map((name) => ({
      name,
      entity: 'user',
      sources: ['events'],
      timestamp: 'at',
      online: 'kv',
      features: [{ name: 'clicks', type: 'int64', visibility: 'server' }],
    })),
    services: names.map((name) => ({
      name: `of_${name}`,
      inputs: [{ view: name, as: name, keys: {}, features: [{ feature: 'clicks', name: 'clicks' }] }],
    })),
  }
}

async function rows(sql: string): Promise<number> {
  const row = await bindings.DB.prepare(sql).first<{ n: number }>()
  return row?.n ?? -1
}

/** Everything that names anything finds it, in D1 and in KV. */
async function expectWhole(registry: number, names: readonly string[]): Promise<void> {
  const snapshot = await repository.registry(registry)
  expect(snapshot.views.map((view) => view.name)).toEqual([...names].sort())
  expect(snapshot.services.map((service) => service.name)).toEqual(names.map((name) => `of_${name}`).sort())
  const head = parseHead((await bindings.KV.get(HEAD_KEY)) ?? '')
  expect(head).toMatchObject({ registry, revision: (await repository.latestRevision())?.revision })
  expect(unpackRegistry((await bindings.KV.get(registryKey(registry))) ?? '')).toEqual(snapshot)
  for (const { name, plan: hash } of snapshot.services) {
    expect(head.services[name]?.plans[1]).toBe(hash)
    expect(await repository.planText(hash)).toContain(name)
    expect(await bindings.KV.get(planKey(hash))).toContain(name)
  }
}

describe('two applies at once', () => {
  it('one wins, the other says who won, and the registry is never half-applied', { timeout: 60_000 }, async () => {
    const applying = deployment()
    let registry = 0
    let names: readonly string[] = []
    for (let race = 0; race < RACES; race++) {
      // Ten to a round: the definitions stay small, and each round begins by retiring the last one's.
      if (race % 10 === 0) {
        names = []
        registry = (await apply(applying, definitions(), { yes: true })).registry
        const left = (await repository.registry(registry)).services.map(
          (service) => `${service.name}@${service.version}`,
        )
        const views = (await repository.registry(registry)).views.map((view) => `${view.name}@${view.version}`)
        if (left.length > 0) registry = (await retire(applying, [...left, ...views])).registry
      }
      const before = await rows('select count(*) as n from registry_revisions')
      const mine = ['ada', 'bob'].map((by) => ({ by, name: `v${race}_${by}` }))
      const outcomes = await Promise.allSettled(
        mine.map(({ by, name }) =>
          apply(applying, definitions(...names, name), { registry, by, commit: 'c0ffee', yes: true }),
        ),
      )
      const won = outcomes.findIndex((outcome) => outcome.status === 'fulfilled')
      const lost = outcomes[1 - won]
      const winner = mine[won]
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(lost?.status === 'rejected' && lost.reason).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(
          `^The plan was made against registry ${registry}, and ${winner?.by} applied registry ${registry + 1} at .* from commit c0ffee\\. Nothing was applied: plan again\\.$`,
        ),
      })
      registry += 1
      names = [...names, winner?.name ?? '']
      expect(await rows('select count(*) as n from registry_revisions')).toBe(before + 1)
      expect(
        await rows(
          `select count(*) as n from registry_objects where registry = ${registry} and change = 'created' and kind in ('view', 'service')`,
        ),
      ).toBe(2)
      expect(
        await rows(`select count(*) as n from registry_objects where name like '%v${race}_${mine[1 - won]?.by}'`),
      ).toBe(0)
    }
    await expectWhole(registry, names)
  })
})

describe('an apply that is killed between D1 and the head', () => {
  it('is completed by the next command', async () => {
    const whole = deployment()
    await apply(whole, definitions('clicks'))
    const killed: Applying = {
      ...whole,
      publisher: {
        arm: () => whole.publisher.arm(),
        prepare: async () => {},
        publish: () => Promise.reject(new Error('killed')),
      },
    }
    await expect(apply(killed, definitions('clicks', 'views'))).rejects.toThrow('killed')
    expect(parseHead((await bindings.KV.get(HEAD_KEY)) ?? '').registry).toBe(1)
    expect((await plan(repository, definitions('clicks', 'views'))).changes).toEqual([])
    const { registry, changes } = await apply(whole, definitions('clicks', 'views'))
    expect({ registry, changes }).toEqual({ registry: 2, changes: [] })
    await expectWhole(2, ['clicks', 'views'])
  })
})

describe('an apply', () => {
  it('keeps who, when, what and from which commit, per object', async () => {
    const applying = deployment()
    await apply(applying, definitions('clicks'), { by: 'ada', commit: 'c0ffee' })
    await apply(applying, definitions(), { by: 'bob', yes: true })
    const history = await repository.history('view', 'clicks')
    expect(history).toMatchObject([
      { registry: 2, change: 'retired', version: 1, by: 'bob', commit: null },
      { registry: 1, change: 'created', version: 1, by: 'ada', commit: 'c0ffee' },
    ])
    expect(Date.parse(history[0]?.at ?? '')).toBeGreaterThan(Date.parse('2026-01-01'))
  })

  it('keeps what was found in the sources, of the newest versions', async () => {
    const facts = {
      sources: { events: { columns: [{ name: 'at', type: 'TIMESTAMP' }] } },
      views: { clicks: { columns: { clicks: ['events.clicks'] }, rows: [] } },
    }
    const applying = deployment()
    await apply(applying, definitions('clicks'), { facts })
    expect(await repository.facts()).toEqual({ sources: facts.sources, views: { 'clicks@1': facts.views.clicks } })
  })

  it('of an expression that this Worker cannot evaluate is refused before anything is written', async () => {
    const root = { call: 'from_a_later_version', type: 'int64', args: [{ column: 0, type: 'int64' }] }
    const bound = { twice: { sql: 'clicks', tree: { format: 1 as const, packs: [], root }, reads: ['clicks'] } }
    const base = definitions('a')
    const computed: Definitions = {
      ...base,
      on_demand: [
        {
          name: 'doubled',
          inputs: base.services[0]?.inputs ?? [],
          features: [{ name: 'twice', type: 'int64', visibility: 'server' }],
          form: { kind: 'sql', sql: { twice: 'clicks' }, bound, packs: [] },
        },
      ],
      services: [
        {
          name: 's',
          inputs: [{ view: 'doubled', as: 'doubled', keys: {}, features: [{ feature: 'twice', name: 'twice' }] }],
        },
      ],
    }
    await expect(apply(deployment(), computed)).rejects.toThrow(
      /^doubled@1\.twice cannot be evaluated by the deployed Worker: .*from_a_later_version.* Nothing was applied: run "shoreline deploy"/,
    )
    expect(await rows('select count(*) as n from registry_revisions')).toBe(0)
    expect((await plan(repository, computed)).changes.map(({ name }) => name)).toContain('doubled')
  })

  it('keeps every object as it was registered, on-demand views too', async () => {
    const base = definitions('a')
    const root = { column: 0, type: 'int64' }
    const bound = { same: { sql: 'clicks', tree: { format: 1 as const, packs: [], root }, reads: ['clicks'] } }
    const computed: Definitions = {
      ...base,
      on_demand: [
        {
          name: 'repeated',
          inputs: base.services[0]?.inputs ?? [],
          features: [{ name: 'same', type: 'int64', visibility: 'server' }],
          form: { kind: 'sql', sql: { same: 'clicks' }, bound, packs: [] },
        },
      ],
    }
    const { registry } = await apply(deployment(), computed)
    const { results } = await bindings.DB.prepare('select kind, name, definition from registry_objects').all<{
      kind: string
      name: string
      definition: string
    }>()
    const { entities, sources, views, on_demand: onDemand = [], services } = await repository.registry(registry)
    const kept = new Map(results.map(({ kind, name, definition }) => [`${kind} ${name}`, JSON.parse(definition)]))
    expect(kept).toEqual(
      new Map<string, unknown>([
        ...entities.map((one) => [`entity ${one.name}`, one] as const),
        ...sources.map((one) => [`source ${one.name}`, one] as const),
        ...[...views, ...onDemand].map((one) => [`view ${one.name}`, one] as const),
        ...services.map((one) => [`service ${one.name}`, one] as const),
      ]),
    )
    expect(kept.get('view repeated')).toMatchObject({ version: 1, form: { bound } })
  })

  it('of what needs --yes is refused without it', async () => {
    const applying = deployment()
    await apply(applying, definitions('clicks'))
    await expect(apply(applying, definitions())).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('This needs --yes: view clicks is retired'),
    })
  })

  it('of more services than one invocation of the writer can write, and of more text than one row of D1 holds', async () => {
    const names = Array.from({ length: 1100 }, (_, index) => `view_${String(index).padStart(4, '0')}`)
    const described = definitions(...names)
    const views = described.views.map((view) => ({ ...view, description: 'é'.repeat(1000) }))
    const applying = deployment()
    const { registry } = await apply(applying, { ...described, views })
    expect((await repository.registry(registry)).views[1099]?.description).toHaveLength(1000)
    expect(await rows('select count(*) as n from registry_parts')).toBeGreaterThan(0)
    await expectWhole(registry, names)
  })
})
