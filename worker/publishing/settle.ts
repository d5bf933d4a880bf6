/**
 * Brings KV to what D1 holds. KV has no conditional put, so exactly one writer runs this: the Durable Object. Pure of any
 * runtime, so that every interleaving of it can be tested against a KV that behaves like the real one.
 */
import { KV_WRITE_INTERVAL_MS } from '../../core/limits.ts'
import { HEAD_KEY, planKey, registryKey, revisionKey } from '../../core/storage.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import type { KvWriter, StoredRevision, Truth } from '../stores.ts'

/** What the writer knows it has written; survives it in the Durable Object's storage. */
export interface Written {
  readonly revision: number
  readonly registry: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

export const NOTHING_WRITTEN: Written = { revision: 0, registry: 0, at: 0 }

export interface Settling {
  readonly truth: Truth
  readonly kv: KvWriter
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
  readonly load: () => Promise<Written>
  readonly save: (written: Written) => Promise<void>
}

/** Returns when the head in KV is the newest revision in D1, as read after it was written. */
export async function settle(settling: Settling): Promise<Written> {
  let written = await settling.load()
  for (;;) {
    const latest = await settling.truth.latestRevision()
    if (!latest || latest.revision <= written.revision) return written
    written = await write(settling, written, latest)
    await settling.save(written)
  }
}

async function write(settling: Settling, written: Written, latest: StoredRevision): Promise<Written> {
  const { truth, kv } = settling
  // Everything immutable first: whoever sees the head finds what it names.
  let registry = written.registry
  for (let revision = written.revision + 1; revision <= latest.revision; revision++) {
    const stored = revision === latest.revision ? latest : await truth.revision(revision)
    if (!stored) continue
    if (stored.registry > registry) {
      await writeRegistry(settling, stored.registry)
      registry = stored.registry
    }
    await kv.put(revisionKey(revision), stored.head)
  }
  const since = settling.now() - written.at
  if (since < KV_WRITE_INTERVAL_MS) await settling.wait(KV_WRITE_INTERVAL_MS - Math.max(0, since))
  await kv.put(HEAD_KEY, latest.head)
  return { revision: latest.revision, registry, at: settling.now() }
}

async function writeRegistry({ truth, kv }: Settling, registry: number): Promise<void> {
  const text = await truth.registryText(registry)
  if (text === null) return
  const { services } = JSON.parse(text) as RegistrySnapshot
  for (const { plan } of services) {
    const planText = await truth.planText(plan)
    if (planText !== null) await kv.put(planKey(plan), planText)
  }
  await kv.put(registryKey(registry), text)
}
