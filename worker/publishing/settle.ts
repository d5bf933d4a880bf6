/**
 * Brings KV to what D1 holds. KV has no conditional put, so exactly one writer runs this: the Durable Object. Pure of any
 * runtime, so that every interleaving of it can be tested against a KV that behaves like the real one.
 */
import { HEAD_PUT_LANDS_WITHIN_MS, KV_WRITE_INTERVAL_MS } from '../../core/limits.ts'
import { HEAD_KEY, planKey, registryKey, revisionKey } from '../../core/storage.ts'
import { unpackRegistry } from '../../registry/pack.ts'
import type { KvWriter, StoredRevision, Truth } from '../stores.ts'

/** What the writer knows it has written; survives it in the Durable Object's storage. */
export interface Written {
  readonly revision: number
  readonly registry: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /**
   * Set when a put of `head` was announced and its end is not known, because its writer died or KV failed: until then it
   * may still land, over a newer head. Milliseconds since the epoch.
   */
  readonly doubtUntil?: number
}

export const NOTHING_WRITTEN: Written = { revision: 0, registry: 0, at: 0 }

export interface Settling {
  readonly truth: Truth
  readonly kv: KvWriter
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
  readonly load: () => Promise<Written>
  readonly save: (written: Written) => Promise<void>
  /** Plans that are in KV already. */
  readonly isWritten?: (plan: string) => boolean
}

/**
 * Returns when the head in KV is the newest revision in D1, as read after it was written. Once a doubt is over it writes
 * the head again, whatever has landed on it.
 */
export async function settle(settling: Settling): Promise<Written> {
  let written = await settling.load()
  for (;;) {
    const latest = await settling.truth.latestRevision()
    if (!latest || (latest.revision <= written.revision && !isDoubtOver(written, settling.now()))) return written
    written = await write(settling, written, latest)
    await settling.save(written)
  }
}

function isDoubtOver({ doubtUntil }: Written, now: number): boolean {
  return doubtUntil !== undefined && now >= doubtUntil
}

async function write(settling: Settling, written: Written, latest: StoredRevision): Promise<Written> {
  const { truth, kv } = settling
  // Everything immutable first: whoever sees the head finds what it names.
  let registry = written.registry
  for (let revision = written.revision + 1; revision <= latest.revision; revision++) {
    const stored = revision === latest.revision ? latest : await truth.revision(revision)
    if (!stored) continue
    if (stored.registry > registry) {
      await writeRegistry(settling, stored.registry, registry)
      registry = stored.registry
    }
    await kv.put(revisionKey(revision), stored.head)
  }
  const since = settling.now() - written.at
  if (since < KV_WRITE_INTERVAL_MS) await settling.wait(KV_WRITE_INTERVAL_MS - Math.max(0, since))
  const begun = settling.now()
  // Before the put, for two reasons: an instance that another one has replaced fails here instead of putting an old head,
  // and a put whose end nobody sees is known to its successor.
  await settling.save({ ...written, at: begun, doubtUntil: begun + HEAD_PUT_LANDS_WITHIN_MS })
  await kv.put(HEAD_KEY, latest.head)
  const settled = { revision: latest.revision, registry, at: settling.now() }
  const { doubtUntil } = written
  return doubtUntil === undefined || begun >= doubtUntil ? settled : { ...settled, doubtUntil }
}

/** Plans in one settling: its invocation has a thousand operations. What a crash leaves beyond them is read from D1. */
const MAX_PLANS = 800
const PLANS_AT_ONCE = 50

/** @param before the registry that was written last: its plans are there */
async function writeRegistry({ truth, kv, isWritten }: Settling, registry: number, before: number): Promise<void> {
  const text = await truth.registryText(registry)
  if (text === null) return
  const known = before === 0 ? null : await truth.registryText(before)
  const written = new Set(known === null ? [] : plansOf(known))
  const missing = plansOf(text).filter((plan) => !written.has(plan) && !isWritten?.(plan))
  for (let at = 0; at < Math.min(missing.length, MAX_PLANS); at += PLANS_AT_ONCE)
    await Promise.all(
      missing.slice(at, at + PLANS_AT_ONCE).map(async (plan) => {
        const planText = await truth.planText(plan)
        if (planText !== null) await kv.put(planKey(plan), planText)
      }),
    )
  await kv.put(registryKey(registry), text)
}

function plansOf(registryText: string): readonly string[] {
  return [...new Set(unpackRegistry(registryText).services.map((service) => service.plan))]
}
