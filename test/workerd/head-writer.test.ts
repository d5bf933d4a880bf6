/** The Durable Object that owns `head`, in workerd with its real storage and alarms, over real KV and D1. */

import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { EMPTY_HEAD } from '../../core/head.ts'
import { HEAD_KEY, revisionKey } from '../../core/storage.ts'
import migration from '../../registry/migrations/0000_first_light.sql?raw'
import { Repository } from '../../registry/repository.ts'
import type { Env } from '../../worker/env.ts'
import { headWriter } from '../../worker/publishing/durable-object.ts'

const bindings = env as unknown as Env
const repository = new Repository(bindings.DB)

async function commit(revision: number): Promise<void> {
  await repository.commitRevision({ ...EMPTY_HEAD, revision }, `test ${revision}`, Date.now())
}

async function published(): Promise<number | null> {
  const text = await bindings.KV.get(HEAD_KEY)
  return text === null ? null : (JSON.parse(text) as { revision: number }).revision
}

beforeAll(async () => {
  for (const statement of migration.split('--> statement-breakpoint')) await bindings.DB.prepare(statement).run()
})

describe('the writer of the head', () => {
  it('writes what D1 holds, with every revision on the way', async () => {
    await commit(1)
    await commit(2)
    expect(await headWriter(bindings).publish(1)).toBe(2)
    expect(await published()).toBe(2)
    expect(await bindings.KV.get(revisionKey(1))).toContain('"revision":1')
    expect(await bindings.KV.get(revisionKey(2))).toContain('"revision":2')
  })

  it('publishes by its alarm what a publisher committed and died on', async () => {
    await headWriter(bindings).arm()
    await commit(3)
    expect(await published()).toBe(2)
    expect(await runDurableObjectAlarm(headWriter(bindings))).toBe(true)
    expect(await published()).toBe(3)
  })

  it('ends at the newest revision however many publish at once', async () => {
    for (const revision of [4, 5, 6]) await commit(revision)
    await Promise.all([4, 6, 5].map((revision) => headWriter(bindings).publish(revision)))
    expect(await published()).toBe(6)
  })
})

describe('a revision number', () => {
  it('is committed once: the second publisher of it gets a conflict, and nothing of its batch stays', async () => {
    await expect(commit(6)).rejects.toMatchObject({ code: 'CONFLICT', details: { revision: 6 } })
    expect((await repository.latestRevision())?.revision).toBe(6)
  })
})
