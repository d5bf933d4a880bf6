/** What an apply writes to D1, as statements of one transaction. */
import { sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import type { Head } from '../core/head.ts'
import type { Plan } from '../core/plan.ts'
import type { Change } from './apply.ts'
import type { Facts } from './facts.ts'
import { canonicalJson } from './hash.ts'
import { jsonBatches, TEXT_UNITS } from './json-batches.ts'
import type { RegistrySnapshot } from './objects.ts'
import { allViews } from './on-demand.ts'
import { packRegistry } from './pack.ts'
import { plans, registryFacts, registryObjects, registryParts, registryRevisions } from './schema.ts'

export interface ApplyCommit {
  readonly head: Head
  readonly snapshot: RegistrySnapshot
  readonly plans: ReadonlyMap<string, Plan>
  readonly changes: readonly Change[]
  readonly facts: Facts
  /** "apply" or "retire". */
  readonly reason: string
  readonly by: string | null
  readonly commit: string | null
  readonly now: number
}

/** Everything but the revision of the head. */
export function appliedStatements(
  db: DrizzleD1Database,
  { snapshot, changes, plans: compiled, facts, by, commit, now }: ApplyCommit,
) {
  const registry = snapshot.revision
  const [beginning = '', ...rest] = cut(packRegistry(snapshot))
  return [
    db.insert(registryRevisions).values({
      revision: registry,
      snapshot: beginning,
      changes: canonicalJson(changes.map(({ fields: _, ...change }) => change)),
      appliedBy: by,
      commit,
      appliedAt: now,
    }),
    ...rest.map((text, index) => db.insert(registryParts).values({ revision: registry, part: index + 1, text })),
    ...insertObjects(db, snapshot, changes),
    ...insertPlans(db, compiled),
    ...factStatements(db, facts),
  ]
}

/** One bound text for any number of rows: D1 binds at most 100 parameters, and takes 1,000 statements. */
function insertObjects(db: DrizzleD1Database, snapshot: RegistrySnapshot, changes: readonly Change[]) {
  const objects = new Map<string, unknown>()
  for (const one of snapshot.entities) objects.set(`entity ${one.name} 0`, one)
  for (const one of snapshot.sources) objects.set(`source ${one.name} 0`, one)
  for (const one of allViews(snapshot).values()) objects.set(`view ${one.name} ${one.version}`, one)
  for (const one of snapshot.services) objects.set(`service ${one.name} ${one.version}`, one)
  const rows = changes.map(({ kind, name, version = 0, change }) => [
    kind,
    name,
    version,
    canonicalJson(objects.get(`${kind} ${name} ${version}`) ?? null),
    snapshot.revision,
    change,
  ])
  return jsonBatches(rows).map((batch) =>
    db
      .insert(registryObjects)
      .select(
        sql`select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from json_each(${batch})`,
      ),
  )
}

function insertPlans(db: DrizzleD1Database, compiled: ReadonlyMap<string, Plan>) {
  return jsonBatches([...compiled].map(([hash, plan]) => [hash, canonicalJson(plan)])).map((batch) =>
    db
      .insert(plans)
      .select(sql`select value ->> 0, value ->> 1 from json_each(${batch}) where true`)
      .onConflictDoNothing(),
  )
}

export function factStatements(db: DrizzleD1Database, { sources, views }: Facts) {
  const rows = [
    ...Object.entries(sources).map(([name, facts]) => ['source', name, canonicalJson(facts)]),
    ...Object.entries(views).map(([view, facts]) => ['view', view, canonicalJson(facts)]),
  ]
  return jsonBatches(rows).map((batch) =>
    db
      .insert(registryFacts)
      .select(sql`select value ->> 0, value ->> 1, value ->> 2 from json_each(${batch}) where true`)
      .onConflictDoUpdate({
        target: [registryFacts.kind, registryFacts.object],
        set: { facts: sql`excluded.facts` },
      }),
  )
}

function cut(text: string): readonly string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    // A pair of surrogates stays together.
    const end = at + TEXT_UNITS + (/[\ud800-\udbff]/.test(text[at + TEXT_UNITS - 1] ?? '') ? 1 : 0)
    parts.push(text.slice(at, end))
    at = end
  }
  return parts
}
