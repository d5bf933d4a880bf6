/**
 * A random training set: entities in groups that have nothing to do with each other, views with histories, a spine; and beside
 * it what has to come out, by the oracle. A case is one group: its histories in every view, and its rows of the spine.
 */

import type { Definitions, ServiceInput, ViewDefinition } from '../../registry/objects.ts'
import { randomOf } from '../verify/random.ts'
import { expected, type HistoryRow, type OracleView, type PushedRow, type Value } from './oracle.fixture.ts'
import { INT64, KEY_KINDS, type KeyKind, KINDS, type Kind, type SqlValue, STRING } from './random-values.fixture.ts'
import { type Desk, SECOND, START } from './training.fixture.ts'

export const GROUPS = 50
/** The last of each group has no rows anywhere. */
const KEYS_OF_GROUP = 3
const SPINE_ROWS = 12

class Dice {
  readonly #next: () => number
  constructor(seed: number) {
    this.#next = randomOf(seed)
  }
  below(end: number): number {
    return Math.floor(this.#next() * end)
  }
  chance(share: number): boolean {
    return this.#next() < share
  }
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('there is nothing to pick')
    return item
  }
  shuffle<T>(items: readonly T[]): readonly T[] {
    return items
      .map((item) => ({ item, at: this.#next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }
}

interface Entity {
  readonly name: string
  readonly keys: readonly (KeyKind & { readonly name: string })[]
}

interface SourceRow {
  readonly key: number
  readonly event: number
  readonly created: number | null
  readonly values: readonly (SqlValue | null)[]
}

interface View {
  readonly definition: ViewDefinition
  readonly entity: Entity
  readonly features: readonly { readonly name: string; readonly kind: Kind }[]
  readonly oracle: OracleView
}

interface Role {
  readonly view: View
  readonly input: ServiceInput
  /** Positions of the taken features. */
  readonly taken: readonly number[]
  /** The entity of the spine's row in this role, by its number. */
  readonly key: (row: SpineRow) => number
}

interface SpineRow {
  readonly at: number
  readonly first: number
  readonly other: number
  readonly second: number
  readonly label: number
}

export interface RandomSet {
  readonly request: Pick<
    Parameters<Desk['train']>[0],
    'subject' | 'spine' | 'asKnown' | 'statuses' | 'fullNames' | 'timestamp'
  >
  /** SQL of the columns that are compared, each as text. */
  readonly columns: string
  /** In the spine's order. */
  readonly rows: readonly Readonly<Record<string, string | null>>[]
  /** Of one view alone: who has a row at each instant that has not expired. */
  readonly active: {
    readonly feature: string
    /** The columns of the join keys. */
    readonly keys: string
    /** SQL of the keys and the instant of everyone who has one; null where nobody has. */
    readonly sql: (instants: readonly number[]) => string | null
  }
}

const DURATIONS = { '1s': 1, '2s': 2, '5s': 5, '1h': 3600 } as const
type Span = keyof typeof DURATIONS

function micros(span: Span | undefined): number | null {
  return span === undefined ? null : DURATIONS[span] * SECOND
}

/** Writes its files and registers its definitions. @param name of its folder */
export async function randomSet(desk: Desk, seed: number, name = `set-${seed}`): Promise<RandomSet> {
  const dice = new Dice(seed)
  const first = entityOf(dice, 'first')
  const second = entityOf(dice, 'second')
  const global: Entity = { name: 'everyone', keys: [] }
  const plain = await plainView(desk, dice, { name, view: 'plain', entity: first })
  const views: View[] = [
    plain,
    await plainView(desk, dice, { name, view: 'more', entity: second }),
    await sqlView(desk, dice, { name, view: 'summed', entity: first }),
    await plainView(desk, dice, { name, view: 'world', entity: global }),
    await pushedView(desk, dice, { name, view: 'live', entity: second, both: true }),
    await pushedView(desk, dice, { name, view: 'only', entity: first, both: false }),
  ]
  const instants = seed % 4 === 0
  if (instants) views.push(await instantView(desk, dice, { name, view: 'moving', entity: first }))
  const roles = views.map((view) => roleOf(dice, view, view.definition.name))
  roles.push(roleOf(dice, plain, 'other', 'other'))
  const spine = spineOf(dice, views, instants)
  const asKnown = dice.chance(0.5)
  await registerAll(desk, { entities: [first, second, global], views, roles })
  const timestamp = dice.pick(['event_timestamp', 'at', 'Event Time'])
  const file = await writeSpine(desk, dice, { name, first, second, spine, timestamp })
  return {
    request: {
      subject: { service: 'all' },
      spine: { files: file },
      asKnown,
      statuses: true,
      fullNames: true,
      timestamp,
    },
    ...expectedRows(roles, spine, asKnown, timestamp),
    active: activeOf(plain, asKnown),
  }
}

function activeOf(view: View, asKnown: boolean): RandomSet['active'] {
  const { entity, oracle, features } = view
  const keys = entity.keys.map(({ name }) => `"${name}"`).join(', ')
  const isActive = (key: number, at: number): boolean => {
    const [cell] = expected(oracle, { key: String(key), at, asKnown, taken: [0] }).cells
    return cell?.status === 'PRESENT' || cell?.status === 'NULL_VALUE'
  }
  return {
    feature: `${view.definition.name}:${features[0]?.name}`,
    keys,
    sql: (instants) => {
      const rows = instants.flatMap((at) => keysOf(entity).flatMap((key) => (isActive(key, at) ? [{ key, at }] : [])))
      if (rows.length === 0) return null
      const values = rows.map(({ key, at }) => `(${[...keySql(entity, key), instantSql(at)].join(', ')})`)
      return `select * from (values ${values.join(', ')}) as t(${keys}, event_timestamp)`
    },
  }
}

function entityOf(dice: Dice, name: string): Entity {
  const kinds = dice.pick([
    [dice.pick(KEY_KINDS.slice(0, 6))],
    [dice.pick(KEY_KINDS), dice.pick(KEY_KINDS.slice(0, 6))],
    [dice.pick(KEY_KINDS.slice(0, 1)), dice.pick(KEY_KINDS.slice(0, 1)), dice.pick(KEY_KINDS)],
  ])
  return { name, keys: kinds.map((kind, at) => ({ ...kind, name: `${name}_${'abc'[at]}` })) }
}

/** SQL of the key columns of an entity's `n`th key. Composite keys share single parts. */
function keySql({ keys }: Entity, n: number): readonly string[] {
  return keys.map((key, at) => `(${key.sql(keys.length > 1 && at === keys.length - 2 ? n % 4 : n)})::${key.duckdb}`)
}

/** The number of entities of a view, by their numbers: all groups' but for the global one. */
function keysOf(entity: Entity): readonly number[] {
  if (entity.keys.length === 0) return [0]
  return Array.from({ length: GROUPS * KEYS_OF_GROUP }, (_, n) => n).filter(
    (n) => n % KEYS_OF_GROUP !== KEYS_OF_GROUP - 1,
  )
}

function groupOf(key: number): number {
  return Math.floor(key / KEYS_OF_GROUP)
}

/** Each group has a time of its own. */
function beginOf(entity: Entity, key: number): number {
  return START - 500 * SECOND + (entity.keys.length === 0 ? 0 : groupOf(key) * 20 * SECOND)
}

interface Place {
  readonly name: string
  readonly view: string
  readonly entity: Entity
}

function featuresOf(dice: Dice): View['features'] {
  const rest = dice.shuffle(KINDS).slice(0, 1 + dice.below(4))
  return [INT64, STRING, ...rest].map((kind, at) => ({
    name: `f${at}_${kind.type.replaceAll(/[^a-z0-9]+/g, '')}`,
    kind,
  }))
}

function valuesOf(dice: Dice, features: View['features']): readonly (SqlValue | null)[] {
  return features.map(({ kind }) => (dice.chance(0.25) ? null : dice.pick(kind.values)))
}

/** Rows with ties of every degree, in no order. */
function historyOf(dice: Dice, entity: Entity, features: View['features'], hasCreated: boolean): readonly SourceRow[] {
  const rows: SourceRow[] = []
  for (const key of keysOf(entity)) {
    for (let left = dice.chance(0.1) ? 0 : 1 + dice.below(6); left > 0; left--) {
      const before = rows.at(-1)
      const tied = before?.key === key && dice.chance(0.45) ? before : undefined
      const event: number = tied
        ? tied.event
        : beginOf(entity, key) + dice.below(8) * SECOND + dice.pick([0, 0, 0, 1, 999_999])
      const fresh = dice.chance(0.25)
        ? null
        : event + dice.pick([-SECOND, 0, 0, 1, SECOND, 3 * SECOND, 6 * SECOND, 60 * SECOND])
      const created: number | null = !hasCreated ? null : tied && dice.chance(0.5) ? tied.created : fresh
      const values = tied && dice.chance(0.3) ? tied.values : valuesOf(dice, features)
      rows.push({ key, event, created, values })
    }
  }
  return dice.shuffle(rows)
}

function instantSql(instant: number | null): string {
  return instant === null ? 'null::timestamp' : `make_timestamp(${instant}::bigint)`
}

/** SQL of rows. @param columns name -> SQL of a row's value, with its type */
function rowsSql<T>(
  rows: readonly T[],
  columns: readonly (readonly [name: string, sql: (row: T) => string])[],
  empty: readonly string[],
): string {
  const names = columns.map(([name]) => `"${name}"`).join(', ')
  if (rows.length === 0) return `select * from (values (${empty.join(', ')})) as t(${names}) where false`
  const values = rows.map((row) => `(${columns.map(([, sql]) => sql(row)).join(', ')})`)
  return `select * from (values ${values.join(', ')}) as t(${names})`
}

interface Written {
  readonly entity: Entity
  readonly features: View['features']
  /** Feature -> column, where they differ. */
  readonly columns: Readonly<Record<string, string>>
  readonly hasCreated: boolean
}

/** One to three files, of which one may be empty. */
async function writeSource(
  desk: Desk,
  dice: Dice,
  path: string,
  rows: readonly SourceRow[],
  written: Written,
): Promise<void> {
  const { entity, features, columns, hasCreated } = written
  const own = (name: string): string => columns[name] ?? name
  const parts = 1 + dice.below(3)
  for (let part = 0; part < parts; part++) {
    const some = rows.filter((_, at) => at % parts === part)
    const all: (readonly [string, (row: SourceRow) => string])[] = [
      ...entity.keys.map(({ name }, at): readonly [string, (row: SourceRow) => string] => [
        own(name),
        ({ key }) => keySql(entity, key)[at] ?? '',
      ]),
      ['happened', ({ event }) => instantSql(event)],
      ...(hasCreated ? [['made', ({ created }: SourceRow) => instantSql(created)] as const] : []),
      ...features.map(({ name, kind }, at): readonly [string, (row: SourceRow) => string] => [
        own(name),
        ({ values }) => values[at]?.sql ?? `null::${kind.duckdb}`,
      ]),
    ]
    const empty = [
      ...entity.keys.map(({ duckdb }) => `null::${duckdb}`),
      'null::timestamp',
      ...(hasCreated ? ['null::timestamp'] : []),
      ...features.map(({ kind }) => `null::${kind.duckdb}`),
    ]
    await desk.parquet(`${path}/part-${part}.parquet`, rowsSql(some, all, empty))
  }
}

function oracleRows(rows: readonly SourceRow[]): readonly HistoryRow[] {
  return rows.map((row) => ({ ...row, key: String(row.key) }))
}

function times(dice: Dice): { readonly ttl?: Span; readonly lag?: Span } {
  return {
    // No shorter ttl can be declared: durations begin at a second.
    ...(dice.chance(0.25) ? {} : { ttl: dice.pick(['1s', '1s', '2s', '5s', '1h'] as const) }),
    ...(dice.chance(0.6) ? {} : { lag: dice.pick(['1s', '2s', '5s'] as const) }),
  }
}

function definitionOf(
  { view, entity }: Place,
  features: View['features'],
  more: Partial<ViewDefinition>,
): ViewDefinition {
  return {
    name: view,
    entity: entity.name,
    sources: [`${view}_rows`],
    timestamp: 'happened',
    online: 'kv',
    features: features.map(({ name, kind }) => ({ name, type: kind.type, visibility: 'server' })),
    ...more,
  }
}

interface Sourced extends View {
  readonly source: Definitions['sources'][number]
}

async function plainView(desk: Desk, dice: Dice, place: Place): Promise<Sourced> {
  const { name, view, entity } = place
  const features = featuresOf(dice)
  const hasCreated = dice.chance(0.75)
  const rows = historyOf(dice, entity, features, hasCreated)
  const columns: Record<string, string> = {}
  for (const one of [...entity.keys, ...features]) if (dice.chance(0.2)) columns[one.name] = `Own ${one.name}`
  await writeSource(desk, dice, `${name}/${view}`, rows, { entity, features, columns, hasCreated })
  const { ttl, lag } = times(dice)
  return {
    definition: definitionOf(place, features, { ...(ttl ? { ttl } : {}), ...(lag ? { lag } : {}) }),
    source: {
      name: `${view}_rows`,
      format: 'parquet',
      path: `file://${desk.path(`${name}/${view}`)}/*.parquet`,
      timestamp: 'happened',
      ...(hasCreated ? { created: 'made' } : {}),
      columns,
    },
    entity,
    features,
    oracle: {
      features: features.length,
      ttl: micros(ttl),
      lag: micros(lag) ?? 0,
      rows: oracleRows(rows),
      pushed: null,
    },
  }
}

/** Of raw events: how many there were of each entity and instant, and which text is the last. */
async function sqlView(desk: Desk, dice: Dice, place: Place): Promise<Sourced> {
  const { name, view, entity } = place
  const raw: View['features'] = [{ name: 'text', kind: STRING }]
  const rows = historyOf(dice, entity, raw, true)
  await writeSource(desk, dice, `${name}/${view}`, rows, { entity, features: raw, columns: {}, hasCreated: true })
  const features: View['features'] = [
    { name: 'events', kind: INT64 },
    { name: 'last_text', kind: STRING },
  ]
  const keys = entity.keys.map((key) => `"${key.name}"`).join(', ')
  const { ttl, lag } = times(dice)
  const seen = dice.chance(0.7)
  const groups = Map.groupBy(rows, ({ key, event }) => `${key} ${event}`)
  const summed = [...groups.values()].flatMap((group): HistoryRow[] => {
    const [one] = group
    if (!one) return []
    const texts = group.flatMap(({ values: [text] }) => (text ? [text] : []))
    const last = texts.reduce<SqlValue | null>(
      (best, text) => (best === null || text.rank > best.rank ? text : best),
      null,
    )
    const made = group.flatMap(({ created }) => (created === null ? [] : [created]))
    const count: Value = { text: String(group.length), rank: group.length, json: '' }
    return [
      {
        key: String(one.key),
        event: one.event,
        created: seen && made.length > 0 ? Math.max(...made) : null,
        values: [count, last],
      },
    ]
  })
  return {
    definition: definitionOf(place, features, {
      sql: `select ${keys}, happened, max(made) as made, count(*) as events, max(text) as last_text from ${view}_rows group by ${keys}, happened`,
      ...(seen ? { created: 'made' } : {}),
      ...(ttl ? { ttl } : {}),
      ...(lag ? { lag } : {}),
    }),
    source: {
      name: `${view}_rows`,
      format: 'parquet',
      path: `file://${desk.path(`${name}/${view}`)}/*.parquet`,
      timestamp: 'happened',
    },
    entity,
    features,
    oracle: { features: 2, ttl: micros(ttl), lag: micros(lag) ?? 0, rows: summed, pushed: null },
  }
}

/** What happened within three seconds before now, whenever now is. */
async function instantView(desk: Desk, dice: Dice, place: Place): Promise<Sourced> {
  const { name, view, entity } = place
  const raw: View['features'] = [{ name: 'text', kind: STRING }]
  const rows = historyOf(dice, entity, raw, false)
  await writeSource(desk, dice, `${name}/${view}`, rows, { entity, features: raw, columns: {}, hasCreated: false })
  const features: View['features'] = [{ name: 'events', kind: INT64 }]
  const keys = entity.keys.map((key) => `"${key.name}"`).join(', ')
  const { ttl } = times(dice)
  const lag = dice.chance(0.3) ? undefined : dice.pick(['1s', '2s'] as const)
  const rowsAsOf = (asOf: number): readonly HistoryRow[] => {
    const found: HistoryRow[] = []
    for (const key of new Set(rows.map((row) => row.key))) {
      const count = rows.filter((row) => row.key === key && row.event <= asOf && row.event > asOf - 3 * SECOND).length
      const value: Value = { text: String(count), rank: count, json: '' }
      if (count > 0) found.push({ key: String(key), event: asOf, created: null, values: [value] })
    }
    return found
  }
  return {
    definition: definitionOf(place, features, {
      sql: `select ${keys}, $as_of as happened, count(*) as events from ${view}_rows where happened <= $as_of and happened > $as_of - interval 3 second group by ${keys}`,
      ...(ttl ? { ttl } : {}),
      ...(lag ? { lag } : {}),
    }),
    source: {
      name: `${view}_rows`,
      format: 'parquet',
      path: `file://${desk.path(`${name}/${view}`)}/*.parquet`,
      timestamp: 'happened',
    },
    entity,
    features,
    oracle: { features: 1, ttl: micros(ttl), lag: micros(lag) ?? 0, rows: [], rowsAsOf, pushed: null },
  }
}

/** Ties of these are decided by their JSON, which the values say; of the others, equal rows bring equal values. */
const TIED = ['int64', 'string', 'bool', 'int32', 'uuid', 'date']

/** What a sync computes and what was pushed, or only the latter. */
async function pushedView(
  desk: Desk,
  dice: Dice,
  { name, view, entity, both }: Place & { readonly both: boolean },
): Promise<Sourced & { readonly push: Definitions['sources'][number] }> {
  const features = featuresOf(dice)
  const hasCreated = both && dice.chance(0.75)
  const rows = both ? historyOf(dice, entity, features, hasCreated) : []
  if (both) await writeSource(desk, dice, `${name}/${view}`, rows, { entity, features, columns: {}, hasCreated })
  const brought = both && dice.chance(0.6) ? features.slice(0, 2) : features
  const pushed = pushesOf(dice, entity, features, brought.length)
  const source = `${view}_pushes_${name.replaceAll(/[^a-z0-9]+/g, '_')}`
  await writePushes(desk, dice, { source, entity, features: brought, pushed })
  const { ttl, lag } = times(dice)
  return {
    definition: definitionOf({ name, view, entity }, features, {
      push: source,
      ...(both ? {} : { sources: [], timestamp: 'event_timestamp' }),
      ...(ttl ? { ttl } : {}),
      // What is pushed can be read at once.
      ...(both && lag ? { lag } : {}),
    }),
    source: {
      name: `${view}_rows`,
      format: 'parquet',
      path: `file://${desk.path(`${name}/${both ? view : 'plain'}`)}/*.parquet`,
      timestamp: 'happened',
      ...(hasCreated ? { created: 'made' } : {}),
    },
    push: {
      name: source,
      format: 'push',
      kind: 'features',
      schema: [...entity.keys, ...brought.map((one) => ({ name: one.name, type: one.kind.type }))].map((one) => ({
        name: one.name,
        type: one.type,
      })),
    },
    entity,
    features,
    oracle: {
      features: features.length,
      ttl: micros(ttl),
      lag: both ? (micros(lag) ?? 0) : 0,
      rows: oracleRows(rows),
      pushed: pushed.map((row) => ({ ...row, key: String(row.key) })),
    },
  }
}

interface SourcePush extends Omit<PushedRow, 'key' | 'values'> {
  readonly key: number
  readonly values: ReadonlyMap<number, SqlValue | null>
}

function pushesOf(dice: Dice, entity: Entity, features: View['features'], brought: number): readonly SourcePush[] {
  const rows: SourcePush[] = []
  const fixed = new Map<string, SqlValue | null>()
  for (const key of keysOf(entity)) {
    for (let left = dice.chance(0.1) ? 0 : 1 + dice.below(6); left > 0; left--) {
      const before = rows.at(-1)
      const tied = before?.key === key && dice.chance(0.4) ? before : undefined
      const event: number = tied ? tied.event : beginOf(entity, key) + dice.below(8) * SECOND + dice.pick([0, 0, 1])
      const fresh = dice.chance(0.5) ? null : event + dice.pick([-SECOND, 0, 1, 2 * SECOND, 60 * SECOND])
      const created: number | null = tied && dice.chance(0.6) ? tied.created : fresh
      const deleted = dice.chance(0.15)
      const values = new Map<number, SqlValue | null>()
      const named = dice.shuffle(features.slice(0, brought).map((_, at) => at)).slice(0, 1 + dice.below(brought))
      for (const at of deleted ? [] : named) {
        const { kind } = features[at] ?? { kind: INT64 }
        // What is pushed goes through JSON, which has no minus zero.
        const chosen = dice.chance(0.25) ? null : dice.pick(kind.values)
        const id = `${key} ${event} ${created} ${at}`
        if (!fixed.has(id)) fixed.set(id, chosen)
        values.set(at, TIED.includes(kind.type) ? chosen : (fixed.get(id) ?? null))
      }
      rows.push({ key, event, created, deleted, values })
    }
  }
  return dice.shuffle(rows)
}

interface Pushes {
  readonly source: string
  readonly entity: Entity
  readonly features: View['features']
  readonly pushed: readonly SourcePush[]
}

/** As the queue writes them: by day, and now and then a row twice. */
async function writePushes(desk: Desk, dice: Dice, { source, entity, features, pushed }: Pushes): Promise<void> {
  const days = Map.groupBy(pushed, ({ event }) => new Date(event / 1000).toISOString().slice(0, 10))
  for (const [day, rows] of days) {
    const numbered = rows.map((row, at) => ({ row, id: `1-0-${at}` }))
    const twice = numbered.filter(() => dice.chance(0.1))
    for (const [part, some] of [numbered, twice].entries()) {
      if (some.length === 0) continue
      const columns: (readonly [string, (one: (typeof some)[number]) => string])[] = [
        ...entity.keys.map(({ name }, at): readonly [string, (one: (typeof some)[number]) => string] => [
          name,
          ({ row }) => keySql(entity, row.key)[at] ?? '',
        ]),
        ...features.map(({ name, kind }, at): readonly [string, (one: (typeof some)[number]) => string] => [
          name,
          ({ row }) => {
            const sql = row.values.get(at)?.sql ?? `null::${kind.duckdb}`
            // The queue writes vectors as lists and JSON as text.
            return kind.type.startsWith('vector')
              ? `(${sql})::float[]`
              : kind.type === 'json'
                ? `(${sql})::varchar`
                : sql
          },
        ]),
        ['event_timestamp', ({ row }) => instantSql(row.event)],
        ['created_timestamp', ({ row }) => instantSql(row.created)],
        ['deleted', ({ row }) => String(row.deleted)],
        [
          'named',
          ({ row }) =>
            `'${[...entity.keys, ...[...row.values.keys()].flatMap((at) => features[at] ?? [])].map((one) => one.name).join(',')}'`,
        ],
        ['pushed', ({ id }) => `'${id}'`],
      ]
      await desk.parquet(`bucket/_shoreline/pushed/${source}/day=${day}/${part}.parquet`, rowsSql(some, columns, []))
    }
  }
}

/** Some of its features, some under other names; as its own role the keys are the entity's, in another one they are another's. */
function roleOf(dice: Dice, view: View, as: string, other?: string): Role {
  const { entity, definition, features } = view
  const taken = dice.shuffle(features.map((_, at) => at)).slice(0, 1 + dice.below(features.length))
  return {
    view,
    taken,
    input: {
      view: definition.name,
      as,
      keys: other === undefined ? {} : Object.fromEntries(entity.keys.map(({ name }) => [name, `${other}_${name}`])),
      features: taken.map((at) => {
        const { name } = features[at] ?? { name: '' }
        return { feature: name, name: dice.chance(0.3) ? `${as}_renamed_${at}` : `${as}_${name}` }
      }),
    },
    key: (row) =>
      entity.keys.length === 0 ? 0 : other !== undefined ? row.other : entity.name === 'first' ? row.first : row.second,
  }
}

/** Instants at every edge there is of what happened in the group, and some between. */
function spineOf(dice: Dice, views: readonly View[], few: boolean): readonly SpineRow[] {
  const rows: SpineRow[] = []
  const keyed = new Map<
    View,
    ReadonlyMap<number, readonly { readonly event: number; readonly created: number | null }[]>
  >()
  for (const view of views)
    keyed.set(
      view,
      Map.groupBy([...view.oracle.rows, ...(view.oracle.pushed ?? [])], ({ key }) => groupOf(Number(key))),
    )
  for (let group = 0; group < GROUPS; group++) {
    const begin = START - 500 * SECOND + group * 20 * SECOND
    for (let left = SPINE_ROWS; left > 0; left--) {
      const last = rows.at(-1)
      if (last && left < SPINE_ROWS && dice.chance(0.1)) {
        rows.push(last)
        continue
      }
      const view = dice.pick(views)
      const { ttl, lag } = view.oracle
      const happened = keyed.get(view)?.get(view.entity.keys.length === 0 ? 0 : group) ?? []
      const one = happened.length === 0 ? { event: begin, created: null } : dice.pick(happened)
      const edge = dice.pick([one.event, one.event + (ttl ?? 0), one.event + lag, one.created ?? one.event])
      const at = dice.pick([edge, edge, edge + 1, edge - 1, begin - SECOND, begin + dice.below(30) * SECOND + 500_000])
      const key = (): number => group * KEYS_OF_GROUP + dice.below(KEYS_OF_GROUP)
      // Each instant is a run of SQL where a view reads $as_of.
      rows.push({
        at: few ? Math.round(at / (2 * SECOND)) * 2 * SECOND : at,
        first: key(),
        other: key(),
        second: key(),
        label: rows.length,
      })
    }
  }
  return dice.shuffle(rows)
}

interface Registered {
  readonly entities: readonly Entity[]
  readonly views: readonly View[]
  readonly roles: readonly Role[]
}

async function registerAll(desk: Desk, { entities, views, roles }: Registered): Promise<void> {
  const sources = views.flatMap((view) => [
    ...('source' in view ? [(view as Sourced).source] : []),
    ...('push' in view ? [view.push as Sourced['source']] : []),
  ])
  await desk.define({
    entities: entities.map(({ name, keys }) => ({
      name,
      join_keys: keys.map((key) => ({ name: key.name, type: key.type })),
    })),
    sources,
    views: views.map(({ definition }) => definition),
    services: [{ name: 'all', inputs: roles.map(({ input }) => input) }],
  })
}

interface Spine {
  readonly name: string
  readonly first: Entity
  readonly second: Entity
  readonly spine: readonly SpineRow[]
  readonly timestamp: string
}

/** The instant in one of the forms that a spine may have it in. */
const INSTANTS: readonly ((at: number) => string)[] = [
  (at) => instantSql(at),
  (at) => `(${instantSql(at)} at time zone 'UTC')`,
  (at) => `(${instantSql(at)})::varchar || 'Z'`,
  (at) => `(${instantSql(at + 7200 * SECOND)})::varchar || '+02:00'`,
]

async function writeSpine(desk: Desk, dice: Dice, { name, first, second, spine, timestamp }: Spine): Promise<string> {
  const instant = dice.pick(INSTANTS)
  type Column = readonly [string, (row: SpineRow) => string]
  const columns: Column[] = [
    ['label', ({ label }) => `${label}::double`],
    ...first.keys.map((key, at): Column => [key.name, (row) => keySql(first, row.first)[at] ?? '']),
    [timestamp, ({ at }) => instant(at)],
    ...first.keys.map((key, at): Column => [`other_${key.name}`, (row) => keySql(first, row.other)[at] ?? '']),
    ...second.keys.map((key, at): Column => [key.name, (row) => keySql(second, row.second)[at] ?? '']),
  ]
  return desk.parquet(`${name}/spine.parquet`, rowsSql(spine, columns, []))
}

function expectedRows(
  roles: readonly Role[],
  spine: readonly SpineRow[],
  asKnown: boolean,
  timestamp: string,
): Pick<RandomSet, 'columns' | 'rows'> {
  const columns = ['label::varchar as label', `epoch_us("${timestamp}")::varchar as at`]
  for (const { input } of roles) {
    for (const { name } of input.features)
      columns.push(
        `"${input.as}__${name}"::varchar as "${input.as} ${name}"`,
        `"${input.as}__${name}__status" as "${input.as} ${name} status"`,
      )
    columns.push(`epoch_us("${input.as}__event_timestamp")::varchar as "${input.as} event"`)
  }
  const rows = spine.map((row) => {
    const found: Record<string, string | null> = { label: `${row.label}.0`, at: String(row.at) }
    for (const { view, input, taken, key } of roles) {
      const { cells, event } = expected(view.oracle, { key: String(key(row)), at: row.at, asKnown, taken })
      for (const [at, { name }] of input.features.entries()) {
        found[`${input.as} ${name}`] = cells[at]?.text ?? null
        found[`${input.as} ${name} status`] = cells[at]?.status ?? null
      }
      found[`${input.as} event`] = event === null ? null : String(event)
    }
    return found
  })
  return { columns: columns.join(', '), rows }
}
